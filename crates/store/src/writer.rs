//! The one writing thread. Writes that wait together are committed together, and answered after the commit.

use std::any::Any;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::StoreError;

/// How many writes share one commit at most.
const BATCH: usize = 256;

type Answer = Result<Box<dyn Any + Send>, StoreError>;
type Task = Box<dyn Fn(&Connection) -> Answer + Send>;

struct Order {
    task: Task,
    reply: SyncSender<Answer>,
}

/// The way to the writing thread.
pub(crate) struct Writer {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `make_room` is called when the disk is full; if it freed something the write is tried again.
    pub(crate) fn start(
        conn: Connection,
        make_room: impl Fn() -> bool + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (orders, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(&conn, &inbox, &make_room))?;
        Ok(Self { orders: Some(orders), thread: Some(thread) })
    }

    /// Runs `task` in a transaction and returns its value once that is durable.
    ///
    /// The task may run more than once: a batch that fails as a whole is tried again write by write.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        task: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = sync_channel(1);
        let task: Task = Box::new(move |conn| Ok(Box::new(task(conn)?)));
        let orders = self.orders.as_ref().ok_or(StoreError::Closed)?;
        orders.send(Order { task, reply }).map_err(|_| StoreError::Closed)?;
        let value = answer.recv().map_err(|_| StoreError::Closed)??;
        value.downcast::<T>().map(|value| *value).map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(conn: &Connection, inbox: &Receiver<Order>, make_room: &dyn Fn() -> bool) {
    while let Ok(first) = inbox.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match inbox.try_recv() {
                Ok(order) => batch.push(order),
                Err(_) => break,
            }
        }
        settle(conn, batch, make_room);
    }
}

/// Commits a batch and answers every caller.
fn settle(conn: &Connection, mut batch: Vec<Order>, make_room: &dyn Fn() -> bool) {
    match attempt(conn, &batch) {
        Ok(answers) => {
            for (order, answer) in batch.into_iter().zip(answers) {
                let _ = order.reply.send(answer);
            }
        }
        Err(_) if batch.len() > 1 => {
            for order in batch {
                settle(conn, vec![order], make_room);
            }
        }
        Err(error) => {
            let Some(order) = batch.pop() else { return };
            let answer = if error.is_disk_full() && make_room() {
                attempt(conn, std::slice::from_ref(&order))
                    .and_then(|mut answers| answers.pop().unwrap_or(Err(StoreError::Closed)))
            } else {
                Err(error)
            };
            let _ = order.reply.send(answer);
        }
    }
}

/// Runs all tasks in one transaction. A refused task is undone alone; `Err` means nothing at all was kept.
fn attempt(conn: &Connection, batch: &[Order]) -> Result<Vec<Answer>, StoreError> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = attempt_open(conn, batch);
    if outcome.is_err() && !conn.is_autocommit() {
        let _ = conn.execute_batch("ROLLBACK");
    }
    outcome
}

fn attempt_open(conn: &Connection, batch: &[Order]) -> Result<Vec<Answer>, StoreError> {
    let mut answers = Vec::with_capacity(batch.len());
    for order in batch {
        conn.execute_batch("SAVEPOINT one")?;
        match (order.task)(conn) {
            Ok(value) => {
                conn.execute_batch("RELEASE one")?;
                answers.push(Ok(value));
            }
            Err(error) if conn.is_autocommit() || error.is_disk_full() => return Err(error),
            Err(error) => {
                conn.execute_batch("ROLLBACK TO one; RELEASE one")?;
                answers.push(Err(error));
            }
        }
    }
    conn.execute_batch("COMMIT")?;
    Ok(answers)
}
