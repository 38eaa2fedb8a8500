//! What the planner is told, and what it wants done. Data only: whoever executes it owns network, disk, clock, dice.

use std::time::Duration;

use satchel_store::{TakenIn, Took, TransferRow};
use satchel_terms::{DeviceId, Stamp};
use satchel_wire::protocol::{Hello, RecordsAnswer, StreamHead};
use satchel_wire::{Record, Stream};

use super::judge::{Judged, Unjudged};
use super::plan::OwnHead;
use super::rules::Rules;
use crate::{Contact, FeedPage, Happened, Mode, SyncError};

/// The moment of a step, as the executor's clocks and dice have it.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The laptop's wall clock. It may jump.
    pub wall: Stamp,
    /// Milliseconds since the start, on a clock that never goes back.
    pub since_start: u64,
    /// A number from 0 to 1, to spread retries.
    pub dice: f64,
}

/// Joins a question and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Something that happened to the laptop.
#[derive(Debug)]
pub enum Event {
    /// Somebody wants a round and a look at the blobs at once.
    Now,
    /// The laptop stands on another network, or slept: its lines may be gone, and what was learned of them with them.
    OtherWay,
    /// The lever stands here now. The first one starts the planner.
    Lever(Mode),
    /// The highest lane that may travel is this one now.
    Lanes(u8),
    /// The person chose when originals may travel.
    Rules(Rules),
    /// A question was answered. An answer nobody waits for changes nothing.
    Answer {
        /// The question.
        ticket: Ticket,
        /// What came of it.
        outcome: Result<Answer, SyncError>,
    },
    /// Pages of the pool's order came by hand.
    Parcel {
        /// The place after which they begin.
        after: u64,
        /// The records.
        page: FeedPage,
    },
}

/// What the executor has to do.
#[derive(Debug)]
pub enum Effect {
    /// Do this, and answer with the ticket.
    Ask {
        /// To be given back with the answer.
        ticket: Ticket,
        /// What to do.
        question: Question,
    },
    /// The answer to this question is no longer wanted.
    Drop(Ticket),
    /// The blob that travels under this ticket must rest at its next safe point; the answer is still wanted.
    BreakOff(Ticket),
    /// Tell whoever listens.
    Tell(Happened),
    /// Write a line of the exchange log.
    Log {
        /// `info`, `warn` or `error`.
        level: &'static str,
        /// What happened.
        code: &'static str,
        /// Values for the sentence, by name.
        params: Vec<(&'static str, String)>,
    },
    /// The laptop stands like this with its pool now.
    Contact(Contact),
}

/// A question to the pool, the library, the processor or the clock.
#[derive(Debug)]
pub enum Question {
    /// Library: is a pool pinned? A line to it is made or kept.
    Line,
    /// Network: one thing that is asked of the pool.
    Pool(PoolAsk),
    /// Library: one thing, in one transaction.
    Library(LibraryAsk),
    /// Processor: signatures of a page. [`Unjudged::judge`] does it, wherever there is time.
    Judge(Box<Unjudged>),
    /// Clock: answers after so long.
    Sleep(Duration),
    /// Network: carries a blob until it is whole, or until [`Effect::BreakOff`].
    Carry(TransferRow),
}

/// What is asked of the pool.
#[derive(Debug)]
pub enum PoolAsk {
    /// Hello, with proof that the pinned pool answers.
    Hello,
    /// Offers records.
    Push(Vec<Record>),
    /// A page of the pool's order.
    Feed {
        /// After this place.
        after: u64,
    },
    /// Waits for news.
    News {
        /// The place known.
        head: u64,
        /// For so long.
        wait: Duration,
    },
}

impl PoolAsk {
    /// Whether it moves text, which has the right of way.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        match self {
            Self::Hello | Self::Push(_) | Self::Feed { .. } => true,
            Self::News { .. } => false,
        }
    }
}

/// What is asked of the library.
#[derive(Debug)]
pub enum LibraryAsk {
    /// Cursor, epoch and own heads beside what the pool says it holds.
    Heads(Vec<StreamHead>),
    /// Every finished upload has to be looked at again.
    ReopenTransfers,
    /// The pool is in this epoch now and is read from the start.
    BeginEpoch(u64),
    /// The pool holds this stream up to here.
    MarkPushed {
        /// Which stream.
        stream: Stream,
        /// Up to and including.
        seq: u64,
    },
    /// Own records above a number, one offer's worth.
    Own {
        /// Which stream.
        stream: Stream,
        /// Above this number.
        after: u64,
    },
    /// Pin, epoch and cursor, and the certificates if they are not known yet.
    Trust {
        /// Whether the certificates are wanted.
        with_certificates: bool,
    },
    /// Takes records in, with the cursor that covers them, in one transaction.
    Take {
        /// The records, with their doubts.
        records: Vec<TakenIn>,
        /// Frames that are no records; their bytes are put on the shelf first.
        odd: Vec<Vec<u8>>,
        /// The place they cover.
        cursor: Option<u64>,
    },
    /// What stands apart because its signer was not known.
    Waiting(Vec<DeviceId>),
    /// Records of other devices that the pool's order lacks, one offer's worth.
    Unplaced {
        /// Of any device but these.
        but: Vec<DeviceId>,
        /// Above this local number.
        after: i64,
    },
    /// Blobs that wish to travel and are due, in order.
    Wishes {
        /// Only this lane.
        lane: Option<u8>,
        /// Due at this moment.
        due_at: Stamp,
        /// At most so many.
        limit: usize,
    },
    /// Writes down where a blob stands.
    Save(TransferRow),
}

/// What a question was answered with.
#[derive(Debug)]
pub enum Answer {
    /// It was done.
    Done,
    /// Whether a pool is pinned.
    Line(bool),
    /// The pool's hello, proven.
    Hello {
        /// Its words.
        hello: Hello,
        /// Milliseconds by which its clock is ahead.
        offset_ms: i64,
    },
    /// What the library knows; none without a pinned pool.
    Heads(Option<Memory>),
    /// Own records, in order.
    Own(Vec<Record>),
    /// The pool's answer to an offer.
    Pushed(RecordsAnswer),
    /// Whom to believe; none without a pinned pool.
    Trust(Option<Pin>),
    /// A page of the pool's order.
    Page(FeedPage),
    /// A judged page.
    Judged(Box<Judged>),
    /// What became of records.
    Took(Took),
    /// What stood apart.
    Waiting(Vec<TakenIn>),
    /// Records with their local numbers.
    Unplaced(Vec<(i64, Record)>),
    /// The pool's newest place.
    News(u64),
    /// Blobs that wish to travel.
    Wishes(Vec<TransferRow>),
    /// A blob's journey ended.
    Carried {
        /// How.
        outcome: Result<(), SyncError>,
        /// Bytes that arrived for certain.
        done_bytes: u64,
    },
}

/// What the library remembers of the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// The epoch the cursor belongs to.
    pub epoch: u64,
    /// How far the pool's order was read.
    pub cursor: u64,
    /// Own streams.
    pub heads: Vec<OwnHead>,
}

/// The pinned pool as the library has it.
#[derive(Debug, Clone)]
pub struct Pin {
    /// Its key.
    pub key: [u8; 32],
    /// The epoch the cursor belongs to.
    pub epoch: u64,
    /// How far its order was read.
    pub cursor: u64,
    /// The certificates held, if they were asked for.
    pub certificates: Vec<Record>,
}
