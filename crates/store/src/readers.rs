//! A few connections for reading, lent one at a time.

use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use crate::StoreError;

/// How many readers there are.
pub(crate) const READERS: usize = 3;

/// The idle reading connections.
pub(crate) struct Readers {
    idle: Mutex<Vec<Connection>>,
    back: Condvar,
}

struct Lent<'a> {
    conn: Option<Connection>,
    home: &'a Readers,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
            self.home.back.notify_one();
        }
    }
}

impl Readers {
    pub(crate) fn new(connections: Vec<Connection>) -> Self {
        Self { idle: Mutex::new(connections), back: Condvar::new() }
    }

    /// Lends a connection; waits while all are out.
    pub(crate) fn read<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let conn = loop {
            if let Some(conn) = idle.pop() {
                break conn;
            }
            idle = self.back.wait(idle).unwrap_or_else(PoisonError::into_inner);
        };
        drop(idle);
        let lent = Lent { conn: Some(conn), home: self };
        lent.conn.as_ref().map_or(Err(StoreError::Closed), question)
    }
}
