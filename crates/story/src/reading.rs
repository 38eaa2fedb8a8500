//! The whole story in one pass over its records: text, case, and what stands beside the text.
//!
//! The laptop reads with it. What is signed is bound to a fingerprint that the pool recomputes from the log.

use satchel_terms::{PersonId, Stamp};

use crate::merge::{Hand, MergePolicy, merge_policy};
use crate::review::{Case, Decision, Policy, Refusal, Signer};
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

    /// Takes in an update of the text. Under review, a change by its holder opens the signatures again.
    ///
    /// # Errors
    /// [`StoryError::BadUpdate`] when the update cannot be read; the text stays as it was.
    pub fn update(&mut self, by: PersonId, update: &[u8]) -> Result<Outcome, StoryError> {
        let hand = if self.case.holder() == Some(by) { Hand::Holder } else { Hand::Other };
        if merge_policy(self.case.state(), hand) == MergePolicy::Branch {
            self.branches += 1;
            return Ok(Outcome::Branch);
        }
        self.document.apply(update)?;
        if self.case.state().is_under_review() {
            self.case.content_changed(self.document.revision().hash);
        }
        Ok(Outcome::Merged)
    }

    /// Takes in a decision.
    ///
    /// # Errors
    /// The [`Refusal`] that names the first rule it breaks; the case stays as it was.
    pub fn decide(&mut self, by: &Signer<'_>, decision: &Decision, at: Stamp) -> Result<(), Refusal> {
        self.case.accept(by, decision, at).map(|_| ())
    }
}
