//! Reviewing: the queue, a story on the table, a decision.

use satchel_failure::Answer;
use satchel_story::{Decision, Level, Place, Reason, Signer, State};
use satchel_terms::{ChannelId, Hash, StoryId};

use crate::DeskError;
use crate::cards::{PaperWord, QueueCard, ReasonCard, ReviewCard, Verb};
use crate::ledger::{Reading, level_word};
use crate::room::Room;
use crate::views;

impl Room {
    /// Stories that wait for a review, the oldest first; those for me before the others.
    pub fn queue(&self) -> Answer<Vec<QueueCard>> {
        let mut rows = Vec::new();
        for card in self.story_cards(500)? {
            if !card.state.starts_with("awaiting-") {
                continue;
            }
            let reading = self.read(card.story)?;
            let Some(level) = reading.case.state().level() else { continue };
            let me = self.identity().profile.person;
            rows.push(QueueCard {
                story: card.story,
                level: level_word(level).into(),
                for_me: self.judged(&reading, &Decision::Claim { level }).is_none(),
                held_by_me: reading.case.holder() == Some(me),
                card,
            });
        }
        rows.sort_by_key(|row| (!row.held_by_me, !row.for_me, row.card.updated));
        Ok(rows)
    }

    /// A story on the reviewer's table.
    pub fn review(&self, story: StoryId) -> Answer<ReviewCard> {
        let reading = self.read(story)?;
        let me = self.identity().profile.person;
        let level = reading.case.state().level();
        let held_by_me = reading.case.holder() == Some(me);
        let claim = level.map_or(Some("review.wrong-stage".to_owned()), |level| {
            self.judged(&reading, &Decision::Claim { level })
        });
        let decide = if held_by_me { claim.clone() } else { Some("review.claim-first".to_owned()) };
        if let Some(submitted) = reading.case.submitted() {
            self.keep_if_missing(&reading, submitted)?;
        }
        Ok(ReviewCard {
            open: self.open_story(story)?,
            level: level.map(|level| level_word(level).to_owned()),
            may_claim: claim,
            may_decide: decide,
            holder_name: reading.case.holder().map(|person| reading.people.person_name(person)),
            held_by_me,
            submitted: reading.case.submitted(),
            last_seen: self.last_seen(story)?,
            signatures: views::signatures(&reading),
            ledger: reading.ledger.iter().map(|line| views::ledger_line(&reading, line)).collect(),
            comments: self.comments(story)?,
        })
    }

    /// Decides as the person at this laptop.
    pub fn decide(&self, story: StoryId, verb: Verb) -> Answer<ReviewCard> {
        self.seal(story)?;
        let reading = self.read(story)?;
        let decision = self.worded(&reading, verb)?;
        if let Decision::Claim { .. } = decision {
            // What I decided on before is what I had seen.
            self.keep_version(story, &reading, "decision")?;
        } else {
            self.see(story, reading.document.revision().hash, &reading)?;
        }
        self.decide_on(story, &reading, &decision)?;
        self.refresh(story)?;
        self.review(story)
    }

    /// Passes a story as the person at this laptop, after somebody else signed it on paper. The remark names who; it is
    /// bound to the revision and signed by this laptop like the decision, and gives the signer on paper no part in it.
    pub fn pass_on_paper(&self, story: StoryId, rev: Hash, paper: &PaperWord) -> Answer<ReviewCard> {
        for (field, text, most) in
            [("by", &paper.by, 60), ("date", &paper.date, 60), ("remarks", &paper.remarks, 2_000)]
        {
            let count = text.trim().chars().count();
            if count > most || (count == 0 && field != "remarks") {
                return Err(DeskError::BadName { field, limit: most }.into());
            }
        }
        self.seal(story)?;
        let reading = self.read(story)?;
        let decision = self.worded(&reading, Verb::Pass { rev })?;
        if let Some(code) = self.judged(&reading, &decision) {
            tracing::debug!(%code, "the sheet is not entered");
        } else {
            let quote = format!("{} · {}", paper.by.trim(), paper.date.trim());
            self.remark(story, rev, ("paper", &quote, paper.remarks.trim()))?;
        }
        self.decide(story, Verb::Pass { rev })
    }

