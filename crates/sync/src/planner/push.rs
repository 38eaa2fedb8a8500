//! Own records on their way up: page after page, one stream after the other, on the pool's word alone.

use std::collections::{BTreeSet, VecDeque};

use satchel_terms::Hash;
use satchel_wire::protocol::{PUSH_LIMIT, RecordsAnswer};
use satchel_wire::{Record, Stream};

use super::plan::{Plan, pool_head};
use super::talk::{Answer, LibraryAsk, PoolAsk, Question};
use crate::SyncError;

/// Most bytes of one offer.
pub(crate) const OFFER_BYTES: usize = PUSH_LIMIT;
/// Most records of one offer.
pub(crate) const OFFER_RECORDS: usize = 500;

/// A stream that the pool refuses to take further, and from where.
pub(super) type Stuck = (Stream, u64);

/// The offers of one round.
#[derive(Debug, Default)]
pub(super) struct Pushing {
    streams: VecDeque<(Stream, u64)>,
    now: Option<(Stream, u64)>,
    offered: Vec<(u64, Hash)>,
    /// The pool's head and the code of its first refusal, while the acknowledgement is written down.
    settled: Option<(u64, Option<String>)>,
    pub(super) pushed: u64,
    pub(super) rejected: Vec<(Hash, String)>,
    pub(super) error: Option<SyncError>,
    pub(super) stuck: Vec<Stuck>,
}

impl Pushing {
    /// Offers of a plan; streams in `held` are left alone while the pool still stands where it refused.
    pub(super) fn new(plan: &Plan, held: &BTreeSet<Stuck>) -> Self {
        let streams = plan.push.iter().copied().filter(|stream| !held.contains(stream)).collect();
        let error = plan.fork.map(|(_, seq)| SyncError::Fork { seq });
        Self { streams, error, ..Self::default() }
    }

    /// The first question, or none if there is nothing to offer.
    pub(super) fn begin(&mut self) -> Option<Question> {
        self.now = self.streams.pop_front();
        self.now.map(|(stream, after)| Question::Library(LibraryAsk::Own { stream, after }))
    }

    /// Goes on; none when all is done. One stream that stands still does not hold up the other.
    pub(super) fn step(&mut self, outcome: Result<Answer, SyncError>) -> Option<Question> {
        match outcome.and_then(|answer| self.answered(answer)) {
            Ok(Some(question)) => Some(question),
            Ok(None) => self.begin(),
            Err(error) => {
                let is_stopped = matches!(error, SyncError::Stopped);
                if let (Some((stream, after)), SyncError::PushStuck { .. }) = (self.now, &error) {
                    self.stuck.push((stream, after));
                }
                self.error = Some(error);
                if is_stopped { None } else { self.begin() }
            }
        }
    }

    fn answered(&mut self, answer: Answer) -> Result<Option<Question>, SyncError> {
        let Some((stream, after)) = self.now else { return Ok(None) };
        match answer {
            Answer::Own(records) => {
                self.offered = records.iter().map(|one| (one.header().seq, one.id())).collect();
                Ok((!records.is_empty()).then_some(Question::Pool(PoolAsk::Push(records))))
            }
            Answer::Pushed(answer) => self.heard(stream, after, answer),
            _ => self.marked(stream, after),
        }
    }

    /// What the pool said of an offer. Its word counts only for records that were offered.
    fn heard(
        &mut self,
        stream: Stream,
        after: u64,
        answer: RecordsAnswer,
    ) -> Result<Option<Question>, SyncError> {
        let codes: Vec<_> = answer.rejected.into_iter().map(|one| (one.id, one.code)).collect();
        let first_code = codes.first().map(|(_, code)| code.clone());
        self.rejected.extend(codes);
        if let Some(fork) = answer.fork {
            return Err(SyncError::Fork { seq: fork.seq });
        }
        let head = pool_head(&answer.heads, stream).filter(|head| head.seq > after);
        let Some(head) = head else {
            self.settled = Some((after, first_code));
            return self.marked(stream, after);
        };
        if !self.offered.contains(&(head.seq, head.id)) {
            return Err(SyncError::Fork { seq: head.seq });
        }
        self.settled = Some((head.seq, first_code));
        Ok(Some(Question::Library(LibraryAsk::MarkPushed { stream, seq: head.seq })))
    }

    /// The pool's word is written down: the next page, or the reason why there is none.
    fn marked(&mut self, stream: Stream, after: u64) -> Result<Option<Question>, SyncError> {
        let Some((head, code)) = self.settled.take() else { return Ok(None) };
        self.pushed += head - after;
        self.now = Some((stream, head));
        if self.offered.last().is_some_and(|(last, _)| head < *last) {
            return Err(stuck(code.unwrap_or_default()));
        }
        Ok(Some(Question::Library(LibraryAsk::Own { stream, after: head })))
    }
}

/// Takes an offer's worth off the front of own records.
#[must_use]
pub(crate) fn offer(mut records: Vec<Record>) -> Vec<Record> {
    records.truncate(OFFER_RECORDS);
    records
}

/// Why the pool did not take the next record.
fn stuck(code: String) -> SyncError {
    match code.as_str() {
        "pool.device-revoked" => SyncError::DeviceRevoked,
        "pool.certificate-expired" => SyncError::CertificateExpired,
        "pool.unknown-device" => SyncError::UnknownDevice,
        _ => SyncError::PushStuck { code },
    }
}
