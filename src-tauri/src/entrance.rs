//! The way from the window to the desk: opens the library once, as soon as it can be opened, and carries the
//! news out.

use std::sync::Arc;

use satchel_desk::cards::Happened;
use satchel_desk::{Desk, Place};
use satchel_failure::Answer;
use tauri::{AppHandle, Emitter};
use tokio::sync::OnceCell;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// The way to the desk. Cheap to clone; all clones lead to one desk.
///
/// The first call opens it. While it does not open (another program holds the library), each call tries again
/// and answers why not, so that the window can say it and offer another try.
#[derive(Clone)]
pub struct Entrance {
    app: AppHandle,
    place: Place,
    desk: Arc<OnceCell<Desk>>,
}

impl Entrance {
    /// The way to the desk whose library lies at `place`. Opens nothing yet.
    #[must_use]
    pub fn new(app: AppHandle, place: Place) -> Self {
        Self { app, place, desk: Arc::new(OnceCell::new()) }
    }

    /// The desk, opened on the first call.
    ///
    /// # Errors
    /// Whatever keeps the library from being opened, as the desk says it.
    pub async fn desk(&self) -> Answer<&Desk> {
        self.desk
            .get_or_try_init(|| async {
                let desk = Desk::open(self.place.clone()).await?;
                tauri::async_runtime::spawn(carry(desk.news(), self.app.clone()));
                Ok(desk)
            })
            .await
    }

    /// Closes the desk, if it was open.
    pub async fn close(&self) {
        if let Some(desk) = self.desk.get() {
            desk.close().await;
        }
    }
}

/// Carries news to the window until the desk is gone. Who fell behind is told to ask for everything again.
async fn carry(mut news: Receiver<Happened>, app: AppHandle) {
    loop {
        let happened = match news.recv().await {
            Ok(happened) => happened,
            Err(RecvError::Lagged(_)) => Happened::PhaseChanged,
            Err(RecvError::Closed) => return,
        };
        if let Err(error) = app.emit(crate::border::HAPPENED, &happened) {
            tracing::warn!(%error, "news did not reach the window");
        }
    }
}
