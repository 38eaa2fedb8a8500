//! Material: its cards, captions and places; what is made from it; what of it travels.

use std::sync::Arc;

use satchel_capture::{Tail, tail_of};
use satchel_failure::Answer;
use satchel_jobs::{Gauge, JobKind};
use satchel_media::{MediaError, MediaFacts, Showable, StillOut, THUMB_EDGE, Tools};
use satchel_store::{ClipFilter, ClipRow, DerivedRow, Direction, TransferFilter, TransferRow, TransferState};
use satchel_terms::{ClipId, ClipKind, Hash, StoryId};
use satchel_wire::Kind;
use satchel_wire::body::{AssetDerive, ClipFacts, DeriveRole};

use crate::DeskError;
use crate::cards::{ClipCard, Happened, Whereabouts};
use crate::fields::others_in;
use crate::room::{Room, now};

/// Longest edge of the picture that the review reads and the page shows.
const PICTURE_EDGE: u32 = 1_280;
/// Longest edge of a video's poster.
const POSTER_EDGE: u32 = 640;

/// How much of a story's material is on its way.
#[derive(Debug, Default, Clone, Copy)]
pub struct Material {
    /// Pieces that have to travel and that the pool does not hold yet.
    pub waiting: u32,
    /// Pieces that the pool makes itself.
    pub making: u32,
    /// Whether one of them moves now.
    pub moving: bool,
    /// Bytes that the pool holds of those.
    pub done_bytes: u64,
    /// Bytes of those in all.
    pub total_bytes: u64,
}

impl Room {
    /// The material of a story, or all of it, newest first.
    pub fn clips(&self, story: Option<StoryId>) -> Answer<Vec<ClipCard>> {
        let rows = self.library.clips(&ClipFilter { story, limit: 2_000, ..ClipFilter::default() })?;
        let transfers = self.transfers_up()?;
        rows.into_iter().map(|row| self.clip_card(row, &transfers)).collect()
    }

    /// One clip.
    pub fn clip(&self, clip: ClipId) -> Answer<ClipCard> {
        let row = self.clip_row(clip)?;
        let transfers = self.transfers_up()?;
        self.clip_card(row, &transfers)
    }

    /// One clip's row.
    pub fn clip_row(&self, clip: ClipId) -> Answer<ClipRow> {
        Ok(self.library.clip(clip)?.ok_or(DeskError::Unknown { what: "clip" })?)
    }

    fn transfers_up(&self) -> Answer<Vec<TransferRow>> {
        let filter =
            TransferFilter { direction: Some(Direction::Up), limit: 10_000, ..TransferFilter::default() };
        Ok(self.library.transfers(&filter)?)
    }

    fn clip_card(&self, row: ClipRow, transfers: &[TransferRow]) -> Answer<ClipCard> {
        let derived = self.library.derived(row.clip)?;
        let made =
            |role: &str| derived.iter().any(|one| one.role == role && self.library.blobs().has(&one.blob));
        let here = self.library.blobs().has(&row.blob);
        let transfer = transfers.iter().find(|transfer| transfer.root == row.blob);
        let note = match row.state.as_str() {
            "not-yet" | "damaged" | "torn" | "too-large" => Some(row.state.clone()),
            _ if !here && !made("proxy") && !made("poster") => Some("not-here".into()),
            _ => None,
        };
        let playable = match row.kind.as_str() {
            "video" | "audio" => made("proxy"),
            "picture" => made("poster"),
            _ => false,
        };
        Ok(ClipCard {
            clip: row.clip,
            has_thumb: made("thumb"),
            playable,
            note,
            whereabouts: self.clip_whereabouts(&row, transfer, here)?,
            is_cut: row.card.get("cut").is_some(),
            rate: row.card.get("rate").and_then(|rate| serde_json::from_value(rate.clone()).ok()),
            name: row.name,
            blob: row.blob,
            bytes: row.bytes,
            kind: row.kind,
            mime: row.mime,
            width: row.width,
            height: row.height,
            duration_ms: row.duration_ms,
            captured_at: row.captured_at,
            added_at: row.added_at,
            story: row.story,
            caption: row.caption,
            credit: row.credit,
            others: others_in(&row.card),
        })
    }

    /// Sets caption and credit.
    pub fn caption_clip(&self, clip: ClipId, caption: &str, credit: &str) -> Answer<ClipCard> {
        if caption.chars().count() > 500 || credit.chars().count() > 100 {
            return Err(DeskError::BadName { field: "caption", limit: 500 }.into());
        }
        let row = self.clip_row(clip)?;
        for (name, value, old) in [("caption", caption, &row.caption), ("credit", credit, &row.credit)] {
            if value != old {
                self.set_field(clip.bytes(), name, value.into())?;
            }
        }
        self.index_clip_fields(row)?;
        self.tell(Happened::ClipsChanged { clip: Some(clip) });
        self.clip(clip)
    }

