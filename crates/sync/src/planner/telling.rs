//! What the planner has to say: lines of the log, and calls for a person.

use satchel_failure::Explain as _;

use super::Effect;
use crate::{Happened, SyncError};

/// How many, for a sentence.
pub(super) fn count(records: usize) -> Vec<(&'static str, String)> {
    vec![("records", records.to_string())]
}

/// A line of the exchange log.
pub(super) fn log(level: &'static str, code: &'static str, params: Vec<(&'static str, String)>) -> Effect {
    Effect::Log { level, code, params }
}

/// Says that a person has to do something.
pub(super) fn call_person(error: &SyncError, out: &mut Vec<Effect>) {
    if error.needs_person() {
        out.push(Effect::Tell(Happened::NeedsYou { code: error.code(), params: error.params() }));
    }
}
