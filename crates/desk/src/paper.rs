//! The plain copy of a story under review, for a signer without Satchel: one HTML page with everything in it, which
//! any browser shows and prints. It is not encrypted, and says so.

mod page;
mod words;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use satchel_failure::Answer;
use satchel_story::{BlockKind, Decision, RevisionView};
use satchel_terms::{Hash, Stamp};
use satchel_wire::to_base64;

use self::words::Words;
use crate::DeskError;
use crate::ledger::{Reading, level_word};
use crate::media_files::MediaKind;
use crate::parcels::under_review;
use crate::room::{Room, now};
use crate::views;

/// The largest picture that goes on the page; posters are far smaller.
const PICTURE_BYTES: u64 = 4 << 20;

/// What the page says, in the words of one language.
struct Sheet {
    words: Words,
    headline: String,
    deck: String,
    /// Labels and values, in order.
    facts: Vec<(String, String)>,
    /// The fingerprint in groups of four.
    fingerprint: String,
    /// Who signed so far: level, name, time, word of the pool.
    signatures: Vec<[String; 4]>,
    /// The text as HTML, with its pictures.
    body: String,
    left_out: usize,
}

impl Room {
    /// Writes the plain copy into a folder and answers the names of its files.
    pub(crate) fn write_paper(&self, dir: &Path, reading: &Reading) -> Answer<Vec<String>> {
        let (_, rev) = under_review(reading)?;
        let sheet = self.sheet(reading)?;
        let name = format!("satchel-review-{}.html", &rev.to_string()[..12]);
        let path = dir.join(&name);
        let failed = |error: std::io::Error| DeskError::File {
            path: path.display().to_string(),
            why: error.to_string(),
        };
        std::fs::write(&path, page::draw(&sheet)).map_err(failed)?;
        self.log_parcel("info", "parcel.paper.made", &[("name", name.clone())]);
        Ok(vec![name])
    }

    fn sheet(&self, reading: &Reading) -> Answer<Sheet> {
        let (level, rev) = under_review(reading)?;
        let words = Words::of(&self.settings()?.language);
        let view = reading.document.view();
        let filed = reading.ledger.iter().rev().find(|line| matches!(line.decision, Decision::Submit { .. }));
        let by = |name: &str, at: Stamp| format!("{name} · {}", minute(at));
        let me = self.identity().profile;
        let counts = views::counts(&view);
        let facts = [
            ("waits", words.kit(&format!("level.{}", level_word(level)))),
            ("author", reading.author_name.clone()),
            ("genre", words.kit(&format!("genre.{}", reading.genre))),
            (
                "counts",
                words.filled(
                    "counts.value",
                    &[
                        ("characters", counts.characters.to_string()),
                        ("seconds", counts.read_aloud_s.to_string()),
                        ("figures", view.figures().len().to_string()),
                    ],
                ),
            ),
            ("filed", filed.map_or_else(String::new, |line| by(&reading.people.name(line.device), line.at))),
            ("centre", me.centre.clone()),
            ("made", by(&me.name, now())),
        ];
        let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
        let signatures = views::signatures(reading).into_iter().filter(|one| one.holds);
        let (body, left_out) = self.body(&view, &words);
        Ok(Sheet {
            headline: view.fields.headline.clone(),
            deck: view.fields.deck.clone(),
            facts: facts.map(|(key, value)| (words.own(key), value)).collect(),
            fingerprint: grouped(rev),
            signatures: signatures
                .map(|one| {
                    let verdict = words.own(&format!("verdict.{}", one.verdict));
                    [words.kit(&format!("level.{}", one.level)), one.by_name, minute(one.at), verdict]
                })
                .collect(),
            body,
            left_out,
            words,
        })
    }

    /// The text with its pictures, and how many pieces of it could not be drawn.
    fn body(&self, view: &RevisionView, words: &Words) -> (String, usize) {
        let mut addresses = BTreeMap::new();
        let mut blocks = view.blocks.clone();
        let figures: BTreeMap<u32, _> = view.figures().into_iter().map(|one| (one.block, one)).collect();
        for (index, block) in (0..).zip(&mut blocks) {
            let Some(figure) = figures.get(&index) else { continue };
            let picture = figure.clip.and_then(|clip| self.picture_of(clip));
            let note = match (block.prop("kind"), picture.is_some()) {
                ("audio", _) => words.own("medium.audio"),
                ("video", true) => words.own("medium.video"),
                (_, true) => String::new(),
                (_, false) => words.own("medium.missing"),
            };
            let caption = [note.as_str(), figure.caption.as_str()];
            let caption: Vec<_> = caption.into_iter().filter(|text| !text.is_empty()).collect();
            block.props.insert("caption".into(), caption.join(" · ").into());
            block.props.insert("kind".into(), "picture".into());
            // What has no picture still has its place and its words.
            let root = figure.blob.map_or_else(|| format!("none-{index}"), |blob| blob.to_string());
            block.props.insert("blob".into(), root.clone().into());
            addresses.insert(root, picture.unwrap_or_else(|| page::NO_PICTURE.to_owned()));
        }
        let left_out = blocks.iter().filter(|block| block.kind == BlockKind::Unknown).count();
        (satchel_checks::page(&blocks, &addresses), left_out)
    }

    /// A clip's picture as an address that holds the picture itself.
    fn picture_of(&self, clip: satchel_terms::ClipId) -> Option<String> {
        let media = self.media(MediaKind::Poster, clip).ok()?;
        if !media.mime.starts_with("image/") || media.len > PICTURE_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        media.file.take(PICTURE_BYTES).read_to_end(&mut bytes).ok()?;
        Some(format!("data:{};base64,{}", media.mime, to_base64(&bytes)))
    }
}

/// A fingerprint that two people can compare: groups of four.
fn grouped(rev: Hash) -> String {
    let digits: Vec<char> = rev.to_string().chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// A moment by the clock of the centre, to the minute.
fn minute(at: Stamp) -> String {
    let offset = time::UtcOffset::from_whole_seconds(crate::arrivals::UTC_OFFSET * 60);
    let moment = time::OffsetDateTime::from_unix_timestamp(at / 1_000).ok().zip(offset.ok());
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]");
    let shown = moment.and_then(|(moment, offset)| moment.to_offset(offset).format(format).ok());
    shown.unwrap_or_default()
}
