//! What stands beside the text of a story under review: it is shown, and its holder takes what is good of it.

use satchel_failure::Answer;
use satchel_terms::{Hash, StoryId};
use satchel_wire::{Codec, Kind};

use crate::DeskError;
use crate::cards::{BesideCard, BranchCard, Happened, StoryCard};
use crate::room::Room;
use crate::views;

/// Branches that are compared one by one.
const MOST: usize = 20;

impl Room {
    /// What came from other hands while the story was under review: it is no part of the text, until its holder takes
    /// it or the story is a draft again.
    pub fn beside(&self, story: StoryId) -> Answer<BesideCard> {
        let mut reading = self.read(story)?;
        let now = reading.document.view();
        let mut branches = Vec::new();
        for one in reading.beside.iter().take(MOST) {
            let mut with = self.read(story)?.document;
            with.apply(&one.update)?;
            branches.push(BranchCard {
                record: one.record,
                by_name: reading.people.name(one.device),
                at: one.at,
                diff: views::diff(&now, &with.view()),
            });
        }
        reading.document.take_beside();
        let mut names: Vec<String> =
            reading.beside.iter().map(|one| reading.people.name(one.device)).collect();
        names.sort();
        names.dedup();
        Ok(BesideCard {
            by_names: names,
            at: reading.beside.iter().map(|one| one.at).max().unwrap_or_default(),
            diff: views::diff(&now, &reading.document.view()),
            branches,
            may_take: self.read_only(&reading).is_none(),
        })
    }

    /// Takes one branch into the text, as a change of the holder, which opens the signatures again. What it builds on
    /// comes with it; the other branches stay where they are.
    pub fn take_branch(&self, story: StoryId, record: Hash) -> Answer<StoryCard> {
        self.must_be_editable(story)?;
        self.seal(story)?;
        let reading = self.read(story)?;
        let found = reading.beside.into_iter().find(|one| one.record == record);
        let taken = found.ok_or(DeskError::Unknown { what: "branch" })?;
        self.write(Kind::DOC_UPDATE, story.bytes(), Codec::ZstdRaw, taken.update)?;
        self.forget_editable(story);
        self.index(story)?;
        self.tell(Happened::StoryReceived { story });
        self.card(story)
    }
}
