//! Writing without a window: the same flat format that the editor writes, for the command line, imports and tests.

use std::collections::HashMap;

use satchel_terms::{ClipId, Hash, Mint};
use yrs::types::Attrs;
use yrs::updates::decoder::Decode;
use yrs::{Any, Array, ArrayPrelim, Map, MapPrelim, MapRef, Out, ReadTxn, Text, TextPrelim, TextRef};
use yrs::{Transact, TransactionMut, Update};

use super::read::{Embed, chunks, embed};
use super::{Document, SCHEMA, absorb, empty};
use crate::error::StoryError;
use crate::place::Field;
use crate::revision::{Fields, FigureKind};

/// Client ids are of 53 bits.
const CLIENTS: u64 = 1 << 53;

/// What a new text block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// A paragraph.
    Paragraph,
    /// A heading of level 1–3.
    Heading(u8),
    /// A bulleted list item of depth 0–5.
    Bullet(u8),
    /// A numbered list item of depth 0–5.
    Numbered(u8),
    /// A quotation.
    Quote,
}

/// A new figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The clip it shows.
    pub clip: ClipId,
    /// The original's fingerprint.
    pub blob: Hash,
    /// What it shows.
    pub kind: FigureKind,
    /// 图注.
    pub caption: String,
    /// 图源.
    pub credit: String,
    /// For readers who cannot see it.
    pub alt: String,
    /// Width and height in pixels, when known.
    pub size: Option<(u32, u32)>,
}

/// One change to a manuscript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Sets a field; line breaks become spaces. Only what differs is touched.
    SetField {
        /// Which one.
        field: Field,
        /// Its new text.
        text: String,
    },
    /// Adds a text block at the end.
    Append {
        /// What it is.
        kind: TextKind,
        /// Its text.
        text: String,
    },
    /// Inserts a figure after a block, or at the end.
    InsertFigure {
        /// The block before it, counted from 0.
        after: Option<usize>,
        /// The figure.
        figure: Figure,
    },
    /// Adds a table at the end. Rows are filled up to the longest.
    AppendTable {
        /// Its cells, row by row.
        rows: Vec<Vec<String>>,
        /// Its caption.
        caption: String,
    },
    /// Replaces the text of a block. Only what differs is touched.
    ReplaceText {
        /// Counted from 0.
        block: usize,
        /// Its new text.
        text: String,
    },
}

/// What a new manuscript starts with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seed {
    /// The texts around the body.
    pub fields: Fields,
    /// The paragraphs of the body.
    pub paragraphs: Vec<String>,
}

impl Document {
    /// The first update of a new manuscript, written by the editing session `client`.
    ///
    /// # Errors
    /// [`StoryError::ClientTaken`] when `client` is no number of 53 bits.
    pub fn seed(client: u64, seed: &Seed, mint: &mut impl Mint) -> Result<Vec<u8>, StoryError> {
        Self::new().write(client, |pen| {
            let meta = pen.txn.get_map("meta");
            if let Some(meta) = meta {
                for key in ["schema", "min_reader", "min_writer"] {
                    meta.insert(pen.txn, key, Any::from(SCHEMA));
                }
            }
            for field in Field::ALL {
                pen.set_field(field, seed.fields.get(field));
            }
            for text in &seed.paragraphs {
                pen.append(TextKind::Paragraph, text, mint);
            }
            Ok(())
        })
    }

    /// The update that makes these changes, in order, in one transaction; this manuscript stays as it is until
    /// the update is applied.
    ///
    /// # Errors
    /// [`StoryError::NewerProgram`] when a newer program wrote the story, [`StoryError::ClientTaken`] when another
    /// session used `client`, [`StoryError::NoSuchBlock`] and [`StoryError::UnknownContent`] for a bad place.
    pub fn edit(&self, client: u64, edits: &[Edit], mint: &mut impl Mint) -> Result<Vec<u8>, StoryError> {
        let gate = self.gate();
        if !gate.may_write() {
            return Err(StoryError::NewerProgram {
                need: gate.min_writer.max(gate.min_reader),
                have: SCHEMA,
            });
        }
        self.write(client, |pen| edits.iter().try_for_each(|edit| pen.apply(edit, mint)))
    }

    /// A client id for a new editing session, unknown to this manuscript.
    pub fn fresh_client(&self, mint: &mut impl Mint) -> u64 {
        let taken = self.client_ids();
        let mut client = random(mint) % CLIENTS;
        while taken.contains(&client) {
            client = (client + 1) % CLIENTS;
        }
        client
    }