    /// Settles a field of a clip of which several values stand: this one counts.
    pub fn settle_clip(&self, clip: ClipId, field: &str, value: &str) -> Answer<ClipCard> {
        if !["caption", "credit", "story"].contains(&field) {
            return Err(DeskError::BadInput { field: "field" }.into());
        }
        let row = self.clip_row(clip)?;
        let is_none = field == "story" && value.is_empty();
        let value = if is_none { serde_json::Value::Null } else { value.into() };
        self.set_field(clip.bytes(), field, value)?;
        self.index_clip_fields(row)?;
        self.tell(Happened::ClipsChanged { clip: Some(clip) });
        self.clip(clip)
    }

    /// Puts a clip into a story's material, or takes it out.
    pub fn attach_clip(&self, clip: ClipId, story: Option<StoryId>) -> Answer<ClipCard> {
        let row = self.clip_row(clip)?;
        let value = story.map_or(serde_json::Value::Null, |story| story.to_string().into());
        self.set_field(clip.bytes(), "story", value)?;
        self.index_clip_fields(row)?;
        self.send_if_it_travels(&self.clip_row(clip)?)?;
        self.tell(Happened::ClipsChanged { clip: Some(clip) });
        self.clip(clip)
    }

    /// Asks the pool for the original.
    pub fn fetch_original(&self, clip: ClipId) -> Answer<()> {
        let row = self.clip_row(clip)?;
        if !self.library.blobs().has(&row.blob) {
            let want = TransferRow::waiting(row.blob, Direction::Down, 2, row.bytes, clip.bytes());
            self.library.transfer_want(&want)?;
            self.send_soon();
        }
        Ok(())
    }

    /// Looks at a clip that came in: facts, small pictures, the record that tells of it.
    pub fn look_at_clip(&self, tools: &Tools, clip: ClipId) -> Answer<()> {
        let mut row = self.clip_row(clip)?;
        let path = self.library.blobs().path(&row.blob);
        let handle = tokio::runtime::Handle::current();
        let facts = match handle.block_on(satchel_media::probe(tools, &path)) {
            Ok(facts) => facts,
            Err(error) => {
                row.state = fault_word(&error).into();
                self.library.index_clip(&row)?;
                self.announce(&row)?;
                self.send_if_it_travels(&row)?;
                self.tell(Happened::ClipsChanged { clip: Some(clip) });
                return Ok(());
            }
        };
        apply_facts(&mut row, &facts);
        let edges = [THUMB_EDGE, if facts.kind == ClipKind::Video { POSTER_EDGE } else { PICTURE_EDGE }];
        let outs = edges.map(|edge| StillOut { edge, path: self.library.blobs().new_part() });
        let made = match facts.kind {
            ClipKind::Picture => handle.block_on(satchel_media::make_stills(tools, &path, &outs)),
            ClipKind::Video => handle.block_on(satchel_media::make_clip_stills(tools, &path, &facts, &outs)),
            ClipKind::Audio => Ok(Showable::NotYet),
            ClipKind::Other => {
                row.state = "not-yet".into();
                Ok(Showable::NotYet)
            }
        };
        row.state = match &made {
            Ok(Showable::Made { width, height }) => {
                row.width = Some(row.width.unwrap_or(*width));
                row.height = Some(row.height.unwrap_or(*height));
                // Decoders fill what is missing with grey: only the file's own end mark tells.
                if matches!(tail_of(&path), Ok(Tail::Unfinished)) { "torn" } else { "ready" }
            }
            Ok(Showable::NotYet) if facts.kind == ClipKind::Audio => "ready",
            Ok(Showable::NotYet) => "not-yet",
            Err(error) => fault_word(error),
        }
        .into();
        self.library.index_clip(&row)?;
        self.announce(&row)?;
        if matches!(made, Ok(Showable::Made { .. })) {
            for (role, out) in [("thumb", &outs[0]), ("poster", &outs[1])] {
                self.shelve_derived(&row, role, &out.path, "image/jpeg")?;
            }
        }
        self.send_if_it_travels(&row)?;
        self.tell(Happened::ClipsChanged { clip: Some(clip) });
        Ok(())
    }

