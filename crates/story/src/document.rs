//! The manuscript as a document that several people change: taking updates in, and reading what stands there.

mod beside;
mod edit;
mod read;
mod shape;

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{ClientID, Doc, OffsetKind, Options, ReadTxn, StateVector, Transact, Update};

use beside::Laid;
use shape::Needs;

pub use edit::{Edit, Figure, Seed, TextKind};

use crate::error::StoryError;
use crate::join::join_updates;
use crate::place::Field;
use crate::revision::{BlockKind, FigureRef, Revision, RevisionView};

/// The document schema that this program reads and writes.
pub const SCHEMA: i64 = 1;

/// After so many updates the kept ones are folded into one.
const FOLD_AFTER: usize = 256;

/// Which programs may read and write a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Gate {
    /// The lowest schema that may read the live document.
    #[ts(type = "number")]
    pub min_reader: i64,
    /// The lowest schema that may write it.
    #[ts(type = "number")]
    pub min_writer: i64,
    /// The schema it was written in.
    #[ts(type = "number")]
    pub schema: i64,
}

impl Gate {
    /// Whether this program may bind its editor to the story.
    #[must_use]
    pub const fn may_write(self) -> bool {
        self.min_writer <= SCHEMA && self.may_read()
    }

    /// Whether this program may read the live document.
    #[must_use]
    pub const fn may_read(self) -> bool {
        self.min_reader <= SCHEMA
    }
}

/// A heading of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct OutlineEntry {
    /// The block it stands in, counted from 0.
    pub block: u32,
    /// 1–3.
    pub level: u8,
    /// Its text.
    pub text: String,
}

/// One manuscript, built up from its updates in any order, any of them any number of times.
pub struct Document {
    doc: Doc,
    /// What was taken in so far, to start afresh from when an update breaks the engine.
    accepted: Vec<Vec<u8>>,
    /// Updates that build on changes which have not come yet.
    waiting: Vec<(Needs, Vec<u8>)>,
    /// Updates that are no part of the text, in the order they came.
    beside: Vec<Laid>,
}

impl Default for Document {
    fn default() -> Self {
        Self::new()
    }
}

impl Document {
    /// An empty manuscript.
    #[must_use]
    pub fn new() -> Self {
        Self { doc: empty(0), accepted: Vec::new(), waiting: Vec::new(), beside: Vec::new() }
    }

    /// Takes in one update (Yjs update format, version 1).
    ///
    /// Order does not matter and repeats change nothing. An update whose predecessors are missing waits inside. What
    /// stands beside the text and is built on flows in first.
    ///
    /// # Errors
    /// [`StoryError::BadUpdate`] when the bytes are no update; the manuscript is then as it was before.
    pub fn apply(&mut self, update: &[u8]) -> Result<(), StoryError> {
        let needs = shape::needs(update).ok_or(StoryError::BadUpdate)?;
        if self.reaches(&needs) {
            self.absorb(update)?;
            self.leave_beside(update);
            self.settle();
            return Ok(());
        }
        decode(update).ok_or(StoryError::BadUpdate)?;
        if self.waiting.iter().all(|(_, known)| known != update) {
            self.waiting.push((needs, update.to_vec()));
        }
        Ok(())
    }

    /// The whole state as one update, without what still waits.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    /// What is known, encoded (Yjs state vector, version 1).
    #[must_use]
    pub fn state_vector(&self) -> Vec<u8> {
        self.doc.transact().state_vector().encode_v1()
    }

    /// What the holder of `known` lacks, as one update.
    ///
    /// # Errors
    /// [`StoryError::BadStateVector`] when `known` is no state vector.
    pub fn encode_diff(&self, known: &[u8]) -> Result<Vec<u8>, StoryError> {
        let decoded = catch_unwind(|| StateVector::decode_v1(known));
        let Ok(Ok(vector)) = decoded else { return Err(StoryError::BadStateVector) };
        Ok(self.doc.transact().encode_state_as_update_v1(&vector))
    }

    /// The updates, in order, as one that is as short as the engine can write it: neighbouring strokes become one run.
    /// The manuscript itself stays as it is. Where the short form would not give the very same manuscript, they are
    /// joined as they are.
    ///
    /// # Errors
    /// [`StoryError::BadUpdate`] when one of them cannot be read.
    pub fn condense(&self, updates: &[Vec<u8>]) -> Result<Vec<u8>, StoryError> {
        let joined = join_updates(updates)?;
        Ok(self.shorter(&joined)?.unwrap_or(joined))
    }

