//! Where in a story something is.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One of the single-line texts around the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Field {
    /// 标题.
    Headline,
    /// 引题, above the headline.
    Kicker,
    /// 提要, below the headline.
    Deck,
    /// 电头: place and date.
    Dateline,
    /// 署名.
    Byline,
}

impl Field {
    /// All fields, in reading order.
    pub const ALL: [Self; 5] = [Self::Headline, Self::Kicker, Self::Deck, Self::Dateline, Self::Byline];

    /// The name of the root text in the document.
    #[must_use]
    pub const fn root(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::Kicker => "kicker",
            Self::Deck => "deck",
            Self::Dateline => "dateline",
            Self::Byline => "byline",
        }
    }
}

/// A place in a revision that a remark, a finding or a change points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum Place {
    /// The story as a whole.
    Whole,
    /// A field around the body.
    Field(Field),
    /// A block of the body, counted from 0.
    Block(u32),
}

impl Place {
    /// The place of the block at `index`.
    #[must_use]
    pub fn block(index: usize) -> Self {
        Self::Block(u32::try_from(index).unwrap_or(u32::MAX))
    }
}
