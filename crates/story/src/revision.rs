//! The revision: the canonical content of a story at one moment, named by its fingerprint.

mod canonical;

use satchel_terms::{ClipId, Hash};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use crate::error::StoryError;
use crate::place::Field;

pub(crate) use canonical::{json_text, number};

/// A sealed content: its canonical bytes and their fingerprint. Encoding: `docs/FORMATS.md` section 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// BLAKE3 of the canonical bytes.
    pub hash: Hash,
    /// The canonical JSON, UTF-8.
    pub canonical: Vec<u8>,
}

impl Revision {
    /// Takes canonical bytes as they came and works out their fingerprint.
    ///
    /// # Errors
    /// [`StoryError::NotCanonical`] when the bytes differ from what this program would write for the same content.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, StoryError> {
        let revision = RevisionView::parse(bytes)?.seal();
        if revision.canonical == bytes { Ok(revision) } else { Err(StoryError::NotCanonical) }
    }

    /// The content, for drawing, comparing and exporting.
    ///
    /// # Errors
    /// [`StoryError::NotCanonical`] when the bytes are no revision.
    pub fn view(&self) -> Result<RevisionView, StoryError> {
        RevisionView::parse(&self.canonical)
    }
}

/// The five texts around the body.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Fields {
    /// 标题.
    pub headline: String,
    /// 引题.
    pub kicker: String,
    /// 提要.
    pub deck: String,
    /// 电头.
    pub dateline: String,
    /// 署名.
    pub byline: String,
}

impl Fields {
    /// The text of one field.
    #[must_use]
    pub fn get(&self, field: Field) -> &str {
        match field {
            Field::Headline => &self.headline,
            Field::Kicker => &self.kicker,
            Field::Deck => &self.deck,
            Field::Dateline => &self.dateline,
            Field::Byline => &self.byline,
        }
    }

    /// The text of one field, to change it.
    pub fn get_mut(&mut self, field: Field) -> &mut String {
        match field {
            Field::Headline => &mut self.headline,
            Field::Kicker => &mut self.kicker,
            Field::Deck => &mut self.deck,
            Field::Dateline => &mut self.dateline,
            Field::Byline => &mut self.byline,
        }
    }
}

/// What a block is. Read from its property `t` and from whether it is atomic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum BlockKind {
    /// A paragraph.
    Paragraph,
    /// A heading, `level` 1–3.
    Heading,
    /// A list item with `list` and `depth`.
    ListItem,
    /// A quotation.
    Quote,
    /// A picture, video or audio; atomic.
    Figure,
    /// A table; atomic.
    Table,
    /// Something of a newer program, carried untouched.
    Unknown,
}

/// A stretch of a text block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
#[ts(export_to = "generated.ts")]
pub enum Run {
    /// Text with its marks.
    Text {
        /// Never empty.
        text: String,
        /// `bold`, `italic`, `underline`, `strike` = true, `link` = `{href}`, or unknown ones.
        #[ts(type = "Record<string, unknown>")]
        marks: Map<String, Value>,
    },
    /// An inline embed of a newer program.
    Embed {
        /// As it came.
        #[ts(type = "unknown")]
        embed: Value,
        /// As for text.
        #[ts(type = "Record<string, unknown>")]
        marks: Map<String, Value>,
    },
}

/// One block of the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Whether it stands for itself and holds no runs.
    pub atom: bool,
    /// Its properties, always with `t`.
    #[ts(type = "Record<string, unknown>")]
    pub props: Map<String, Value>,
    /// Its text; empty for an atomic block.
    pub runs: Vec<Run>,
}

impl Block {
    /// Builds a block; `props` without `t` get `"t":"p"`.
    #[must_use]
    pub fn new(atom: bool, mut props: Map<String, Value>, runs: Vec<Run>) -> Self {
        props.entry("t").or_insert_with(|| Value::from("p"));
        let kind = match (atom, props.get("t").and_then(Value::as_str)) {
            (false, Some("p")) => BlockKind::Paragraph,
            (false, Some("h")) => BlockKind::Heading,
            (false, Some("li")) => BlockKind::ListItem,
            (false, Some("q")) => BlockKind::Quote,
            (true, Some("fig")) => BlockKind::Figure,
            (true, Some("table")) => BlockKind::Table,
            _ => BlockKind::Unknown,
        };
        Self { kind, atom, props, runs }
    }

