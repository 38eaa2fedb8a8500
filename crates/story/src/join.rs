//! Several updates of one manuscript become one.

use crate::error::StoryError;

/// Joins updates, in order, into one update with the same effect. Meant for the few dozen of one sealing:
/// the cost grows with the square of their number.
///
/// # Errors
/// [`StoryError::BadUpdate`] when one of them cannot be read.
pub fn join_updates(updates: &[Vec<u8>]) -> Result<Vec<u8>, StoryError> {
    match updates {
        [one] => Ok(one.clone()),
        many => yrs::merge_updates_v1(many).map_err(|_| StoryError::BadUpdate),
    }
}
