//! The hands of the planner for records: each question is one thing done with the library or the line.

use std::sync::Arc;

use satchel_store::{Library, PoolLine, StoreError, TransferFilter};
use satchel_wire::protocol::StreamHead;
use satchel_wire::{Kind, Record, Stream};

use crate::planner::{
    Answer, LibraryAsk, Memory, OFFER_BYTES, OFFER_RECORDS, OwnHead, Pin, PoolAsk, Question, offer, pool_head,
};
use crate::trust::UNKNOWN_SIGNER;
use crate::{Client, Control, Identity, SyncError};

/// Both streams of a device, editorial first.
const STREAMS: [Stream; 2] = [Stream::Editorial, Stream::Telemetry];

/// Asks the library without holding up the road.
pub(crate) async fn ask<T: Send + 'static>(
    library: &Arc<Library>,
    question: impl FnOnce(&Library) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, SyncError> {
    let library = Arc::clone(library);
    let answer = tokio::task::spawn_blocking(move || question(&library)).await;
    Ok(answer.map_err(|_| SyncError::Stopped)??)
}

/// What a round needs: the library, a line, and the lever that ends a question on the line.
#[derive(Clone)]
pub(crate) struct Hands {
    pub(crate) library: Arc<Library>,
    pub(crate) identity: Identity,
    pub(crate) control: Control,
}

impl Hands {
    /// Answers a question of a round.
    pub(crate) async fn answer(
        &self,
        client: Option<&Client>,
        question: Question,
    ) -> Result<Answer, SyncError> {
        match question {
            Question::Pool(ask) => {
                let client = client.ok_or(SyncError::NotOurPool)?;
                self.control.unless_stopped(on_the_line(client, ask)).await
            }
            Question::Library(ask) => self.in_library(ask).await,
            Question::Judge(page) => {
                let judged = tokio::task::spawn_blocking(move || page.judge()).await;
                Ok(Answer::Judged(Box::new(judged.map_err(|_| SyncError::Stopped)??)))
            }
            Question::Sleep(pause) => {
                tokio::time::sleep(pause).await;
                Ok(Answer::Done)
            }
            Question::Line => Ok(Answer::Line(client.is_some())),
            // Hands carry records; blobs have lines of their own.
            Question::Carry(row) => {
                Ok(Answer::Carried { outcome: Err(SyncError::Stopped), done_bytes: row.done_bytes })
            }
        }
    }

    /// Does one thing with the library, without holding up the road.
    async fn in_library(&self, question: LibraryAsk) -> Result<Answer, SyncError> {
        let identity = self.identity.clone();
        ask(&self.library, move |library| keep(library, &identity, question)).await
    }
}

async fn on_the_line(client: &Client, ask: PoolAsk) -> Result<Answer, SyncError> {
    Ok(match ask {
        PoolAsk::Hello => {
            let hello = client.hello().await?;
            Answer::Hello { hello, offset_ms: client.offset_ms() }
        }
        PoolAsk::Push(records) => Answer::Pushed(client.push(&records).await?),
        PoolAsk::Feed { after } => Answer::Page(client.feed(after).await?),
        PoolAsk::News { head, wait } => Answer::News(client.wait(head, wait).await?),
    })
}

/// Does one thing with the library. What is more than one write keeps its order.
fn keep(library: &Library, identity: &Identity, question: LibraryAsk) -> Result<Answer, StoreError> {
    let device = identity.device;
    Ok(match question {
        LibraryAsk::Heads(mine) => Answer::Heads(memory(library, identity, &mine)?),
        LibraryAsk::ReopenTransfers => {
            library.transfers_reopen()?;
            Answer::Done
        }
        LibraryAsk::BeginEpoch(epoch) => {
            if let Some(line) = library.pool()? {
                library.set_pool(&PoolLine { epoch, cursor: 0, ..line })?;
            }
            Answer::Done
        }
        LibraryAsk::MarkPushed { stream, seq } => {
            library.mark_pushed(device, stream, seq)?;
            Answer::Done
        }
        LibraryAsk::Own { stream, after } => {
            Answer::Own(offer(library.records_after(device, stream, after, OFFER_BYTES)?))
        }
        LibraryAsk::Trust { with_certificates } => Answer::Trust(pin(library, with_certificates)?),
        LibraryAsk::Take { records, odd, cursor } => {
            for frame in &odd {
                let root = library.blobs().put_bytes(frame)?;
                tracing::error!(%root, "a record of the feed cannot be read; its bytes are kept");
            }
            Answer::Took(library.take_in(&records, cursor)?)
        }
        LibraryAsk::Unplaced { but, after } => {
            let found = library.unplaced(&but, after, OFFER_BYTES)?;
            Answer::Unplaced(found.into_iter().map(|one| (one.row, one.record)).take(OFFER_RECORDS).collect())
        }
        LibraryAsk::Waiting(devices) => {
            let mut waiting = Vec::new();
            for device in devices {
                waiting.extend(library.quarantined_of(device, UNKNOWN_SIGNER)?);
            }
            Answer::Waiting(waiting)
        }
        LibraryAsk::Wishes { lane, due_at, limit } => {
            let filter = TransferFilter { lane, due_at: Some(due_at), limit, ..TransferFilter::default() };
            Answer::Wishes(library.transfers(&filter)?)
        }
        LibraryAsk::Save(row) => {
            library.transfer_set(&row)?;
            Answer::Done
        }
    })
}

fn memory(library: &Library, identity: &Identity, mine: &[StreamHead]) -> Result<Option<Memory>, StoreError> {
    let Some(line) = library.pool()? else { return Ok(None) };
    let mut heads = Vec::new();
    for stream in STREAMS {
        let seq = library.my_head(identity.device, stream)?.map_or(0, |(seq, _)| seq);
        let id_at_pool_head = match pool_head(mine, stream) {
            Some(head) => library.id_at(identity.device, stream, head.seq)?,
            None => None,
        };
        heads.push(OwnHead { stream, seq, id_at_pool_head });
    }
    Ok(Some(Memory { epoch: line.epoch, cursor: line.cursor, heads }))
}

fn pin(library: &Library, with_certificates: bool) -> Result<Option<Pin>, StoreError> {
    let Some(line) = library.pool()? else { return Ok(None) };
    let certificates: Vec<Record> = if with_certificates {
        library.records_by_kind(Kind::DEVICE_CERT, 0)?.into_iter().map(|stored| stored.record).collect()
    } else {
        Vec::new()
    };
    Ok(Some(Pin { key: line.key, epoch: line.epoch, cursor: line.cursor, certificates }))
}
