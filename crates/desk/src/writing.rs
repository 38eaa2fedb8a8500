//! Who is writing a story just now, as the pool knows it. Without a line nobody is asked and nothing is held up.

use satchel_failure::Answer;
use satchel_terms::{Role, StoryId};
use satchel_wire::lease::{LeaseAnswer, LeaseAsk, LeaseWish};

use crate::DeskError;
use crate::cards::WritingCard;
use crate::room::Room;

impl Room {
    /// Asks for the edit baton of a story, or who has it: `look`, `take`, `give-back`, `break`. Nobody when there is no
    /// line, or when the pool is an older one that knows no batons.
    pub fn writing(&self, story: StoryId, wish: &str) -> Answer<Option<WritingCard>> {
        let word = serde_json::Value::String(wish.to_owned());
        let wish: LeaseWish =
            serde_json::from_value(word).map_err(|_| DeskError::BadInput { field: "wish" })?;
        if !self.is_in_touch() {
            return Ok(None);
        }
        let asked: Answer<LeaseAnswer> = self.ask_pool("/v1/lease", &LeaseAsk { story, wish });
        let answer = match asked {
            Ok(answer) => answer,
            Err(refusal) if wish == LeaseWish::Break => return Err(refusal),
            Err(_) => return Ok(None),
        };
        let me = self.identity();
        let is_leader = [Role::Head, Role::Chief, Role::Administrator].iter().any(|role| me.has(*role));
        Ok(answer.holder.map(|line| {
            let is_me = line.person == me.profile.person;
            WritingCard {
                is_here: line.device == me.device,
                is_me,
                may_break: is_me || is_leader,
                name: line.name,
                since: line.since,
            }
        }))
    }
}
