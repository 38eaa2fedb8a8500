//! A record: an immutable, signed unit in a device's chain (`docs/FORMATS.md` section 3).

use std::borrow::Cow;
use std::io::Read;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use satchel_terms::{DeviceId, Hash, NewsroomId};
use serde::de::DeserializeOwned;

use crate::{Codec, HybridTime, Kind, Stream, WireError};

/// Bytes of the header.
pub const HEADER: usize = 208;
/// Most bytes of a body as stored.
pub const BODY_LIMIT: usize = 256 * 1024;
/// Most bytes of a body once decompressed.
pub const BODY_CAP: usize = 8 * 1024 * 1024;

const MAGIC: [u8; 2] = *b"SR";
const FORMAT: u8 = 1;
const ED25519: u8 = 1;
const SIGNED: usize = 144;
const DOMAIN: &[u8] = b"satchel.record.v1";

/// The name of a record: BLAKE3 of its bytes.
pub type RecordId = Hash;

/// The parsed header of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Signature algorithm; 1 is Ed25519.
    pub algorithm: u8,
    /// What it says.
    pub kind: Kind,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// Who wrote it.
    pub device: DeviceId,
    /// In which chain.
    pub stream: Stream,
    /// How the body is written.
    pub codec: Codec,
    /// Its place in the chain, from 1, without gaps.
    pub seq: u64,
    /// The record before it in the chain; zeros for the first.
    pub prev: RecordId,
    /// When, by the writer's clock.
    pub time: HybridTime,
    /// What it is about: a story, a clip, a device.
    pub subject: [u8; 16],
    /// Bytes of the body as stored.
    pub body_len: u32,
    /// BLAKE3 of the body as stored.
    pub body_hash: Hash,
    /// Over the domain and the first 144 bytes.
    pub signature: [u8; 64],
}

/// What the writer says; [`Record::seal`] adds hash and signature.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it says.
    pub kind: Kind,
    /// Whose centre.
    pub newsroom: NewsroomId,
    /// Who writes it; must be the device of the key.
    pub device: DeviceId,
    /// In which chain.
    pub stream: Stream,
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// The record before it; zeros for the first.
    pub prev: RecordId,
    /// When, by the writer's clock.
    pub time: HybridTime,
    /// What it is about.
    pub subject: [u8; 16],
    /// How to write the body. A compressed codec falls back to the plain one where compression gains nothing.
    pub codec: Codec,
    /// The body, not compressed.
    pub body: Vec<u8>,
}

/// A record as it came: the raw bytes are kept and forwarded unchanged.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    id: RecordId,
    header: Header,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "Record(kind {}, {} #{}, {})",
            self.header.kind.0, self.header.device, self.header.seq, self.id
        )
    }
}

impl Record {
    /// Seals a draft with the device's key.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] over 256 KiB as stored, [`WireError::WrongDevice`] when the key is another device's,
    /// [`WireError::ChainBroken`] when seq and prev cannot belong together.
    pub fn seal(draft: Draft, key: &SigningKey) -> Result<Self, WireError> {
        if device_id(&key.verifying_key()) != draft.device {
            return Err(WireError::WrongDevice);
        }
        check_start(draft.seq, &draft.prev)?;
        let (codec, body) = stored(&draft)?;
        let mut bytes = Vec::with_capacity(HEADER + body.len());
        write_header(&mut bytes, &draft, codec, &body);
        let signature = key.sign(&signed_message(&bytes[..SIGNED]));
        bytes.extend_from_slice(&signature.to_bytes());
        bytes.extend_from_slice(&body);
        Self::parse(bytes)
    }

