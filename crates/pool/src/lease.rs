//! The edit baton: who has a story in hand (decision 0025). It says who writes and stands in nobody's way.

use satchel_terms::Role;
use satchel_wire::lease::{LEASE_MS, LeaseAnswer, LeaseAsk, LeaseLine, LeaseWish};

use crate::failure::{Outcome, PoolError};
use crate::identity::Caller;
use crate::keep::{Drawer, NoteChange};
use crate::{Pool, chance};

/// Those who may take a story out of another's hand.
const LEADERS: [Role; 3] = [Role::Head, Role::Chief, Role::Administrator];

impl Pool {
    /// Gives, keeps, takes back or shows the baton of a story.
    ///
    /// Who asks to take what another has is told who that is; that is an answer and no refusal.
    ///
    /// # Errors
    /// [`PoolError::NotAllowed`] when it is broken by one who leads nobody; what the store says.
    pub async fn lease(&self, caller: &Caller, ask: LeaseAsk) -> Outcome<LeaseAnswer> {
        crate::again_when_moved(|| self.try_lease(caller, ask)).await
    }

    async fn try_lease(&self, caller: &Caller, ask: LeaseAsk) -> Outcome<LeaseAnswer> {
        let (now, name) = (chance::now(), ask.story.to_string());
        let before = self.keep().note(Drawer::Lease, &name).await?;
        let held: Option<LeaseLine> = before.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let held = held.filter(|line| line.until > now);
        let is_mine = held.as_ref().is_some_and(|line| line.device == caller.device);
        let is_same_person = held.as_ref().is_some_and(|line| line.person == caller.person);
        let holder = match ask.wish {
            LeaseWish::Look => return Ok(LeaseAnswer { holder: held, now }),
            LeaseWish::GiveBack if is_mine => None,
            LeaseWish::GiveBack => return Ok(LeaseAnswer { holder: held, now }),
            LeaseWish::Take if held.is_some() && !is_mine => return Ok(LeaseAnswer { holder: held, now }),
            LeaseWish::Break
                if held.is_some()
                    && !is_same_person
                    && !LEADERS.iter().any(|role| caller.roles.contains(role)) =>
            {
                return Err(PoolError::NotAllowed { role: "head" });
            }
            LeaseWish::Take | LeaseWish::Break => {
                let since = held.as_ref().filter(|_| is_mine).map_or(now, |line| line.since);
                Some(self.line_of(caller, since, now).await?)
            }
        };
        let after = holder.as_ref().map(serde_json::to_vec).transpose();
        let after = after.map_err(|error| PoolError::Broken(error.to_string()))?;
        let change = NoteChange { drawer: Drawer::Lease, name, before, after };
        if !self.keep().change_note(change).await? {
            return Err(PoolError::Moved);
        }
        if let (LeaseWish::Break, Some(other), Some(new)) = (ask.wish, held.filter(|_| !is_mine), &holder) {
            self.log("lease-broken", &new.name, &format!("{} {}", ask.story, other.name)).await?;
        }
        Ok(LeaseAnswer { holder, now })
    }

    async fn line_of(&self, caller: &Caller, since: i64, now: i64) -> Outcome<LeaseLine> {
        let person = self.keep().person(caller.person).await?;
        Ok(LeaseLine {
            device: caller.device,
            person: caller.person,
            name: person.map(|row| row.name).unwrap_or_default(),
            since,
            until: now + LEASE_MS,
        })
    }
}