    fn shorter(&self, joined: &[u8]) -> Result<Option<Vec<u8>>, StoryError> {
        let before = self.state();
        let mut after = Self::new();
        after.apply(&before)?;
        after.apply(joined)?;
        if self.is_waiting() || after.is_waiting() {
            return Ok(None);
        }
        let changes = after.encode_diff(&self.state_vector())?;
        let (Some(end), Some(deletions)) = (shape::deletions(&changes), shape::deletions(joined)) else {
            return Ok(None);
        };
        // The engine's difference repeats every deletion ever made; only those of these updates are wanted.
        let short = [&changes[..end], &joined[deletions..]].concat();
        let mut again = Self::new();
        again.apply(&before)?;
        let is_same = again.apply(&short).is_ok() && !again.is_waiting() && again.state() == after.state();
        Ok((is_same && short.len() < joined.len()).then_some(short))
    }

    /// The editing sessions that wrote in this manuscript.
    #[must_use]
    pub fn client_ids(&self) -> BTreeSet<u64> {
        self.doc.transact().state_vector().iter().map(|(client, _)| client.get()).collect()
    }

    /// Whether some updates still wait for predecessors that have not come.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Which programs may read and write this manuscript.
    #[must_use]
    pub fn gate(&self) -> Gate {
        read::gate(&self.doc.transact())
    }

    /// The content as it stands.
    #[must_use]
    pub fn view(&self) -> RevisionView {
        read::view(&self.doc.transact())
    }

    /// The content, sealed: canonical bytes and fingerprint.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.view().seal()
    }

    /// The text of one field.
    #[must_use]
    pub fn text(&self, field: Field) -> String {
        read::field(&self.doc.transact(), field)
    }

    /// The text of the body, one line a text block.
    #[must_use]
    pub fn plain_body(&self) -> String {
        self.view().plain_body()
    }

    /// The headings of the body.
    #[must_use]
    pub fn outline(&self) -> Vec<OutlineEntry> {
        let view = self.view();
        let headings = view.blocks.iter().enumerate().filter(|(_, block)| block.kind == BlockKind::Heading);
        headings
            .map(|(index, block)| OutlineEntry {
                block: u32::try_from(index).unwrap_or(u32::MAX),
                level: block.prop_number("level").and_then(|level| u8::try_from(level).ok()).unwrap_or(1),
                text: block.text(),
            })
            .collect()
    }

    /// The figures of the body.
    #[must_use]
    pub fn figures(&self) -> Vec<FigureRef> {
        self.view().figures()
    }

    fn knows(&self, needs: &Needs) -> bool {
        let known = self.doc.transact().state_vector();
        needs.are_met(|client| known.get(&ClientID::new(client)))
    }

    fn absorb(&mut self, update: &[u8]) -> Result<(), StoryError> {
        let decoded = decode(update).ok_or(StoryError::BadUpdate)?;
        if !absorb(&self.doc, decoded) {
            self.start_afresh();
            return Err(StoryError::BadUpdate);
        }
        self.accepted.push(update.to_vec());
        if self.accepted.len() > FOLD_AFTER {
            self.accepted = vec![self.state()];
        }
        Ok(())
    }

    /// Takes in what waited and now has all it builds on.
    fn settle(&mut self) {
        let mut at = 0;
        while let Some((needs, _)) = self.waiting.get(at) {
            let needs = needs.clone();
            if !self.reaches(&needs) {
                at += 1;
                continue;
            }
            let (_, update) = self.waiting.remove(at);
            // One that breaks the engine is left out, as if it had come alone.
            let _ = self.absorb(&update);
            at = 0;
        }
    }

    fn start_afresh(&mut self) {
        self.doc = empty(0);
        for update in self.accepted.iter().filter_map(|update| decode(update)) {
            absorb(&self.doc, update);
        }
    }
}

fn decode(update: &[u8]) -> Option<Update> {
    catch_unwind(|| Update::decode_v1(update)).ok()?.ok()
}

impl std::fmt::Debug for Document {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Document").field("clients", &self.client_ids()).finish_non_exhaustive()
    }
}

/// An empty document with the root types declared. It never tidies up by itself: a reader must not write.
fn empty(client: u64) -> Doc {
    let mut options = Options::with_client_id(ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    options.skip_gc = true;
    options.cleanup_formatting = false;
    let doc = Doc::with_options(options);
    for field in Field::ALL {
        doc.get_or_insert_text(field.root());
    }
    doc.get_or_insert_text("body");
    for map in ["meta", "blocks", "comments"] {
        doc.get_or_insert_map(map);
    }
    doc
}

/// Takes an update in; false when the engine refused it or broke, and the document is then not to be used.
fn absorb(doc: &Doc, update: Update) -> bool {
    // A transaction commits when dropped. After a panic it must not: a second panic would end the program.
    let mut txn = ManuallyDrop::new(doc.transact_mut());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let is_fine = txn.apply_update(update).is_ok();
        txn.commit();
        is_fine
    }));
    match outcome {
        Ok(is_fine) => {
            drop(ManuallyDrop::into_inner(txn));
            is_fine
        }
        Err(_) => false,
    }
}
