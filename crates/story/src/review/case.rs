//! The case: everything decided on one story, folded into where it stands.

use satchel_terms::{ChannelId, DeviceId, Hash, PersonId, Stamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Decision, Level, Policy, Refusal, Signer, State, rules};

/// A level passed by a person, for one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Signature {
    /// The level that passed.
    pub level: Level,
    /// Who passed it.
    pub person: PersonId,
    /// With which device's key.
    pub device: DeviceId,
    /// The revision that was read.
    pub rev: Hash,
    /// When the decision was taken in.
    #[ts(type = "number")]
    pub at: Stamp,
}

/// A decision that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "generated.ts")]
pub struct Entry {
    /// Who decided.
    pub person: PersonId,
    /// With which device's key.
    pub device: DeviceId,
    /// When the decision was taken in.
    #[ts(type = "number")]
    pub at: Stamp,
    /// What was decided.
    pub decision: Decision,
    /// Where the story stood after it.
    pub state: State,
}

/// The proof that a revision was signed. Only a [`Case`] gives one out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    rev: Hash,
    channels: Vec<ChannelId>,
    signatures: Vec<Signature>,
}

impl SignOff {
    /// The signed revision.
    #[must_use]
    pub const fn rev(&self) -> Hash {
        self.rev
    }

    /// The channels it may go to.
    #[must_use]
    pub fn channels(&self) -> &[ChannelId] {
        &self.channels
    }

    /// One signature a level, in order.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }
}

/// One story under review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    pub(super) author: PersonId,
    pub(super) policy: Policy,
    pub(super) state: State,
    pub(super) head: Option<Hash>,
    pub(super) submitted: Option<Hash>,
    pub(super) holder: Option<PersonId>,
    pub(super) signatures: Vec<Signature>,
    pub(super) channels: Vec<ChannelId>,
    /// Words that belong to the text have not come.
    pub(super) is_incomplete: bool,
    history: Vec<Entry>,
}

impl Case {
    /// A new draft of `author`.
    #[must_use]
    pub const fn new(author: PersonId, policy: Policy) -> Self {
        Self {
            author,
            policy,
            state: State::Draft,
            head: None,
            submitted: None,
            holder: None,
            signatures: Vec::new(),
            channels: Vec::new(),
            is_incomplete: false,
            history: Vec::new(),
        }
    }

    /// Who wrote it.
    #[must_use]
    pub const fn author(&self) -> PersonId {
        self.author
    }

    /// The policy in force.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The newest revision known.
    #[must_use]
    pub const fn head(&self) -> Option<Hash> {
        self.head
    }

    /// The revision under review or signed.
    #[must_use]
    pub const fn submitted(&self) -> Option<Hash> {
        self.submitted
    }

    /// The reviewer who has it open.
    #[must_use]
    pub const fn holder(&self) -> Option<PersonId> {
        self.holder
    }

    /// The signatures that count: those for the revision under review.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The channels named at the sign-off; empty unless signed.
    #[must_use]
    pub fn channels(&self) -> &[ChannelId] {
        &self.channels
    }

    /// Every decision that counted, oldest first.
    #[must_use]
    pub fn history(&self) -> &[Entry] {
        &self.history
    }

    /// The proof of the sign-off, while the story is signed.
    #[must_use]
    pub fn sign_off(&self) -> Option<SignOff> {
        let rev = self.submitted.filter(|_| self.state == State::Signed)?;
        Some(SignOff { rev, channels: self.channels.clone(), signatures: self.signatures.clone() })
    }

    /// Says whether the decision would count now.
    ///
    /// # Errors
    /// The [`Refusal`] that names the first rule it breaks.
    pub fn judge(&self, by: &Signer<'_>, decision: &Decision) -> Result<(), Refusal> {
        rules::judge(self, by, decision)
    }

    /// Takes the decision in and answers where the story stands after it.
    ///
    /// # Errors
    /// As for [`Case::judge`]; the case stays as it was.
    pub fn accept(&mut self, by: &Signer<'_>, decision: &Decision, at: Stamp) -> Result<State, Refusal> {
        self.judge(by, decision)?;
        rules::enact(self, by, decision, at);
        self.note(by, decision, at);
        Ok(self.state)
    }

    fn note(&mut self, by: &Signer<'_>, decision: &Decision, at: Stamp) {
        let decision = decision.clone();
        self.history.push(Entry { person: by.person, device: by.device, at, decision, state: self.state });
    }

    /// Takes in a decision that counted when it came, whatever roles and levels there are now. Where the state after
    /// it is known, the story stands there.
    ///
    /// # Errors
    /// The [`Refusal`] for what cannot have changed since: the stage, whose story and whose signature it is.
    pub(crate) fn enter(
        &mut self,
        by: (PersonId, DeviceId),
        decision: &Decision,
        state: Option<State>,
        at: Stamp,
    ) -> Result<(), Refusal> {
        let by = Signer { person: by.0, device: by.1, roles: &[], revoked: false };
        rules::stands(self, by.person, decision)?;
        rules::enact(self, &by, decision, at);
        self.state = state.unwrap_or(self.state);
        self.note(&by, decision, at);
        Ok(())
    }

    /// Notes whether words that belong to the text have not come.
    pub(crate) const fn set_incomplete(&mut self, is_incomplete: bool) {
        self.is_incomplete = is_incomplete;
    }

    /// Notes that the text now stands at `rev`. A story under review or signed goes back to its first level
    /// when that is another revision than the one filed; signatures for other revisions no longer count.
    pub fn content_changed(&mut self, rev: Hash) {
        self.head = Some(rev);
        if self.submitted == Some(rev) || !(self.state.is_under_review() || self.state == State::Signed) {
            return;
        }
        let first = self.policy.first();
        self.submitted = Some(rev);
        self.signatures.clear();
        self.channels.clear();
        if self.state != State::awaiting(first) {
            self.holder = None;
        }
        self.state =
            if matches!(self.state, State::Held(_)) { State::Held(first) } else { State::awaiting(first) };
    }

    /// Notes that a signed story was published everywhere and put away.
    ///
    /// # Errors
    /// [`Refusal::WrongStage`] unless it is signed.
    pub fn archive(&mut self) -> Result<(), Refusal> {
        if self.state != State::Signed {
            return Err(Refusal::WrongStage);
        }
        self.state = State::Archived;
        Ok(())
    }
}