    fn write(
        &self,
        client: u64,
        work: impl FnOnce(&mut Pen<'_, '_>) -> Result<(), StoryError>,
    ) -> Result<Vec<u8>, StoryError> {
        if client >= CLIENTS || self.client_ids().contains(&client) {
            return Err(StoryError::ClientTaken { client });
        }
        let draft = empty(client);
        let state = Update::decode_v1(&self.state()).map_err(|_| StoryError::BadUpdate)?;
        if !absorb(&draft, state) {
            return Err(StoryError::BadUpdate);
        }
        let body = draft.get_or_insert_text("body");
        let blocks = draft.get_or_insert_map("blocks");
        let mut txn = draft.transact_mut();
        work(&mut Pen { txn: &mut txn, body, blocks })?;
        Ok(txn.encode_update_v1())
    }
}

/// Where a block stands in the body, in UTF-16 units.
struct Span {
    start: u32,
    /// Before its embed, if it has one.
    end: u32,
    /// Past its embed.
    past: u32,
    text: String,
    is_atom: bool,
    has_unknown: bool,
}

struct Pen<'a, 'doc> {
    txn: &'a mut TransactionMut<'doc>,
    body: TextRef,
    blocks: MapRef,
}

impl Pen<'_, '_> {
    fn apply(&mut self, edit: &Edit, mint: &mut impl Mint) -> Result<(), StoryError> {
        match edit {
            Edit::SetField { field, text } => self.set_field(*field, text),
            Edit::Append { kind, text } => self.append(*kind, text, mint),
            Edit::InsertFigure { after, figure } => self.insert_figure(*after, figure, mint)?,
            Edit::AppendTable { rows, caption } => self.append_table(rows, caption, mint),
            Edit::ReplaceText { block, text } => self.replace(*block, text)?,
        }
        Ok(())
    }

    fn set_field(&mut self, field: Field, text: &str) {
        let Some(target) = self.txn.get_text(field.root()) else { return };
        let now = super::read::field(self.txn, field);
        splice(self.txn, &target, 0, (&now, &text.replace(['\r', '\n'], " ")));
    }

    fn append(&mut self, kind: TextKind, text: &str, mint: &mut impl Mint) {
        let end = self.end(mint);
        let length = utf16(text);
        if length > 0 {
            self.body.insert_with_attributes(self.txn, end, text, Attrs::new());
        }
        let id = self.block(mint);
        self.embed(end + length, "b", &id);
        let Some(props) = self.props(&id) else { return };
        let (name, number) = match kind {
            TextKind::Paragraph => ("p", None),
            TextKind::Quote => ("q", None),
            TextKind::Heading(level) => ("h", Some(("level", level.clamp(1, 3)))),
            TextKind::Bullet(depth) | TextKind::Numbered(depth) => ("li", Some(("depth", depth.min(5)))),
        };
        props.insert(self.txn, "t", name);
        if let Some((key, value)) = number {
            props.insert(self.txn, key, i32::from(value));
        }
        match kind {
            TextKind::Bullet(_) => drop(props.insert(self.txn, "list", "ul")),
            TextKind::Numbered(_) => drop(props.insert(self.txn, "list", "ol")),
            _ => {}
        }
    }

    fn insert_figure(
        &mut self,
        after: Option<usize>,
        figure: &Figure,
        mint: &mut impl Mint,
    ) -> Result<(), StoryError> {
        let end = self.end(mint);
        let at = match after {
            None => end,
            Some(block) => {
                self.spans().get(block).map(|span| span.past).ok_or(StoryError::NoSuchBlock { block })?
            }
        };
        let id = self.block(mint);
        self.embed(at, "a", &id);
        let Some(props) = self.props(&id) else { return Ok(()) };
        let kind = match figure.kind {
            FigureKind::Picture => "picture",
            FigureKind::Video => "video",
            FigureKind::Audio => "audio",
        };
        let (clip, blob) = (figure.clip.to_string(), figure.blob.to_string());
        for (key, value) in [("t", "fig"), ("clip", &clip), ("blob", &blob), ("kind", kind)] {
            props.insert(self.txn, key, value);
        }
        for (key, text) in [("caption", &figure.caption), ("credit", &figure.credit), ("alt", &figure.alt)] {
            props.insert(self.txn, key, TextPrelim::new(text.as_str()));
        }
        if let Some((width, height)) = figure.size {
            props.insert(self.txn, "w", width);
            props.insert(self.txn, "h", height);
        }
        Ok(())
    }

