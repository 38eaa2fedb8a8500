//! Writing: stories are made, opened, kept keystroke by keystroke, sealed, compared and filed.

use std::sync::Arc;
use std::time::Duration;

use satchel_failure::Answer;
use satchel_story::{Decision, Document, Field, RevisionView};
use satchel_terms::{CommentId, Hash, StoryId};
use satchel_wire::body::{CommentBody, StoryCreate};
use satchel_wire::{Codec, Kind, from_base64, to_base64};

use crate::DeskError;
use crate::cards::{
    CommentCard, DiffBlock, FindingCard, Happened, HitCard, OpenStory, RecoveredCard, RevisionCard, Saved,
    StoryCard,
};
use crate::ledger::Reading;
use crate::room::{Dice, Room, locked, now};
use crate::views;

/// Largest editor update that is taken; larger pastes are cut into several by the window.
const UPDATE_LIMIT: usize = 240 * 1024;
/// Idle time after which what was typed is sealed into a record.
const IDLE_MS: i64 = 30_000;
/// Updates after which it is sealed without waiting.
const SEAL_AT: usize = 60;
/// Shorter bodies grow when compressed.
const WORTH_SQUEEZING: usize = 160;
/// Genres that a story may have.
pub const GENRES: [&str; 6] = ["brief", "feature", "interview", "comment", "voice", "photo"];

impl Room {
    /// All stories, newest change first.
    pub fn stories(&self) -> Answer<Vec<StoryCard>> {
        self.story_cards(500)
    }

    /// Makes a story with a headline (may be empty) and a genre.
    pub fn create_story(&self, headline: &str, genre: &str) -> Answer<StoryCard> {
        if headline.chars().count() > 200 {
            return Err(DeskError::BadName { field: "headline", limit: 200 }.into());
        }
        check_genre(genre)?;
        let story = StoryId::mint(&mut Dice);
        let me = self.identity().profile;
        let create = StoryCreate { slug: headline.trim().to_owned(), author_name: me.name.clone() };
        self.write_json(Kind::STORY_CREATE, story.bytes(), &create)?;
        self.set_field(story.bytes(), "genre", genre.into())?;
        let mut fields = satchel_story::Fields { byline: me.name, ..Default::default() };
        headline.trim().clone_into(&mut fields.headline);
        let seed = satchel_story::Seed { fields, paragraphs: Vec::new() };
        let client = Document::new().fresh_client(&mut Dice);
        let update = Document::seed(client, &seed, &mut Dice)?;
        self.library.keep_update(story, "core", &update)?;
        self.seal(story)?;
        self.refresh(story)?;
        self.card(story)
    }

    /// Opens a story: its whole update log, its fingerprint and whether it may be edited.
    pub fn open_story(&self, story: StoryId) -> Answer<OpenStory> {
        let reading = self.read(story)?;
        Ok(OpenStory {
            card: self.card(story)?,
            // One causally whole state: the window's engine must not see updates before what they name.
            updates: vec![to_base64(&reading.document.state())],
            rev: reading.document.revision().hash,
            read_only: self.read_only(&reading),
            clips: self.clips(Some(story))?,
        })
    }

    /// Keeps one update of the editor. When this returns, the words are on the disk.
    pub fn keep_update(&self, story: StoryId, session: &str, update: &str) -> Answer<Saved> {
        let bytes = from_base64(update).map_err(|_| DeskError::BadInput { field: "update" })?;
        if bytes.len() > UPDATE_LIMIT || session.len() > 64 {
            return Err(DeskError::BadInput { field: "update" }.into());
        }
        Document::new().apply(&bytes)?;
        self.must_be_editable(story)?;
        let at = self.library.keep_update(story, session, &bytes)?;
        Ok(Saved { at })
    }

    /// Refuses when the story is in other hands. The answer is remembered until a decision or the pool changes it.
    pub(crate) fn must_be_editable(&self, story: StoryId) -> Answer<()> {
        let known = locked(&self.editable).get(&story).cloned();
        let read_only = match known {
            Some(read_only) => read_only,
            None => {
                let read_only = self.read_only(&self.read(story)?);
                locked(&self.editable).insert(story, read_only.clone());
                read_only
            }
        };
        match read_only {
            None => Ok(()),
            Some(why) => Err(DeskError::ReadOnly { why }.into()),
        }
    }

    /// Seals what was typed into signed records and brings the list up to date.
    pub fn seal_story(&self, story: StoryId) -> Answer<StoryCard> {
        self.seal(story)?;
        self.refresh(story)?;
        self.card(story)
    }

    /// Seals the pending updates of a story: one record, or several when they are large.
    pub fn seal(&self, story: StoryId) -> Answer<()> {
        let _one_at_a_time = locked(&self.sealing);
        let pending = self.library.pending_updates(story)?;
        let mut rows = Vec::new();
        let mut batch: Vec<Vec<u8>> = Vec::new();
        for update in pending {
            let size: usize = batch.iter().map(Vec::len).sum();
            if !batch.is_empty() && size + update.bytes.len() > UPDATE_LIMIT {
                self.seal_batch(story, &batch, &rows)?;
                batch.clear();
                rows.clear();
            }
            rows.push(update.row);
            batch.push(update.bytes);
        }
        if batch.is_empty() { Ok(()) } else { self.seal_batch(story, &batch, &rows) }
    }