    /// Reads one record; the structure and the hash of the body are checked, the signature is not ([`Record::verify`]).
    ///
    /// # Errors
    /// [`WireError`] naming what does not fit; trailing bytes are [`WireError::NotARecord`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self, WireError> {
        let header = read_header(&bytes)?;
        if bytes.len() > HEADER + header.body_len as usize {
            return Err(WireError::NotARecord);
        }
        if *blake3::hash(&bytes[HEADER..]).as_bytes() != header.body_hash.0 {
            return Err(WireError::BodyChanged);
        }
        let id = Hash(*blake3::hash(&bytes).as_bytes());
        Ok(Self { id, header, bytes })
    }

    /// Reads records written one after another.
    ///
    /// # Errors
    /// [`WireError`] of the first frame that does not fit; nothing is returned then.
    pub fn parse_many(bytes: &[u8]) -> Result<Vec<Self>, WireError> {
        Self::frames(bytes)?.into_iter().map(|frame| Self::parse(frame.to_vec())).collect()
    }

    /// Cuts concatenated frames apart by their lengths alone, so that one bad record does not hide the others.
    ///
    /// # Errors
    /// [`WireError::NotARecord`], [`WireError::TooLarge`] or [`WireError::Truncated`] where the cutting itself fails.
    pub fn frames(mut bytes: &[u8]) -> Result<Vec<&[u8]>, WireError> {
        let mut frames = Vec::new();
        while !bytes.is_empty() {
            let (frame, rest) = bytes.split_at(frame_len(bytes)?);
            frames.push(frame);
            bytes = rest;
        }
        Ok(frames)
    }

    /// Checks the signature strictly and that the key is the named device's.
    ///
    /// # Errors
    /// [`WireError::WrongDevice`], [`WireError::BadSignature`], or [`WireError::Unsupported`] for another algorithm.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), WireError> {
        if self.header.algorithm != ED25519 {
            return Err(WireError::Unsupported { what: "algorithm", value: self.header.algorithm.into() });
        }
        if device_id(key) != self.header.device {
            return Err(WireError::WrongDevice);
        }
        let signature = Signature::from_bytes(&self.header.signature);
        key.verify_strict(&signed_message(&self.bytes[..SIGNED]), &signature)
            .map_err(|_| WireError::BadSignature)
    }

    /// Checks that this record is the next after `last` (seq and id) of its chain, or the first.
    ///
    /// # Errors
    /// [`WireError::ChainBroken`].
    pub fn follows(&self, last: Option<(u64, RecordId)>) -> Result<(), WireError> {
        let (seq, prev) = last.unwrap_or((0, Hash::ZERO));
        if self.header.seq == seq + 1 && self.header.prev == prev {
            Ok(())
        } else {
            Err(WireError::ChainBroken { seq: self.header.seq })
        }
    }

    /// The name of this record.
    #[must_use]
    pub const fn id(&self) -> RecordId {
        self.id
    }

    /// The parsed header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The raw bytes, as they came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body, decompressed.
    ///
    /// # Errors
    /// [`WireError::Body`] when the compression is damaged, [`WireError::TooLarge`] over 8 MiB.
    pub fn body(&self) -> Result<Vec<u8>, WireError> {
        let stored = &self.bytes[HEADER..];
        if !self.header.codec.is_compressed() {
            return Ok(stored.to_vec());
        }
        let broken = |error: std::io::Error| WireError::Body { why: error.to_string() };
        let mut body = Vec::new();
        let decoder = zstd::Decoder::new(stored).map_err(broken)?;
        decoder.take(BODY_CAP as u64 + 1).read_to_end(&mut body).map_err(broken)?;
        if body.len() > BODY_CAP {
            return Err(WireError::TooLarge { bytes: body.len() });
        }
        Ok(body)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`WireError::Body`] when the body is no such JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, WireError> {
        serde_json::from_slice(&self.body()?).map_err(|error| WireError::Body { why: error.to_string() })
    }
}

/// The device of a key: the first 16 bytes of BLAKE3 over it.
#[must_use]
pub fn device_id(key: &VerifyingKey) -> DeviceId {
    let mut id = [0; 16];
    id.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..16]);
    DeviceId(id)
}

fn signed_message(head: &[u8]) -> Vec<u8> {
    [DOMAIN, head].concat()
}

fn check_start(seq: u64, prev: &RecordId) -> Result<(), WireError> {
    if seq == 0 || (seq == 1) != (*prev == Hash::ZERO) { Err(WireError::ChainBroken { seq }) } else { Ok(()) }
}

