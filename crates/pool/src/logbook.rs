//! What administrators and the escrow did, for everybody who administers to read. Lines are added and never changed.

use satchel_terms::Stamp;
use serde::{Deserialize, Serialize};

use crate::failure::{Outcome, PoolError};
use crate::keep::{Drawer, NoteChange};
use crate::{Pool, chance};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When, by the pool's clock.
    pub at: Stamp,
    /// What was done, as a stable code.
    pub what: String,
    /// By whom: a name, or the program's verb.
    pub who: String,
    /// To what.
    pub about: String,
}

impl Pool {
    /// Writes a line. It is durable when this answers.
    ///
    /// # Errors
    /// What the store says.
    pub async fn log(&self, what: &str, who: &str, about: &str) -> Outcome<()> {
        let (at, beyond) = chance::now_beyond();
        let line = LogLine { at, what: what.to_owned(), who: who.to_owned(), about: about.to_owned() };
        tracing::info!(what, who, about, "logged");
        let body = serde_json::to_vec(&line).map_err(|error| PoolError::Broken(error.to_string()))?;
        // Lines stand in the order of their names: of two in one millisecond, too.
        let name = format!("{at:020}-{beyond:06}-{}", hex::encode(chance::random::<6>()?));
        let change = NoteChange { drawer: Drawer::Log, name, before: None, after: Some(body) };
        if self.keep().change_note(change).await? { Ok(()) } else { Err(PoolError::Moved) }
    }

    /// The newest lines.
    ///
    /// # Errors
    /// What the store says.
    pub async fn logbook(&self, most: usize) -> Outcome<Vec<LogLine>> {
        let notes = self.keep().notes(Drawer::Log, most).await?;
        Ok(notes.into_iter().filter_map(|(_, body)| serde_json::from_slice(&body).ok()).collect())
    }
}