    fn seal_batch(&self, story: StoryId, batch: &[Vec<u8>], rows: &[i64]) -> Answer<()> {
        let body = self.sealed(story)?.condense(batch)?;
        let codec = if body.len() > WORTH_SQUEEZING { Codec::ZstdRaw } else { Codec::Raw };
        self.write_sealing(Kind::DOC_UPDATE, story.bytes(), codec, body, rows)?;
        Ok(())
    }

    /// Everything of a story's text that records hold, what stands beside it included.
    fn sealed(&self, story: StoryId) -> Answer<Document> {
        let mut document = Document::new();
        for stored in self.library.records_of(story.bytes(), &[Kind::DOC_UPDATE])? {
            // A damaged update is set aside here as when the story is read.
            let _ = document.apply(&stored.record.body()?);
        }
        Ok(document)
    }

    /// Seals everything, before closing or talking to the pool.
    pub fn seal_all(&self) -> Answer<()> {
        for story in self.library.stories_with_pending()? {
            self.seal(story)?;
        }
        Ok(())
    }

    /// Seals by itself after idle time or many updates, and keeps the lists current.
    pub fn start_sealing(self: &Arc<Self>) {
        let room = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(2)).await;
                let Some(room) = room.upgrade() else { return };
                let _ = tokio::task::spawn_blocking(move || room.seal_the_idle()).await;
            }
        });
    }

    fn seal_the_idle(&self) {
        let Ok(stories) = self.library.stories_with_pending() else { return };
        for story in stories {
            let Ok(pending) = self.library.pending_updates(story) else { continue };
            let Some(last) = pending.last() else { continue };
            if pending.len() >= SEAL_AT || now() - last.at > IDLE_MS {
                let sealed = self.seal(story).and_then(|()| self.index(story));
                if let Err(failure) = sealed {
                    tracing::warn!(story.id = %story, code = %failure.code, "sealing failed");
                }
                self.tell(Happened::StoryChanged { story });
            }
        }
    }

    /// Compares the window's fingerprint with the core's.
    pub fn check_rev(&self, story: StoryId, rev: Hash) -> Answer<bool> {
        Ok(self.read(story)?.document.revision().hash == rev)
    }

    /// Keeps the text as it is now as a version.
    pub fn keep_version(&self, story: StoryId, reading: &Reading, why: &str) -> Answer<RevisionCard> {
        let revision = reading.document.revision();
        let at = now();
        self.library.keep_revision(story, revision.hash, &revision.canonical, why, at)?;
        let characters = views::characters(&reading.document.view());
        Ok(RevisionCard { rev: revision.hash, why: why.into(), at, characters })
    }

    /// Keeps a version on request (Ctrl+S).
    pub fn checkpoint(&self, story: StoryId) -> Answer<RevisionCard> {
        self.seal(story)?;
        let reading = self.read(story)?;
        self.keep_version(story, &reading, "checkpoint")
    }

    /// The kept versions, newest first.
    pub fn revisions(&self, story: StoryId) -> Answer<Vec<RevisionCard>> {
        let rows = self.library.revisions(story)?;
        let card = |row: satchel_store::RevisionRow| {
            let canonical = self.library.revision(row.rev)?.unwrap_or_default();
            let characters = RevisionView::parse(&canonical).map_or(0, |view| views::characters(&view));
            Ok(RevisionCard { rev: row.rev, why: row.why, at: row.at, characters })
        };
        rows.into_iter().map(card).collect()
    }

    /// What changed from the older to the newer version.
    pub fn compare(&self, older: Hash, newer: Hash) -> Answer<Vec<DiffBlock>> {
        let view = |rev: Hash| -> Answer<RevisionView> {
            let canonical = self.library.revision(rev)?.ok_or(DeskError::Unknown { what: "revision" })?;
            Ok(RevisionView::parse(&canonical)?)
        };
        Ok(views::diff(&view(older)?, &view(newer)?))
    }

    /// Sets the genre. Other values that stood beside it are settled by that, also when it stays the same.
    pub fn set_genre(&self, story: StoryId, genre: &str) -> Answer<StoryCard> {
        check_genre(genre)?;
        self.set_field(story.bytes(), "genre", genre.into())?;
        self.refresh(story)?;
        self.card(story)
    }

    /// What is missing before the story can be filed.
    pub fn preflight(&self, story: StoryId) -> Answer<Vec<FindingCard>> {
        let reading = self.read(story)?;
        let facts = self.figure_facts(&reading.document.view())?;
        let findings = satchel_checks::preflight(&reading.document.view(), &facts);
        Ok(findings.into_iter().map(views::finding).collect())
    }

    /// Files the story: freezes this version and queues it for the pool.
    pub fn file_story(&self, story: StoryId, rev: Hash) -> Answer<StoryCard> {
        self.seal(story)?;
        let reading = self.read(story)?;
        let revision = reading.document.revision();
        if revision.hash != rev {
            return Err(DeskError::TextsDiffer.into());
        }
        let missing = self.preflight(story)?.iter().filter(|finding| finding.severity == "must").count();
        if missing > 0 {
            return Err(DeskError::NotReady { count: missing }.into());
        }
        let decision = Decision::Submit { rev, summary: reading.document.text(Field::Headline) };
        self.decide_on(story, &reading, &decision)?;
        self.keep_version(story, &reading, "filed")?;
        self.send_material_of(story)?;
        self.refresh(story)?;
        self.card(story)
    }

    /// The remarks on a story, oldest first.
    pub fn comments(&self, story: StoryId) -> Answer<Vec<CommentCard>> {
        let people = self.people_by_device()?;
        let records = self.library.records_of(story.bytes(), &[Kind::COMMENT])?;
        let card = |stored: satchel_store::StoredRecord| {
            let body: CommentBody = stored.record.json().ok()?;
            let header = stored.record.header();
            Some(CommentCard {
                comment: body.id,
                kind: body.kind,
                quote: body.quote,
                text: body.text,
                by_name: people.name(header.device),
                at: i64::try_from(header.time.millis()).unwrap_or_default(),
                answers: body.answers,
            })
        };
        Ok(records.into_iter().filter_map(card).collect())
    }

    /// Adds a remark on a passage, or an answer to one.
    pub fn add_comment(
        &self,
        story: StoryId,
        kind: &str,
        quote: &str,
        text: &str,
        answers: Option<CommentId>,
    ) -> Answer<CommentCard> {
        if !["question", "advice", "must", "praise"].contains(&kind) {
            return Err(DeskError::BadInput { field: "kind" }.into());
        }
        if text.trim().is_empty() || text.chars().count() > 2_000 || quote.chars().count() > 2_000 {
            return Err(DeskError::BadName { field: "text", limit: 2_000 }.into());
        }
        let rev = self.read(story)?.document.revision().hash;
        let id = self.write_remark(story, rev, (kind, quote, text.trim()), answers)?;
        self.tell(Happened::StoryChanged { story });
        let all = self.comments(story)?;
        Ok(all.into_iter().find(|card| card.comment == id).ok_or(DeskError::Unknown { what: "comment" })?)
    }

    /// Writes a remark that is no answer, bound to a revision: its kind, what it is about, what it says.
    pub fn remark(&self, story: StoryId, rev: Hash, words: (&str, &str, &str)) -> Answer<CommentId> {
        self.write_remark(story, rev, words, None)
    }

    fn write_remark(
        &self,
        story: StoryId,
        rev: Hash,
        (kind, quote, text): (&str, &str, &str),
        answers: Option<CommentId>,
    ) -> Answer<CommentId> {
        let id = CommentId::mint(&mut Dice);
        let (kind, quote, text) = (kind.into(), quote.into(), text.into());
        let body = CommentBody { id, rev, block: None, quote, kind, text, answers };
        self.write_json(Kind::COMMENT, story.bytes(), &body)?;
        Ok(id)
    }

    /// Finds stories and clips; a single Han character is enough.
    pub fn search(&self, query: &str) -> Answer<Vec<HitCard>> {
        let query: String = query.trim().chars().take(100).collect();
        if query.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.library.search(&query, 50)?.into_iter().map(views::hit).collect())
    }

    /// What was being written when the program went down.
    pub fn recovered(&self) -> Answer<Vec<RecoveredCard>> {
        if !self.was_unclean() {
            return Ok(Vec::new());
        }
        let mut cards = Vec::new();
        for story in self.recent_stories(5)? {
            let view = self.read(story.story)?.document.view();
            let body = view.plain_body();
            let skip = body.chars().count().saturating_sub(60);
            cards.push(RecoveredCard {
                story: story.story,
                headline: view.fields.headline.clone(),
                last_words: body.chars().skip(skip).collect(),
                at: story.updated,
            });
        }
        Ok(cards)
    }

    /// The recovery was seen.
    pub fn recovery_seen(&self) -> Answer<()> {
        Ok(self.library.set_setting("recovery-seen", &true.into())?)
    }

    /// Edits without a window, for the command line: one update, kept and sealed.
    pub fn edit_story(&self, story: StoryId, edits: &[satchel_story::Edit]) -> Answer<StoryCard> {
        self.must_be_editable(story)?;
        let document = self.read(story)?.document;
        let client = document.fresh_client(&mut Dice);
        let update = document.edit(client, edits, &mut Dice)?;
        self.library.keep_update(story, "core", &update)?;
        self.seal_story(story)
    }
}

fn check_genre(genre: &str) -> Result<(), DeskError> {
    if GENRES.contains(&genre) { Ok(()) } else { Err(DeskError::BadInput { field: "genre" }) }
}
