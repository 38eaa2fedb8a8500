//! The rules of review, one function a question. Source: the three-level review of Chinese newsrooms (三审三校).

use satchel_terms::{Hash, PersonId, Role, Stamp};

use super::{Case, Decision, Level, Reason, Refusal, Signature, Signer, State};

pub fn judge(case: &Case, by: &Signer<'_>, decision: &Decision) -> Result<(), Refusal> {
    ensure(!by.revoked, Refusal::RevokedDevice)?;
    match decision {
        Decision::Submit { .. } => {
            ensure(case.state == State::Draft, Refusal::WrongStage)?;
            ensure(by.person == case.author, Refusal::NotAuthor)?;
            ensure(!case.is_incomplete, Refusal::TextIncomplete)
        }
        Decision::Withdraw => withdraw(case, by),
        Decision::Claim { level } => review(case, by, *level),
        Decision::Release => release(case, by),
        Decision::Pass { level, rev, policy } => {
            ensure(*level != case.policy.last(), Refusal::WrongStage)?;
            pass(case, by, *level, (*rev, *policy))
        }
        Decision::Sign { rev, channels, policy } => {
            pass(case, by, case.policy.last(), (*rev, *policy))?;
            ensure(!channels.is_empty(), Refusal::NoChannels)
        }
        Decision::Return { level, rev, reasons } => {
            review(case, by, *level)?;
            ensure(case.submitted == Some(*rev), Refusal::StaleRevision)?;
            ensure(!reasons.is_empty() && reasons.iter().all(names_a_fault), Refusal::ReasonMissing)
        }
        Decision::Reject { level, reason } => {
            review(case, by, *level)?;
            ensure(!reason.trim().is_empty(), Refusal::ReasonMissing)
        }
        Decision::Hold { reason, .. } => {
            at_desk(case, case.state.level().is_some())?;
            ensure(is_senior(by.roles), Refusal::NotYourRole)?;
            ensure(!reason.trim().is_empty(), Refusal::ReasonMissing)
        }
        Decision::Unhold => {
            at_desk(case, matches!(case.state, State::Held(_)))?;
            ensure(is_senior(by.roles), Refusal::NotYourRole)
        }
        Decision::Reopen { rev } => reopen(case, by, *rev),
    }
}

/// What can be asked of a decision that counted when it came: nothing that may have changed since.
pub fn stands(case: &Case, by: PersonId, decision: &Decision) -> Result<(), Refusal> {
    let is_author = by == case.author;
    match decision {
        Decision::Submit { .. } => {
            ensure(case.state == State::Draft, Refusal::WrongStage)?;
            ensure(is_author, Refusal::NotAuthor)
        }
        Decision::Withdraw => {
            at_desk(case, case.state.is_under_review())?;
            ensure(is_author, Refusal::NotAuthor)
        }
        Decision::Claim { level } | Decision::Reject { level, .. } => eyes(case, by, *level),
        Decision::Return { level, rev, .. } | Decision::Pass { level, rev, .. } => {
            eyes(case, by, *level)?;
            ensure(case.submitted == Some(*rev), Refusal::StaleRevision)
        }
        Decision::Sign { rev, .. } => {
            eyes(case, by, Level::Final)?;
            ensure(case.submitted == Some(*rev), Refusal::StaleRevision)
        }
        Decision::Release | Decision::Hold { .. } | Decision::Unhold => {
            at_desk(case, case.state.is_under_review())
        }
        Decision::Reopen { .. } => {
            at_desk(case, matches!(case.state, State::Signed | State::Rejected | State::Archived))
        }
    }
}

/// Carries out a decision that was judged to count.
pub fn enact(case: &mut Case, by: &Signer<'_>, decision: &Decision, at: Stamp) {
    match decision {
        Decision::Submit { rev, .. } => {
            case.head = Some(*rev);
            case.submitted = Some(*rev);
            settle(case, State::awaiting(case.policy.first()));
        }
        Decision::Withdraw | Decision::Return { .. } | Decision::Reopen { .. } => back_to_author(case),
        Decision::Claim { .. } => case.holder = Some(by.person),
        Decision::Release => case.holder = None,
        Decision::Pass { level, rev, .. } => {
            case.signatures.push(signature(by, *level, *rev, at));
            case.holder = None;
            case.state = case.policy.after(*level).map_or(State::Signed, State::awaiting);
        }
        Decision::Sign { rev, channels, .. } => {
            case.signatures.push(signature(by, case.policy.last(), *rev, at));
            case.holder = None;
            case.channels.clone_from(channels);
            case.state = State::Signed;
        }
        Decision::Reject { .. } => settle(case, State::Rejected),
        Decision::Hold { .. } => case.state = case.state.level().map_or(case.state, State::Held),
        Decision::Unhold => {
            if let State::Held(level) = case.state {
                case.state = State::awaiting(level);
            }
        }
    }
}