    /// Shelves a file made from a clip and tells of it.
    pub fn shelve_derived(
        &self,
        row: &ClipRow,
        role: &str,
        part: &std::path::Path,
        mime: &str,
    ) -> Answer<Hash> {
        let (blob, bytes) = hash_file(part)?;
        self.library.blobs().shelve(part, &blob)?;
        self.library.derive_set(&DerivedRow {
            clip: row.clip,
            role: role.into(),
            blob,
            bytes,
            mime: mime.into(),
        })?;
        let role = match role {
            "thumb" => DeriveRole::Thumb,
            "proxy" => DeriveRole::Proxy,
            _ => DeriveRole::Poster,
        };
        let body = AssetDerive { of: row.blob, role, blob, bytes, mime: mime.into(), recipe: None };
        self.write_json(Kind::ASSET_DERIVE, row.clip.bytes(), &body)?;
        if self.travels(row)? {
            self.library.transfer_want(&TransferRow::waiting(
                blob,
                Direction::Up,
                1,
                bytes,
                row.clip.bytes(),
            ))?;
            self.send_soon();
        }
        Ok(blob)
    }

    /// Tells of a clip: its facts as a record.
    fn announce(&self, row: &ClipRow) -> Answer<()> {
        let facts = ClipFacts {
            name: row.name.clone(),
            blob: row.blob,
            bytes: row.bytes,
            kind: ClipKind::of(&row.kind),
            mime: row.mime.clone(),
            width: row.width,
            height: row.height,
            duration_ms: row.duration_ms,
            captured_at: row.captured_at,
            story: row.story,
            caption: row.caption.clone(),
            credit: row.credit.clone(),
        };
        self.write_json(Kind::ASSET_ADD, row.clip.bytes(), &facts)?;
        Ok(())
    }

    /// Makes the small copy that plays and steps smoothly, as a job.
    pub fn start_proxy(self: &Arc<Self>, clip: ClipId) -> Answer<()> {
        let row = self.clip_row(clip)?;
        let has = self.library.derived(clip)?.iter().any(|one| one.role == "proxy");
        if has || !matches!(row.kind.as_str(), "video" | "audio") || row.state != "ready" {
            return Ok(());
        }
        let room = Arc::clone(self);
        self.jobs.start(JobKind::Proxy, clip.to_string(), move |_, gauge| room.make_proxy(&row, gauge))?;
        Ok(())
    }

    fn make_proxy(&self, row: &ClipRow, gauge: &Gauge) -> Answer<()> {
        let handle = tokio::runtime::Handle::current();
        let tools = handle.block_on(Tools::find(None))?;
        let source = self.library.blobs().path(&row.blob);
        let facts = handle.block_on(satchel_media::probe(&tools, &source))?;
        let part = self.library.blobs().new_part();
        handle.block_on(satchel_media::make_proxy(&tools, &source, &facts, &part, gauge))?;
        self.shelve_derived(row, "proxy", &part, "video/mp4")?;
        self.tell(Happened::ClipsChanged { clip: Some(row.clip) });
        Ok(())
    }

    /// Whether the clip's story has left the reporter's hands.
    fn travels(&self, row: &ClipRow) -> Answer<bool> {
        let Some(story) = row.story else { return Ok(false) };
        Ok(self.library.setting(&format!("travels:{story}"))?.is_some())
    }

    /// From filing on, the story's material goes to the pool: small pictures and proxies first.
    pub fn send_material_of(&self, story: StoryId) -> Answer<()> {
        self.library.set_setting(&format!("travels:{story}"), &true.into())?;
        let used = self.read(story)?.document.figures();
        let mut clips =
            self.library.clips(&ClipFilter { story: Some(story), limit: 2_000, ..ClipFilter::default() })?;
        for figure in used {
            let row = figure.clip.and_then(|clip| self.library.clip(clip).ok().flatten());
            clips.extend(row.filter(|row| clips.iter().all(|one| one.clip != row.clip)));
        }
        for row in clips {
            self.queue_clip(&row)?;
        }
        self.send_soon();
        Ok(())
    }

    /// What came to a story that is filed already goes to the pool at once.
    fn send_if_it_travels(&self, row: &ClipRow) -> Answer<()> {
        let Some(story) = row.story.filter(|_| self.travels(row).is_ok_and(|travels| travels)) else {
            return Ok(());
        };
        self.queue_clip(row)?;
        self.refresh(story)?;
        self.send_soon();
        Ok(())
    }

    /// Wishes a clip's small files and its original to travel, where they are here.
    fn queue_clip(&self, row: &ClipRow) -> Answer<()> {
        if !self.library.blobs().has(&row.blob) {
            return Ok(());
        }
        for one in self.library.derived(row.clip)? {
            let up = TransferRow::waiting(one.blob, Direction::Up, 1, one.bytes, row.clip.bytes());
            self.library.transfer_want(&up)?;
        }
        let original = TransferRow::waiting(row.blob, Direction::Up, 2, row.bytes, row.clip.bytes());
        Ok(self.library.transfer_want(&original)?)
    }

