//! What stands beside the text: changes that came while the story was in other hands.
//!
//! They are no part of the text and of its fingerprint. One flows in when a change of the text builds on it: whoever
//! wrote that change had it before their eyes. All of them flow in when the story is a draft again.

use std::collections::BTreeMap;

use yrs::{ClientID, ReadTxn, Transact};

use super::shape::{self, Needs, Stretch};
use super::{Document, decode};
use crate::error::StoryError;

/// An update that stands beside the text.
pub(super) struct Laid {
    needs: Needs,
    brings: Vec<Stretch>,
    update: Vec<u8>,
}

impl Document {
    /// Lays an update beside the text. Answers whether the text changed all the same: it does when a change that
    /// waits in the text builds on this one.
    ///
    /// # Errors
    /// [`StoryError::BadUpdate`] when the bytes are no update; nothing is laid down then.
    pub fn set_beside(&mut self, update: &[u8]) -> Result<bool, StoryError> {
        let needs = shape::needs(update).ok_or(StoryError::BadUpdate)?;
        let brings = shape::brings(update).ok_or(StoryError::BadUpdate)?;
        decode(update).ok_or(StoryError::BadUpdate)?;
        if self.beside.iter().any(|laid| laid.update == update) {
            return Ok(false);
        }
        self.beside.push(Laid { needs, brings, update: update.to_vec() });
        let waited = self.waiting.len();
        self.settle();
        Ok(self.waiting.len() < waited)
    }

    /// Takes everything that stands beside the text into it.
    pub fn take_beside(&mut self) {
        for laid in std::mem::take(&mut self.beside) {
            if self.knows(&laid.needs) {
                // One that breaks the engine is left out, as everywhere.
                let _ = self.absorb(&laid.update);
            } else {
                self.waiting.push((laid.needs, laid.update));
            }
        }
        self.settle();
    }

    /// What came into the text stands beside it no longer: its holder took exactly this update.
    pub(super) fn leave_beside(&mut self, update: &[u8]) {
        self.beside.retain(|laid| laid.update != update);
    }

    /// Whether this update stands beside the text.
    #[must_use]
    pub fn is_beside(&self, update: &[u8]) -> bool {
        self.beside.iter().any(|laid| laid.update == update)
    }

    /// How many updates stand beside the text.
    #[must_use]
    pub const fn beside(&self) -> usize {
        self.beside.len()
    }

    /// Whether the text holds all that is needed, after what stands beside it and is needed has flowed in.
    pub(super) fn reaches(&mut self, needs: &Needs) -> bool {
        if self.knows(needs) {
            return true;
        }
        let Some(way) = self.way_to(needs) else { return false };
        let mut laid: Vec<Option<Laid>> = std::mem::take(&mut self.beside).into_iter().map(Some).collect();
        let flowing: Vec<Laid> = way.iter().filter_map(|&at| laid.get_mut(at)?.take()).collect();
        self.beside = laid.into_iter().flatten().collect();
        for one in flowing {
            let _ = self.absorb(&one.update);
        }
        self.knows(needs)
    }

    /// Which updates beside the text lead to what is needed, in the order in which they can be taken in.
    fn way_to(&self, needs: &Needs) -> Option<Vec<usize>> {
        if self.beside.is_empty() {
            return None;
        }
        let vector = self.doc.transact().state_vector();
        let known = |client: u64| vector.get(&ClientID::new(client));
        let wanted = self.wanted(needs, known);
        let mut reached: BTreeMap<u64, u32> = BTreeMap::new();
        let mut way = Vec::new();
        loop {
            let has = |client: u64| known(client).max(reached.get(&client).copied().unwrap_or_default());
            if needs.are_met(has) {
                return Some(way);
            }
            let next = wanted.iter().filter_map(|&at| Some((at, self.beside.get(at)?)));
            let (at, laid) =
                next.filter(|(at, _)| !way.contains(at)).find(|(_, laid)| laid.needs.are_met(has))?;
            for stretch in &laid.brings {
                let most = reached.entry(stretch.client).or_default();
                *most = stretch.to.max(*most);
            }
            way.push(at);
        }
    }

    /// The updates beside the text that bring something needed, and what these need in their turn.
    fn wanted(&self, needs: &Needs, known: impl Fn(u64) -> u32 + Copy) -> Vec<usize> {
        let mut wanted = Vec::new();
        let mut open = vec![needs];
        while let Some(needs) = open.pop() {
            for (client, clock) in needs.lacking(known) {
                let has = |stretch: &Stretch| {
                    stretch.client == client && stretch.from < clock && stretch.to > known(client)
                };
                for (at, laid) in self.beside.iter().enumerate() {
                    if !wanted.contains(&at) && laid.brings.iter().any(has) {
                        wanted.push(at);
                        open.push(&laid.needs);
                    }
                }
            }
        }
        wanted
    }
}
