//! What two laptops say to each other, as JSON; records and segments travel as on the way to the pool.

use satchel_store::StreamEnd;
use satchel_terms::{DeviceId, Hash, NewsroomId};
use satchel_wire::Stream;
use serde::{Deserialize, Serialize};

use crate::Peer;

/// The version of this talk.
pub const PROTOCOL: u32 = 1;
/// Most bytes of records at once.
pub const PAGE: usize = 1 << 20;
/// Most blobs of one question.
pub const MOST_ROOTS: usize = 4_096;
/// Most bytes of a JSON message.
pub const JSON_LIMIT: usize = 4 << 20;
/// Header of a page of records: the place after it in the order of the laptop that sent it.
pub const NEXT: &str = "x-satchel-next";
/// Segments of one request.
pub const RUN: u64 = 8;

/// `POST /v1/hello`, both ways: who one is and how far one's chains are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Greeting {
    /// The protocol spoken.
    pub protocol: u32,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// The record by which the pool vouches for the key of this line, base64.
    pub certificate: String,
    /// How far each chain is here.
    pub ends: Vec<End>,
    /// Devices whose records are not taken: those that were revoked.
    #[serde(default)]
    pub refuses: Vec<DeviceId>,
}

/// `POST /v1/records/beyond`: which records are asked for. The answer is a page of them, in the order in which they came
/// to the other laptop, and its place there in the header [`NEXT`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Beyond {
    /// Beyond which ends; other chains are not asked for.
    pub ends: Vec<End>,
    /// After which place of the other laptop's order.
    pub after: i64,
}

/// How far a chain is without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// Whose chain.
    pub device: DeviceId,
    /// Which of the two.
    pub stream: Stream,
    /// The last place.
    pub seq: u64,
}

impl From<End> for StreamEnd {
    fn from(end: End) -> Self {
        Self { device: end.device, stream: end.stream, seq: end.seq }
    }
}

impl From<StreamEnd> for End {
    fn from(end: StreamEnd) -> Self {
        Self { device: end.device, stream: end.stream, seq: end.seq }
    }
}

/// The answer to `POST /v1/records`. It says nothing of durability: only the pool does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// How many were new.
    pub fresh: u64,
    /// How many were not believed, or did not fit.
    pub refused: u64,
}

/// A blob that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Want {
    /// Its fingerprint.
    pub root: Hash,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The answer to `GET /v1/blobs/wants`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wants {
    /// Which blobs.
    pub wants: Vec<Want>,
}

/// Why a door stays shut.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shut {
    /// Stable code.
    pub code: String,
}

/// What happened with a neighbour, on whichever side it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// It proved to be a laptop of this centre.
    Met(Peer),
    /// It brought records.
    Brought {
        /// Who.
        peer: Peer,
        /// How many were new.
        records: u64,
        /// How many were not believed, or did not fit.
        refused: u64,
    },
    /// A blob came whole.
    Blob {
        /// From whom.
        peer: Peer,
        /// Its bytes.
        bytes: u64,
    },
}