fn ensure(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}

/// A draft has nothing filed; anything else is simply at another stage.
fn at_desk(case: &Case, is_there: bool) -> Result<(), Refusal> {
    ensure(is_there || case.state != State::Draft, Refusal::NothingSubmitted)?;
    ensure(is_there, Refusal::WrongStage)
}

/// What every act of a reviewer needs: the stage, the role, a stranger's eyes, and nobody else at it.
fn review(case: &Case, by: &Signer<'_>, level: Level) -> Result<(), Refusal> {
    at_desk(case, case.state.level() == Some(level))?;
    ensure(case.policy.may_pass(level, by.roles), Refusal::NotYourRole)?;
    eyes(case, by.person, level)?;
    ensure(is_free(case, by), Refusal::ClaimedByOther)
}

/// The story stands at this level, and the person neither wrote it nor signed another level of it.
fn eyes(case: &Case, by: PersonId, level: Level) -> Result<(), Refusal> {
    at_desk(case, case.state.level() == Some(level))?;
    ensure(by != case.author, Refusal::IsAuthor)?;
    ensure(case.signatures.iter().all(|signature| signature.person != by), Refusal::AlreadySigned)
}

/// A department head and above may break another's claim.
fn is_free(case: &Case, by: &Signer<'_>) -> bool {
    case.holder.is_none_or(|holder| holder == by.person) || is_senior(by.roles)
}

fn pass(case: &Case, by: &Signer<'_>, level: Level, (rev, policy): (Hash, u32)) -> Result<(), Refusal> {
    review(case, by, level)?;
    ensure(!case.is_incomplete, Refusal::TextIncomplete)?;
    ensure(case.submitted == Some(rev), Refusal::StaleRevision)?;
    ensure(case.policy.version == policy, Refusal::OtherPolicy)
}

fn withdraw(case: &Case, by: &Signer<'_>) -> Result<(), Refusal> {
    at_desk(case, case.state.is_under_review())?;
    ensure(by.person == case.author, Refusal::NotAuthor)?;
    let is_untouched = case.holder.is_none() && case.state == State::awaiting(case.policy.first());
    ensure(is_untouched, Refusal::OpenedAlready)
}

fn release(case: &Case, by: &Signer<'_>) -> Result<(), Refusal> {
    at_desk(case, case.state.is_under_review())?;
    let holder = case.holder.ok_or(Refusal::WrongStage)?;
    ensure(holder == by.person || is_senior(by.roles), Refusal::ClaimedByOther)
}

fn reopen(case: &Case, by: &Signer<'_>, rev: Hash) -> Result<(), Refusal> {
    at_desk(case, matches!(case.state, State::Signed | State::Rejected | State::Archived))?;
    ensure(case.policy.is_reviewer(by.roles), Refusal::NotYourRole)?;
    ensure(case.submitted == Some(rev), Refusal::StaleRevision)
}

fn is_senior(roles: &[Role]) -> bool {
    roles.iter().any(|role| matches!(role, Role::Head | Role::Chief))
}

fn names_a_fault(reason: &Reason) -> bool {
    !reason.code.trim().is_empty()
}

fn signature(by: &Signer<'_>, level: Level, rev: Hash, at: Stamp) -> Signature {
    Signature { level, person: by.person, device: by.device, rev, at }
}

fn back_to_author(case: &mut Case) {
    case.submitted = None;
    settle(case, State::Draft);
}

/// Moves to a state where nobody holds the story and nothing is signed.
fn settle(case: &mut Case, state: State) {
    case.state = state;
    case.holder = None;
    case.signatures.clear();
    case.channels.clear();
}