    fn append_table(&mut self, rows: &[Vec<String>], caption: &str, mint: &mut impl Mint) {
        let end = self.end(mint);
        let id = self.block(mint);
        self.embed(end, "a", &id);
        let Some(props) = self.props(&id) else { return };
        props.insert(self.txn, "t", "table");
        props.insert(self.txn, "caption", TextPrelim::new(caption));
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let table = props.insert(self.txn, "rows", ArrayPrelim::default());
        for cells in rows {
            let row = table.push_back(self.txn, ArrayPrelim::default());
            for column in 0..columns {
                let cell = cells.get(column).map(String::as_str).unwrap_or_default();
                row.push_back(self.txn, TextPrelim::new(cell));
            }
        }
    }

    fn replace(&mut self, block: usize, text: &str) -> Result<(), StoryError> {
        let spans = self.spans();
        let span = spans.get(block).filter(|span| !span.is_atom).ok_or(StoryError::NoSuchBlock { block })?;
        if span.has_unknown {
            return Err(StoryError::UnknownContent { block });
        }
        let body = self.body.clone();
        splice(self.txn, &body, span.start, (&span.text, text));
        Ok(())
    }

    /// The end of the body. Text that no embed ends gets one first, so that nothing runs into it.
    fn end(&mut self, mint: &mut impl Mint) -> u32 {
        let end = self.body.len(self.txn);
        if self.spans().last().is_none_or(|span| span.past > span.end) {
            return end;
        }
        let id = self.block(mint);
        self.embed(end, "b", &id);
        if let Some(props) = self.props(&id) {
            props.insert(self.txn, "t", "p");
        }
        end + 1
    }

    fn embed(&mut self, at: u32, key: &str, id: &str) {
        let content = Any::from(HashMap::from([(key.to_owned(), Any::from(id))]));
        self.body.insert_embed_with_attributes(self.txn, at, content, Attrs::new());
    }

    fn block(&mut self, mint: &mut impl Mint) -> String {
        let id = format!("{:016x}", random(mint));
        self.blocks.insert(self.txn, id.as_str(), MapPrelim::default());
        id
    }

    fn props(&self, id: &str) -> Option<MapRef> {
        self.blocks.get(self.txn, id).and_then(|value| value.cast().ok())
    }

    fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut at = 0;
        let mut open = None;
        for chunk in chunks(self.txn) {
            let text = match &chunk.insert {
                Out::Any(Any::String(text)) => text.as_ref(),
                _ => "",
            };
            let is_text = !text.is_empty();
            match embed(&chunk.insert) {
                Embed::End(_) => {
                    let span = open.take().unwrap_or_else(|| Span::at(at));
                    spans.push(Span { past: at + 1, ..span });
                }
                Embed::Atom(_) => {
                    spans.extend(open.take());
                    spans.push(Span { past: at + 1, is_atom: true, ..Span::at(at) });
                }
                Embed::Unknown => {
                    let span = open.get_or_insert_with(|| Span::at(at));
                    span.text.push_str(text);
                    span.has_unknown |= !is_text;
                    span.end += if is_text { utf16(text) } else { 1 };
                    span.past = span.end;
                }
            }
            at += if is_text { utf16(text) } else { 1 };
        }
        spans.extend(open);
        spans
    }
}

impl Span {
    const fn at(at: u32) -> Self {
        Self { start: at, end: at, past: at, text: String::new(), is_atom: false, has_unknown: false }
    }
}

/// Makes `now` into `wanted` by touching only what lies between their common head and tail.
fn splice(txn: &mut TransactionMut<'_>, target: &TextRef, start: u32, (now, wanted): (&str, &str)) {
    let head: usize =
        now.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (old, new) = (now.get(head..).unwrap_or_default(), wanted.get(head..).unwrap_or_default());
    let tail: usize =
        old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let old = old.get(..old.len() - tail).unwrap_or_default();
    let new = new.get(..new.len() - tail).unwrap_or_default();
    let at = start + now.get(..head).map(utf16).unwrap_or_default();
    if !new.is_empty() {
        target.insert(txn, at, new);
    }
    if !old.is_empty() {
        target.remove_range(txn, at + utf16(new), utf16(old));
    }
}

fn utf16(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

fn random(mint: &mut impl Mint) -> u64 {
    let dice = mint.dice();
    dice.iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
}
