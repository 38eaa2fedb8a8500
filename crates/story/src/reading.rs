//! The whole story in one pass over its records: text, case, and what stands beside the text.
//!
//! Laptop and pool read with it, the pool in its own order, the laptop in the pool's order with its own last records
//! behind. The same records in the same order give the same text, state and fingerprint on both sides.
//!
//! - A draft takes every change. From filing on only the holder's changes flow into the text and open the signatures
//!   again; the others stand beside it ([`Document::set_beside`]).
//! - A holder's change that builds on words beside the text takes these words in: its writer saw them.
//! - When the story is a draft again, returned, withdrawn or reopened, all that stands beside the text flows in.
//!
//! So nothing that reached the pool waits for words that lie beside the text. What waits all the same builds on records
//! that never came; such a text is not filed, passed or signed ([`Refusal::TextIncomplete`]).
//!
//! What the pool let count is folded as it was judged when it came ([`Reading::counted`]): roles, keys and the levels of
//! the policy may have changed since and are not asked again. What the pool refused is not to be folded.

use satchel_terms::{DeviceId, Hash, PersonId, Stamp};

use crate::merge::{Hand, MergePolicy, merge_policy};
use crate::review::{Case, Decision, Policy, Refusal, Signer, State};
use crate::{Document, StoryError};

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is part of the text.
    Merged,
    /// It stands beside the text: the story was in other hands when it came.
    Branch,
}

/// A story as its records tell it.
pub struct Reading {
    /// Where it stands in the review.
    pub case: Case,
    /// Its text.
    pub document: Document,
    /// How many updates stand beside the text.
    pub branches: u32,
}

impl Reading {
    /// A new draft of `author`.
    #[must_use]
    pub fn new(author: PersonId, policy: Policy) -> Self {
        Self { case: Case::new(author, policy), document: Document::new(), branches: 0 }
    }

    /// The fingerprint of the text.
    #[must_use]
    pub fn rev(&self) -> Hash {
        self.document.revision().hash
    }

    /// Takes in an update of the text. Under review, a change by its holder opens the signatures again.
    ///
    /// # Errors
    /// [`StoryError::BadUpdate`] when the update cannot be read; the text stays as it was.
    pub fn update(&mut self, by: PersonId, update: &[u8]) -> Result<Outcome, StoryError> {
        let hand = if self.case.holder() == Some(by) { Hand::Holder } else { Hand::Other };
        let (outcome, has_changed) = match merge_policy(self.case.state(), hand) {
            MergePolicy::Merge => {
                self.document.apply(update)?;
                (Outcome::Merged, true)
            }
            MergePolicy::Branch => (Outcome::Branch, self.document.set_beside(update)?),
        };
        if has_changed && self.case.state() != State::Draft {
            let rev = self.rev();
            self.case.content_changed(rev);
        }
        self.take_stock();
        Ok(outcome)
    }

    /// Takes in a decision that no pool has judged yet: it counts if the rules let it count now.
    ///
    /// # Errors
    /// The [`Refusal`] that names the first rule it breaks; the story stays as it was.
    pub fn decide(&mut self, by: &Signer<'_>, decision: &Decision, at: Stamp) -> Result<(), Refusal> {
        self.case.accept(by, decision, at)?;
        self.follow();
        Ok(())
    }

    /// Takes in a decision that the pool let count; `state` is the word of the state that its verdict names.
    ///
    /// # Errors
    /// The [`Refusal`] where the records cannot be those that the pool judged: another text, a signature by the
    /// author or a second one by the same person. The story stays as it was.
    pub fn counted(
        &mut self,
        by: (PersonId, DeviceId),
        decision: &Decision,
        state: &str,
        at: Stamp,
    ) -> Result<(), Refusal> {
        if decision.rev().is_some_and(|rev| rev != self.rev()) {
            return Err(Refusal::StaleRevision);
        }
        self.case.enter(by, decision, State::named(state), at)?;
        self.follow();
        Ok(())
    }

    /// A story that is a draft now takes in what stood beside it.
    fn follow(&mut self) {
        if self.case.state() == State::Draft {
            self.document.take_beside();
        }
        self.take_stock();
    }

    fn take_stock(&mut self) {
        self.branches = u32::try_from(self.document.beside()).unwrap_or(u32::MAX);
        self.case.set_incomplete(self.document.is_waiting());
    }
}
