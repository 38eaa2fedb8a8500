//! What a channel takes. Rules are data, one set a kind of channel, changed for one channel if need be.

use satchel_story::{BlockKind, Field, FigureKind, Place, RevisionView, count};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::finding::Finding;
use crate::media::Library;

/// What a channel takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct ChannelRules {
    /// The kind of channel: `website`, `wordpress` …
    pub profile: String,
    /// Counts.
    pub max_headline: u32,
    /// Pictures in one story.
    pub max_pictures: u32,
    /// Bytes of one picture.
    #[ts(type = "number")]
    pub max_picture_bytes: u64,
    /// Bytes of one video or audio.
    #[ts(type = "number")]
    pub max_media_bytes: u64,
    /// Whether a story without a deck is refused.
    pub needs_summary: bool,
    /// What figures may be.
    pub allowed_kinds: Vec<FigureKind>,
    /// The media types it can show.
    pub allowed_mimes: Vec<String>,
}

const MIB: u64 = 1024 * 1024;

impl ChannelRules {
    /// A site of our own: static pages.
    #[must_use]
    pub fn website() -> Self {
        let mimes = [
            "image/jpeg",
            "image/png",
            "image/webp",
            "image/gif",
            "video/mp4",
            "video/webm",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "audio/wav",
        ];
        Self {
            profile: "website".to_owned(),
            max_headline: 60,
            max_pictures: 60,
            max_picture_bytes: 20 * MIB,
            max_media_bytes: 4096 * MIB,
            needs_summary: false,
            allowed_kinds: vec![FigureKind::Picture, FigureKind::Video, FigureKind::Audio],
            allowed_mimes: mimes.map(str::to_owned).to_vec(),
        }
    }

    /// A WordPress site with its usual limits.
    #[must_use]
    pub fn wordpress() -> Self {
        let mimes =
            ["image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "audio/mpeg", "audio/mp4"];
        Self {
            profile: "wordpress".to_owned(),
            max_headline: 60,
            max_pictures: 40,
            max_picture_bytes: 8 * MIB,
            max_media_bytes: 256 * MIB,
            needs_summary: true,
            allowed_kinds: vec![FigureKind::Picture, FigureKind::Video, FigureKind::Audio],
            allowed_mimes: mimes.map(str::to_owned).to_vec(),
        }
    }

    /// The usual rules of a kind of channel, by its name.
    #[must_use]
    pub fn profile(name: &str) -> Option<Self> {
        match name {
            "website" => Some(Self::website()),
            "wordpress" => Some(Self::wordpress()),
            _ => None,
        }
    }
}

/// Checks a story against what one channel takes.
#[must_use]
pub fn rehearse(view: &RevisionView, rules: &ChannelRules, library: &Library) -> Vec<Finding> {
    let mut findings = Vec::new();
    let headline = count(&view.fields.headline);
    if headline > rules.max_headline {
        let finding = Finding::must("channel.headline-long", Place::Field(Field::Headline));
        findings.push(finding.with("count", headline).with("most", rules.max_headline));
    }
    if rules.needs_summary && view.fields.deck.trim().is_empty() {
        findings.push(Finding::must("channel.summary-missing", Place::Field(Field::Deck)));
    }
    let mut pictures = 0;
    for figure in view.figures() {
        let place = Place::Block(figure.block);
        pictures += u32::from(figure.kind == FigureKind::Picture);
        if !rules.allowed_kinds.contains(&figure.kind) {
            findings.push(Finding::must("channel.kind-not-taken", place));
        }
        let Some(facts) = figure.blob.and_then(|blob| library.get(&blob)) else { continue };
        if !rules.allowed_mimes.contains(&facts.mime) {
            findings.push(Finding::must("channel.type-not-taken", place).with("mime", &facts.mime));
        }
        let most =
            if figure.kind == FigureKind::Picture { rules.max_picture_bytes } else { rules.max_media_bytes };
        if facts.bytes > most {
            let finding = Finding::must("channel.media-too-big", place);
            findings.push(finding.with("bytes", facts.bytes).with("most", most));
        }
    }
    if pictures > rules.max_pictures {
        let finding = Finding::must("channel.too-many-pictures", Place::Whole);
        findings.push(finding.with("count", pictures).with("most", rules.max_pictures));
    }
    findings.extend(nested_too_deep(view));
    findings
}

/// A list may go one step deeper at a time; a jump is drawn shallower than it was written.
fn nested_too_deep(view: &RevisionView) -> Option<Finding> {
    let mut deepest = -1;
    for (index, block) in view.blocks.iter().enumerate() {
        if block.kind != BlockKind::ListItem {
            deepest = -1;
            continue;
        }
        let depth = block.prop_number("depth").unwrap_or(0);
        if depth > deepest + 1 {
            let finding = Finding::should("channel.list-jumps", Place::block(index));
            return Some(finding.with("depth", depth));
        }
        deepest = depth;
    }
    None
}