    /// How much of a story's material is on its way.
    pub fn material_of(&self, story: StoryId) -> Answer<Material> {
        let clips =
            self.library.clips(&ClipFilter { story: Some(story), limit: 2_000, ..ClipFilter::default() })?;
        let mut material = Material::default();
        for transfer in self.transfers_up()? {
            let ours = clips.iter().any(|row| row.clip.bytes() == transfer.subject);
            if !ours || transfer.state == TransferState::Pooled {
                continue;
            }
            if way_up(&transfer) == Whereabouts::Making {
                material.making += 1;
                continue;
            }
            material.waiting += 1;
            material.moving |= transfer.state == TransferState::Moving;
            material.done_bytes += transfer.done_bytes;
            material.total_bytes += transfer.total;
        }
        Ok(material)
    }

    /// Which blobs of a text's figures the library has or the pool has told of, for the checks.
    pub fn figure_facts(&self, view: &satchel_story::RevisionView) -> Answer<satchel_checks::Library> {
        let mut known = satchel_checks::Library::default();
        for figure in view.figures() {
            let Some(blob) = figure.blob else { continue };
            for row in self.library.clips_by_blob(blob)? {
                let facts = satchel_checks::MediaFacts {
                    mime: row.mime,
                    bytes: row.bytes,
                    broken: matches!(row.state.as_str(), "damaged" | "torn"),
                };
                known.insert(blob, facts);
            }
        }
        Ok(known)
    }

    /// Where the original is. What only a laptop nearby told of is not said to be in the pool.
    fn clip_whereabouts(
        &self,
        row: &ClipRow,
        transfer: Option<&TransferRow>,
        here: bool,
    ) -> Answer<Whereabouts> {
        Ok(match transfer {
            Some(up) => way_up(up),
            None if here => Whereabouts::Local { saved: row.added_at },
            None if self.library.is_placed(row.clip.bytes(), Kind::ASSET_ADD)? => {
                Whereabouts::Pooled { since: row.added_at }
            }
            None => Whereabouts::Waiting { items: 1, bytes: row.bytes },
        })
    }
}

/// Where a piece on its way up is.
pub(crate) fn way_up(row: &TransferRow) -> Whereabouts {
    let (done, total) = (row.done_bytes, row.total);
    match row.state {
        TransferState::Pooled => Whereabouts::Pooled { since: row.next_try },
        TransferState::Failed => Whereabouts::NeedsYou { code: "sync.blob-failed".into() },
        TransferState::Waiting | TransferState::Moving if row.is_making => Whereabouts::Making,
        TransferState::Moving => Whereabouts::Moving { done, total },
        TransferState::Waiting => Whereabouts::Waiting { items: 1, bytes: total.saturating_sub(done) },
    }
}

fn fault_word(error: &MediaError) -> &'static str {
    match error {
        MediaError::TooLarge { .. } => "too-large",
        MediaError::ToolMissing { .. } => "new",
        _ => "damaged",
    }
}

fn apply_facts(row: &mut ClipRow, facts: &MediaFacts) {
    row.kind = facts.kind.word().into();
    row.mime.clone_from(&facts.mime);
    row.width = facts.width;
    row.height = facts.height;
    row.duration_ms = facts.duration_ms;
    row.captured_at = facts.captured_at;
    if let Some(rate) = facts.rate {
        row.card["rate"] = serde_json::json!([rate.0, rate.1]);
    }
    row.card["hasAudio"] = facts.has_audio.into();
    row.card["hdr"] = facts.hdr.into();
}

/// Fingerprint and length of a file.
pub fn hash_file(path: &std::path::Path) -> Result<(Hash, u64), DeskError> {
    let failed = |error: std::io::Error| DeskError::File {
        path: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        why: error.to_string(),
    };
    let mut hasher = blake3::Hasher::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    hasher.update_reader(&file).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    Ok((Hash(*hasher.finalize().as_bytes()), length))
}

/// A fresh row for a file that was just shelved.
pub fn new_row(clip: ClipId, name: String, blob: Hash, bytes: u64, story: Option<StoryId>) -> ClipRow {
    ClipRow {
        clip,
        name,
        blob,
        bytes,
        kind: "other".into(),
        mime: String::new(),
        width: None,
        height: None,
        duration_ms: None,
        captured_at: None,
        added_at: now(),
        story,
        caption: String::new(),
        credit: String::new(),
        state: "new".into(),
        card: serde_json::json!({}),
    }
}
