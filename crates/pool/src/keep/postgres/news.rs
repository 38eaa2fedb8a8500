//! News of other processes' commits: one connection that listens. Whoever misses a word still looks once a second.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use tokio::sync::Notify;
use tokio_postgres::AsyncMessage;

use super::connect::Db;
use super::schema::SERVE;
use crate::failure::Outcome;

/// The name under which commits are told.
pub const FEED: &str = "satchel_feed";
/// Pause before the line is opened again.
const AGAIN: Duration = Duration::from_secs(1);

/// Listens until it is dropped.
pub struct News {
    bell: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl News {
    /// Begins to listen. While the line stands, this process counts as one that serves.
    pub fn listen(db: Db) -> Self {
        let bell = Arc::new(Notify::new());
        let ring = Arc::clone(&bell);
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = hear(&db, &ring).await {
                    tracing::warn!(%error, "news of other processes do not come at once");
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
        Self { bell, task }
    }

    /// Ends at the next news.
    pub async fn wait(&self) {
        self.bell.notified().await;
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Hears until the line ends.
async fn hear(db: &Db, bell: &Notify) -> Outcome<()> {
    let (client, mut line) = db.own().await?;
    let mut messages = poll_fn(move |task| line.poll_message(task));
    let asked = async {
        client.batch_execute("SET statement_timeout = 0; LISTEN satchel_feed").await?;
        client.execute("SELECT pg_advisory_lock_shared($1)", &[&SERVE]).await?;
        bell.notify_one();
        std::future::pending::<Result<(), tokio_postgres::Error>>().await
    };
    let heard = async {
        while let Some(message) = messages.next().await {
            if let AsyncMessage::Notification(_) = message? {
                bell.notify_one();
            }
        }
        Ok(())
    };
    tokio::select! {
        ended = asked => Ok(ended?),
        ended = heard => ended.map_err(|error: tokio_postgres::Error| error.into()),
    }
}
