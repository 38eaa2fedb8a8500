//! The stage decides the merge: drafts flow together, what is under review does not.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::review::State;

/// Whose change it is that has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Of the one who holds the story now: its author while it is a draft, its reviewer once one has opened it.
    Holder,
    /// Of anyone else.
    Other,
}

/// What becomes of a change that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export_to = "generated.ts")]
pub enum MergePolicy {
    /// It flows into the text, under the merge guard.
    Merge,
    /// It is shown beside the text, for a person to take or leave.
    Branch,
}

/// Says what becomes of a change by `hand` to a story in `state`.
#[must_use]
pub const fn merge_policy(state: State, hand: Hand) -> MergePolicy {
    match (state, hand) {
        (State::Draft, _) => MergePolicy::Merge,
        (
            State::AwaitingFirst | State::AwaitingSecond | State::AwaitingFinal | State::Held(_),
            Hand::Holder,
        ) => MergePolicy::Merge,
        _ => MergePolicy::Branch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::Level;

    #[test]
    fn drafts_merge_by_themselves() {
        assert_eq!(merge_policy(State::Draft, Hand::Other), MergePolicy::Merge);
    }

    #[test]
    fn from_filing_on_only_the_holder_changes_the_text() {
        for state in
            [State::AwaitingFirst, State::AwaitingSecond, State::AwaitingFinal, State::Held(Level::First)]
        {
            assert_eq!(merge_policy(state, Hand::Holder), MergePolicy::Merge);
            assert_eq!(merge_policy(state, Hand::Other), MergePolicy::Branch);
        }
    }

    #[test]
    fn nobody_changes_a_signed_story_in_silence() {
        for state in [State::Signed, State::Rejected, State::Archived] {
            assert_eq!(merge_policy(state, Hand::Holder), MergePolicy::Branch);
        }
    }
}
