//! What the pool brought becomes visible: rows of lists, clips of others, wanted small pictures, new roles.

use std::collections::BTreeSet;
use std::sync::Arc;

use satchel_failure::Answer;
use satchel_store::{DerivedRow, Direction, StoredRecord, TransferRow};
use satchel_terms::{ClipId, StoryId};
use satchel_wire::Kind;
use satchel_wire::body::{AssetDerive, Certificate, ClipFacts, DeriveRole, Revoke};

use crate::cards::Happened;
use crate::clips::new_row;
use crate::ledger::stamp;
use crate::room::Room;

/// Records applied in one go.
const PAGE: usize = 500;

impl Room {
    /// Applies what was taken in and not applied yet. Safe to repeat: every step sets, none adds up.
    pub fn apply_intake(self: &Arc<Self>) -> Answer<()> {
        loop {
            let records = self.library.unapplied(PAGE)?;
            if records.is_empty() {
                return Ok(());
            }
            let mut stories = BTreeSet::new();
            for stored in &records {
                if let Err(failure) = self.apply(stored, &mut stories) {
                    tracing::warn!(code = %failure.code, "a record could not be applied");
                }
            }
            for story in stories {
                self.forget_editable(story);
                // A story whose first record has not come yet is indexed when it does.
                if self.index(story).is_ok() {
                    self.tell(Happened::StoryReceived { story });
                }
            }
            let rows: Vec<i64> = records.iter().map(|stored| stored.row).collect();
            self.library.mark_applied(&rows)?;
        }
    }

    fn apply(self: &Arc<Self>, stored: &StoredRecord, stories: &mut BTreeSet<StoryId>) -> Answer<()> {
        let record = &stored.record;
        let subject = record.header().subject;
        match record.header().kind {
            Kind::STORY_CREATE
            | Kind::DOC_UPDATE
            | Kind::DECISION
            | Kind::COMMENT
            | Kind::PUBLISH_INTENT
            | Kind::PUBLISH_DISPATCHED
            | Kind::PUBLISH_RECEIPT
            | Kind::PUBLISH_UNKNOWN
            | Kind::PUBLISH_RETRACT
            | Kind::PUBLISH_RESOLVE => {
                stories.insert(StoryId(subject));
            }
            Kind::POOL_VERDICT => {
                stories.insert(StoryId(subject));
            }
            Kind::FIELD_SET => self.apply_field(record, stories)?,
            Kind::ASSET_ADD => self.apply_clip(ClipId(subject), &record.json()?, stamp(record))?,
            Kind::ASSET_DERIVE => self.apply_derived(ClipId(subject), &record.json()?)?,
            Kind::DEVICE_CERT => self.apply_certificate(&record.json()?)?,
            Kind::DEVICE_REVOKE => self.apply_revocation(&record.json()?),
            Kind::ROLE_GRANT => self.tell(Happened::PeopleChanged),
            Kind::CHANNEL_SET => {
                self.tell(Happened::ChannelChanged { channel: satchel_terms::ChannelId(subject) });
            }
            _ => {}
        }
        Ok(())
    }

    /// A field of a story, or of a clip.
    fn apply_field(&self, record: &satchel_wire::Record, stories: &mut BTreeSet<StoryId>) -> Answer<()> {
        let subject = record.header().subject;
        let Some(row) = self.library.clip(ClipId(subject))? else {
            stories.insert(StoryId(subject));
            return Ok(());
        };
        let clip = row.clip;
        self.index_clip_fields(row)?;
        self.tell(Happened::ClipsChanged { clip: Some(clip) });
        Ok(())
    }

    /// Somebody else's clip: its row. The original comes when it is asked for.
    fn apply_clip(&self, clip: ClipId, facts: &ClipFacts, at: i64) -> Answer<()> {
        if self.library.clip(clip)?.is_some() {
            return Ok(());
        }
        let mut row = new_row(clip, facts.name.clone(), facts.blob, facts.bytes, facts.story);
        row.kind = facts.kind.word().into();
        row.mime.clone_from(&facts.mime);
        row.width = facts.width;
        row.height = facts.height;
        row.duration_ms = facts.duration_ms;
        row.captured_at = facts.captured_at;
        row.added_at = at;
        row.caption.clone_from(&facts.caption);
        row.credit.clone_from(&facts.credit);
        row.state = "ready".into();
        self.index_clip_fields(row)?;
        self.tell(Happened::ClipsChanged { clip: Some(clip) });
        Ok(())
    }

    /// Small pictures and proxies of others are wanted here.
    fn apply_derived(&self, clip: ClipId, derive: &AssetDerive) -> Answer<()> {
        if derive.role == DeriveRole::Cut {
            return Ok(()); // a clip of its own, of which this tells how it was made
        }
        let role = match derive.role {
            DeriveRole::Thumb => "thumb",
            DeriveRole::Proxy => "proxy",
            DeriveRole::Poster => "poster",
            DeriveRole::Cut => "cut",
        };
        self.library.derive_set(&DerivedRow {
            clip,
            role: role.into(),
            blob: derive.blob,
            bytes: derive.bytes,
            mime: derive.mime.clone(),
        })?;
        if !self.library.blobs().has(&derive.blob) {
            let want = TransferRow::waiting(derive.blob, Direction::Down, 1, derive.bytes, clip.bytes());
            self.library.transfer_want(&want)?;
        }
        self.tell(Happened::ClipsChanged { clip: Some(clip) });
        Ok(())
    }

    /// The pool's word on who a device is; when it is this one, its roles are the pool's.
    fn apply_certificate(&self, certificate: &Certificate) -> Answer<()> {
        let me = self.identity();
        if certificate.device == me.device {
            let mut profile = me.profile;
            profile.roles.clone_from(&certificate.roles);
            profile.name.clone_from(&certificate.name);
            profile.invitation = None;
            self.set_profile(profile)?;
            self.tell(Happened::PhaseChanged);
        }
        self.tell(Happened::PeopleChanged);
        Ok(())
    }

    fn apply_revocation(&self, revoke: &Revoke) {
        tracing::warn!(device.id = %revoke.device, "a device was revoked");
        self.tell(Happened::PeopleChanged);
    }
}