/// The codec and body as they will be stored.
fn stored(draft: &Draft) -> Result<(Codec, Cow<'_, [u8]>), WireError> {
    if draft.body.len() > BODY_CAP {
        return Err(WireError::TooLarge { bytes: draft.body.len() });
    }
    let mut chosen = (draft.codec.plain(), Cow::Borrowed(draft.body.as_slice()));
    if draft.codec.is_compressed() {
        let small = zstd::encode_all(draft.body.as_slice(), 9)
            .map_err(|error| WireError::Body { why: error.to_string() })?;
        if small.len() < draft.body.len() {
            chosen = (draft.codec, Cow::Owned(small));
        }
    }
    if chosen.1.len() > BODY_LIMIT { Err(WireError::TooLarge { bytes: chosen.1.len() }) } else { Ok(chosen) }
}

/// Writes the 144 signed bytes.
fn write_header(bytes: &mut Vec<u8>, draft: &Draft, codec: Codec, body: &[u8]) {
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[FORMAT, ED25519]);
    bytes.extend_from_slice(&draft.kind.0.to_be_bytes());
    bytes.extend_from_slice(&[0; 2]);
    bytes.extend_from_slice(&draft.newsroom.0);
    bytes.extend_from_slice(&draft.device.0);
    bytes.extend_from_slice(&[draft.stream as u8, codec as u8, 0, 0]);
    bytes.extend_from_slice(&draft.seq.to_be_bytes());
    bytes.extend_from_slice(&draft.prev.0);
    bytes.extend_from_slice(&draft.time.0.to_be_bytes());
    bytes.extend_from_slice(&draft.subject);
    #[expect(clippy::cast_possible_truncation, reason = "the body is at most 256 KiB")]
    bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
    bytes.extend_from_slice(blake3::hash(body).as_bytes());
}

/// The length of the first frame, header and body.
fn frame_len(bytes: &[u8]) -> Result<usize, WireError> {
    if bytes.len() < HEADER {
        return Err(WireError::Truncated { have: bytes.len(), need: HEADER });
    }
    if bytes[..2] != MAGIC {
        return Err(WireError::NotARecord);
    }
    let body = u32::from_be_bytes(take(bytes, 108)) as usize;
    if body > BODY_LIMIT {
        return Err(WireError::TooLarge { bytes: body });
    }
    if bytes.len() < HEADER + body {
        return Err(WireError::Truncated { have: bytes.len(), need: HEADER + body });
    }
    Ok(HEADER + body)
}

fn read_header(bytes: &[u8]) -> Result<Header, WireError> {
    frame_len(bytes)?;
    let zero =
        |what, value: u64| if value == 0 { Ok(()) } else { Err(WireError::Unsupported { what, value }) };
    if bytes[2] != FORMAT {
        return Err(WireError::Unsupported { what: "format", value: bytes[2].into() });
    }
    zero("flags", u16::from_be_bytes(take(bytes, 6)).into())?;
    zero("reserved", u16::from_be_bytes(take(bytes, 42)).into())?;
    let header = Header {
        algorithm: bytes[3],
        kind: Kind(u16::from_be_bytes(take(bytes, 4))),
        newsroom: NewsroomId(take(bytes, 8)),
        device: DeviceId(take(bytes, 24)),
        stream: Stream::try_from(bytes[40])?,
        codec: Codec::try_from(bytes[41])?,
        seq: u64::from_be_bytes(take(bytes, 44)),
        prev: Hash(take(bytes, 52)),
        time: HybridTime(u64::from_be_bytes(take(bytes, 84))),
        subject: take(bytes, 92),
        body_len: u32::from_be_bytes(take(bytes, 108)),
        body_hash: Hash(take(bytes, 112)),
        signature: take(bytes, SIGNED),
    };
    check_start(header.seq, &header.prev)?;
    Ok(header)
}

/// Copies a field of fixed size; the frame's length was checked before.
fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&bytes[at..at + N]);
    field
}