    /// Turns the screen's verb into the decision of the level that the story waits for.
    fn worded(&self, reading: &Reading, verb: Verb) -> Answer<Decision> {
        let level = reading.case.state().level();
        let policy = reading.case.policy().version;
        let at = |level: Option<Level>| level.ok_or(satchel_story::Refusal::WrongStage);
        Ok(match verb {
            Verb::Claim => Decision::Claim { level: at(level)? },
            Verb::Release => Decision::Release,
            Verb::Withdraw => Decision::Withdraw,
            Verb::Reject { reason } => Decision::Reject { level: at(level)?, reason },
            Verb::Return { rev, reasons } => {
                self.must_match(reading, rev)?;
                Decision::Return {
                    level: at(level)?,
                    rev,
                    reasons: reasons.into_iter().map(reason).collect(),
                }
            }
            Verb::Pass { rev } => {
                self.must_match(reading, rev)?;
                let level = at(level)?;
                if level == reading.case.policy().last() {
                    Decision::Sign { rev, channels: self.all_channels()?, policy }
                } else {
                    Decision::Pass { level, rev, policy }
                }
            }
        })
    }

    /// What was read on the screen must be what the core holds.
    fn must_match(&self, reading: &Reading, rev: Hash) -> Answer<()> {
        if reading.document.revision().hash == rev { Ok(()) } else { Err(DeskError::TextsDiffer.into()) }
    }

    /// A sign-off names the channels one by one: those that the centre has set up.
    fn all_channels(&self) -> Answer<Vec<ChannelId>> {
        Ok(self.channel_list()?.into_iter().map(|channel| channel.id).collect())
    }

    /// The code of why a decision would not count now; none when it would.
    fn judged(&self, reading: &Reading, decision: &Decision) -> Option<String> {
        let me = self.identity();
        let revoked = reading.people.signer_of(me.device).revoked;
        let signer =
            Signer { person: me.profile.person, device: me.device, roles: &me.profile.roles, revoked };
        let refusal = reading.case.judge(&signer, decision).err()?;
        Some(satchel_failure::Explain::code(&refusal).to_owned())
    }

    /// The filed version is kept here too, so that it can be compared.
    fn keep_if_missing(&self, reading: &Reading, submitted: Hash) -> Answer<()> {
        let current = reading.document.revision();
        if current.hash == submitted && self.library.revision(submitted)?.is_none() {
            self.keep_version(reading.story, reading, "received")?;
        }
        Ok(())
    }

    fn last_seen(&self, story: StoryId) -> Answer<Option<Hash>> {
        let seen = self.library.setting(&format!("seen:{story}"))?;
        let seen = seen.and_then(|value| value.as_str().and_then(|text| text.parse().ok()));
        match seen {
            Some(rev) if self.library.revision(rev)?.is_some() => Ok(Some(rev)),
            _ => Ok(None),
        }
    }

    /// Remembers which version I decided on, for "since I last looked".
    fn see(&self, story: StoryId, rev: Hash, reading: &Reading) -> Answer<()> {
        self.keep_version(story, reading, "decision")?;
        Ok(self.library.set_setting(&format!("seen:{story}"), &rev.to_string().into())?)
    }
}

/// The passage travels in front of the note: a reason on the wire has a block's place, the screen has the words.
fn reason(card: ReasonCard) -> Reason {
    let note = if card.place.is_empty() { card.note } else { format!("{}\u{1f}{}", card.place, card.note) };
    Reason { code: card.code, place: Place::Whole, note }
}

/// Whether a signed story's text still is what was signed.
pub fn stands_as_signed(reading: &Reading) -> bool {
    reading.case.state() == State::Signed
        && reading.case.submitted() == Some(reading.document.revision().hash)
}