    /// The text of the runs, without marks and embeds.
    #[must_use]
    pub fn text(&self) -> String {
        self.runs
            .iter()
            .filter_map(|run| match run {
                Run::Text { text, .. } => Some(text.as_str()),
                Run::Embed { .. } => None,
            })
            .collect()
    }

    /// A property that is text; empty when absent.
    #[must_use]
    pub fn prop(&self, name: &str) -> &str {
        self.props.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A property that is an integer.
    #[must_use]
    pub fn prop_number(&self, name: &str) -> Option<i64> {
        self.props.get(name).and_then(Value::as_i64)
    }

    /// The cells of a table, row by row; empty for anything else.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<&str>> {
        let rows = self.props.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        rows.iter()
            .filter_map(Value::as_array)
            .map(|cells| cells.iter().map(|cell| cell.as_str().unwrap_or_default()).collect())
            .collect()
    }
}

/// What a figure shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum FigureKind {
    /// A still picture.
    Picture,
    /// Moving pictures.
    Video,
    /// Sound alone.
    Audio,
}

/// A figure as the body names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct FigureRef {
    /// The block it stands in, counted from 0.
    pub block: u32,
    /// The clip, when the property reads as an id.
    pub clip: Option<ClipId>,
    /// The original, when the property reads as a fingerprint.
    pub blob: Option<Hash>,
    /// What it shows; a picture when the property is absent or unknown.
    pub kind: FigureKind,
    /// 图注.
    pub caption: String,
    /// 图源.
    pub credit: String,
    /// For readers who cannot see it.
    pub alt: String,
}

/// The content of a revision, for drawing, comparing and exporting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct RevisionView {
    /// `meta.schema`, 1 when absent.
    #[ts(type = "number")]
    pub schema: i64,
    /// The texts around the body.
    pub fields: Fields,
    /// The body.
    pub blocks: Vec<Block>,
}

impl RevisionView {
    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`StoryError::NotCanonical`] when the bytes are no revision.
    pub fn parse(bytes: &[u8]) -> Result<Self, StoryError> {
        canonical::parse(bytes).ok_or(StoryError::NotCanonical)
    }

    /// Seals this content: writes it canonically and works out its fingerprint.
    #[must_use]
    pub fn seal(&self) -> Revision {
        let canonical = canonical::write(self);
        Revision { hash: Hash(*blake3::hash(&canonical).as_bytes()), canonical }
    }

    /// The text of the body, one line a text block.
    #[must_use]
    pub fn plain_body(&self) -> String {
        let lines: Vec<_> = self.blocks.iter().filter(|block| !block.atom).map(Block::text).collect();
        lines.join("\n")
    }

    /// Everything a search should find: fields, body, captions, credits and table cells, one line each.
    #[must_use]
    pub fn searchable(&self) -> String {
        let mut lines: Vec<String> =
            Field::ALL.iter().map(|&field| self.fields.get(field).to_owned()).collect();
        for block in &self.blocks {
            lines.extend([block.text(), block.prop("caption").to_owned(), block.prop("credit").to_owned()]);
            lines.extend(block.rows().into_iter().map(|cells| cells.join(" ")));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// The figures of the body, in order.
    #[must_use]
    pub fn figures(&self) -> Vec<FigureRef> {
        let figures = self.blocks.iter().enumerate().filter(|(_, block)| block.kind == BlockKind::Figure);
        figures.map(|(index, block)| figure(index, block)).collect()
    }
}

fn figure(index: usize, block: &Block) -> FigureRef {
    FigureRef {
        block: u32::try_from(index).unwrap_or(u32::MAX),
        clip: block.prop("clip").parse().ok(),
        blob: block.prop("blob").parse().ok(),
        kind: match block.prop("kind") {
            "video" => FigureKind::Video,
            "audio" => FigureKind::Audio,
            _ => FigureKind::Picture,
        },
        caption: block.prop("caption").to_owned(),
        credit: block.prop("credit").to_owned(),
        alt: block.prop("alt").to_owned(),
    }
}
