//! The rules of review: each refusal, and that no chance sequence of decisions signs a story wrongly.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use proptest::prelude::*;
use satchel_story::{Case, Decision, Level, Place, Policy, PolicyLevel, Reason, Refusal, Signer, State};
use satchel_terms::{ChannelId, DeviceId, Hash, PersonId, Role};

const AUTHOR: PersonId = PersonId([1; 16]);
const EDITOR: PersonId = PersonId([2; 16]);
const HEAD: PersonId = PersonId([3; 16]);
const CHIEF: PersonId = PersonId([4; 16]);
const ALL_ROLES: PersonId = PersonId([5; 16]);
const OTHER_EDITOR: PersonId = PersonId([6; 16]);
const PEOPLE: [PersonId; 6] = [AUTHOR, EDITOR, HEAD, CHIEF, ALL_ROLES, OTHER_EDITOR];
const REV: Hash = Hash([9; 32]);
const OTHER_REV: Hash = Hash([8; 32]);

fn by(person: PersonId) -> Signer<'static> {
    let roles: &[Role] = match person {
        AUTHOR => &[Role::Reporter, Role::Editor],
        EDITOR | OTHER_EDITOR => &[Role::Editor],
        HEAD => &[Role::Head],
        CHIEF => &[Role::Chief],
        _ => &[Role::Editor, Role::Head, Role::Chief, Role::Administrator],
    };
    Signer { person, device: DeviceId(person.0), roles, revoked: false }
}

fn submit() -> Decision {
    Decision::Submit { rev: REV, summary: String::new() }
}

fn pass(level: Level) -> Decision {
    Decision::Pass { level, rev: REV, policy: 1 }
}

fn sign() -> Decision {
    Decision::Sign { rev: REV, channels: vec![ChannelId([1; 16])], policy: 1 }
}

fn back(level: Level) -> Decision {
    let reason = Reason { code: "fact".into(), place: Place::Block(2), note: String::new() };
    Decision::Return { level, rev: REV, reasons: vec![reason] }
}

/// A case after these decisions, all of which count.
fn case(decisions: &[(PersonId, Decision)]) -> Case {
    let mut case = Case::new(AUTHOR, Policy::default());
    for (person, decision) in decisions {
        case.accept(&by(*person), decision, 1).unwrap();
    }
    case
}

fn filed() -> Case {
    case(&[(AUTHOR, submit())])
}

fn signed() -> Case {
    case(&[(AUTHOR, submit()), (EDITOR, pass(Level::First)), (HEAD, pass(Level::Second)), (CHIEF, sign())])
}

#[test]
fn three_strangers_sign_a_story() {
    let case = signed();

    let proof = case.sign_off().unwrap();
    assert_eq!((case.state(), proof.rev(), proof.channels().len()), (State::Signed, REV, 1));
    let people: Vec<_> =
        proof.signatures().iter().map(|signature| (signature.level, signature.person)).collect();
    assert_eq!(people, [(Level::First, EDITOR), (Level::Second, HEAD), (Level::Final, CHIEF)]);
    assert_eq!(case.history().len(), 4);
}

#[test]
fn a_role_is_needed() {
    assert_eq!(filed().judge(&by(CHIEF), &pass(Level::First)), Err(Refusal::NotYourRole));
    let administrator = Signer { roles: &[Role::Administrator], ..by(EDITOR) };
    let level = PolicyLevel { level: Level::First, name: String::new(), roles: vec![Role::Administrator] };
    let mut case = Case::new(AUTHOR, Policy::new(1, vec![level]));
    case.accept(&by(AUTHOR), &submit(), 1).unwrap();
    assert_eq!(
        case.judge(&administrator, &pass(Level::First)),
        Err(Refusal::NotYourRole),
        "never approves copy"
    );
}

#[test]
fn nobody_reviews_their_own_story() {
    assert_eq!(filed().judge(&by(AUTHOR), &pass(Level::First)), Err(Refusal::IsAuthor));
}

#[test]
fn one_person_signs_one_level() {
    let case = case(&[(AUTHOR, submit()), (ALL_ROLES, pass(Level::First))]);

    assert_eq!(case.judge(&by(ALL_ROLES), &pass(Level::Second)), Err(Refusal::AlreadySigned));
}

#[test]
fn levels_are_passed_in_order() {
    assert_eq!(filed().judge(&by(HEAD), &pass(Level::Second)), Err(Refusal::WrongStage));
    assert_eq!(filed().judge(&by(CHIEF), &sign()), Err(Refusal::WrongStage));
    assert_eq!(
        filed().judge(&by(CHIEF), &pass(Level::Final)),
        Err(Refusal::WrongStage),
        "the final level signs"
    );
    assert_eq!(signed().judge(&by(AUTHOR), &submit()), Err(Refusal::WrongStage));
}

#[test]
fn a_decision_on_another_revision_does_not_count() {
    let decision = Decision::Pass { level: Level::First, rev: OTHER_REV, policy: 1 };

    assert_eq!(filed().judge(&by(EDITOR), &decision), Err(Refusal::StaleRevision));
}

#[test]
fn a_draft_has_nothing_to_pass() {
    assert_eq!(case(&[]).judge(&by(EDITOR), &pass(Level::First)), Err(Refusal::NothingSubmitted));
}

#[test]
fn a_revoked_device_decides_nothing() {
    let signer = Signer { revoked: true, ..by(EDITOR) };

    assert_eq!(filed().judge(&signer, &pass(Level::First)), Err(Refusal::RevokedDevice));
}

#[test]
fn an_opened_story_is_its_reviewer_s_unless_a_head_breaks_in() {
    let mut case = case(&[(AUTHOR, submit()), (EDITOR, Decision::Claim { level: Level::First })]);

    assert_eq!(case.judge(&by(OTHER_EDITOR), &pass(Level::First)), Err(Refusal::ClaimedByOther));
    assert_eq!(case.judge(&by(OTHER_EDITOR), &Decision::Release), Err(Refusal::ClaimedByOther));
    case.accept(&by(HEAD), &Decision::Release, 1).unwrap();
    assert_eq!(case.judge(&by(OTHER_EDITOR), &pass(Level::First)), Ok(()));
}

#[test]
fn going_back_rejecting_and_holding_need_a_reason() {
    let bare = Decision::Return { level: Level::First, rev: REV, reasons: vec![] };
    let reject = Decision::Reject { level: Level::First, reason: " ".into() };
    let hold = Decision::Hold { reason: String::new(), until: None };

    assert_eq!(filed().judge(&by(EDITOR), &bare), Err(Refusal::ReasonMissing));
    assert_eq!(filed().judge(&by(EDITOR), &reject), Err(Refusal::ReasonMissing));
    assert_eq!(filed().judge(&by(HEAD), &hold), Err(Refusal::ReasonMissing));
}

#[test]
fn only_the_author_files_and_takes_back() {
    assert_eq!(case(&[]).judge(&by(EDITOR), &submit()), Err(Refusal::NotAuthor));
    assert_eq!(filed().judge(&by(EDITOR), &Decision::Withdraw), Err(Refusal::NotAuthor));
}

#[test]
fn an_opened_story_is_not_taken_back() {
    let opened = case(&[(AUTHOR, submit()), (EDITOR, Decision::Claim { level: Level::First })]);
    let passed = case(&[(AUTHOR, submit()), (EDITOR, pass(Level::First))]);

    assert_eq!(opened.judge(&by(AUTHOR), &Decision::Withdraw), Err(Refusal::OpenedAlready));
    assert_eq!(passed.judge(&by(AUTHOR), &Decision::Withdraw), Err(Refusal::OpenedAlready));
    assert_eq!(filed().judge(&by(AUTHOR), &Decision::Withdraw), Ok(()));
}

#[test]
fn a_sign_off_names_its_channels_and_its_policy() {
    let case = case(&[(AUTHOR, submit()), (EDITOR, pass(Level::First)), (HEAD, pass(Level::Second))]);
    let nowhere = Decision::Sign { rev: REV, channels: vec![], policy: 1 };
    let older = Decision::Sign { rev: REV, channels: vec![ChannelId([1; 16])], policy: 0 };

    assert_eq!(case.judge(&by(CHIEF), &nowhere), Err(Refusal::NoChannels));
    assert_eq!(case.judge(&by(CHIEF), &older), Err(Refusal::OtherPolicy));
}

#[test]
fn a_changed_text_is_reviewed_again_from_the_start() {
    let mut case = signed();

    case.content_changed(REV);
    assert_eq!(case.state(), State::Signed, "the same revision changes nothing");
    case.content_changed(OTHER_REV);

    assert_eq!((case.state(), case.submitted()), (State::AwaitingFirst, Some(OTHER_REV)));
    assert!(case.sign_off().is_none() && case.signatures().is_empty());
}

#[test]
fn a_story_goes_back_is_filed_again_and_needs_all_signatures_anew() {
    let mut case = case(&[(AUTHOR, submit()), (EDITOR, pass(Level::First)), (HEAD, back(Level::Second))]);

    assert_eq!(case.state(), State::Draft);
    case.accept(&by(AUTHOR), &submit(), 2).unwrap();
    assert_eq!(case.state(), State::AwaitingFirst);
    assert!(case.signatures().is_empty());
}

#[test]
fn a_held_story_goes_on_where_it_waited() {
    let hold = Decision::Hold { reason: "等通稿".into(), until: Some(5) };
    let mut case = case(&[(AUTHOR, submit()), (EDITOR, pass(Level::First)), (HEAD, hold)]);

    assert_eq!(case.state(), State::Held(Level::Second));
    case.accept(&by(CHIEF), &Decision::Unhold, 2).unwrap();
    assert_eq!((case.state(), case.signatures().len()), (State::AwaitingSecond, 1));
}

#[test]
fn a_signed_story_is_reopened_by_the_desk_and_archived_once() {
    let mut case = signed();
    assert_eq!(
        case.judge(&Signer { roles: &[Role::Reporter], ..by(AUTHOR) }, &Decision::Reopen { rev: REV }),
        Err(Refusal::NotYourRole)
    );
    case.archive().unwrap();
    assert_eq!(case.archive(), Err(Refusal::WrongStage));

    case.accept(&by(EDITOR), &Decision::Reopen { rev: REV }, 3).unwrap();

    assert_eq!((case.state(), case.submitted()), (State::Draft, None));
}

#[test]
fn two_levels_are_a_policy_too() {
    let first = PolicyLevel { level: Level::First, name: "编审".into(), roles: vec![Role::Editor] };
    let mut case = Case::new(AUTHOR, Policy::new(1, vec![first]));

    for (person, decision) in [(AUTHOR, submit()), (EDITOR, pass(Level::First)), (CHIEF, sign())] {
        case.accept(&by(person), &decision, 1).unwrap();
    }

    assert_eq!(case.state(), State::Signed);
}

#[test]
fn a_decision_has_a_stable_spelling() {
    let text = serde_json::to_string(&back(Level::First)).unwrap();

    let rev = "09".repeat(32);
    let expected = format!(
        r#"{{"act":"return","level":"first","rev":"{rev}","reasons":[{{"code":"fact","place":{{"block":2}},"note":""}}]}}"#
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), back(Level::First));
    assert_eq!(
        serde_json::to_string(&State::Held(Level::First)).unwrap(),
        r#"{"name":"held","level":"first"}"#
    );
}

fn any_decision() -> impl Strategy<Value = Decision> {
    let rev = prop_oneof![3 => Just(REV), 1 => Just(OTHER_REV)];
    let level = prop_oneof![Just(Level::First), Just(Level::Second), Just(Level::Final)];
    (rev, level, 0_u8..16).prop_map(|(rev, level, act)| match act {
        0 | 1 => Decision::Submit { rev, summary: String::new() },
        2 => Decision::Withdraw,
        3 => Decision::Claim { level },
        4 => Decision::Release,
        5..=8 => Decision::Pass { level, rev, policy: 1 },
        9 => back(level),
        10 => Decision::Reject { level, reason: "不用".into() },
        11 => Decision::Hold { reason: "等".into(), until: None },
        12 => Decision::Unhold,
        13 | 14 => Decision::Sign { rev, channels: vec![ChannelId([1; 16])], policy: 1 },
        _ => Decision::Reopen { rev },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_signed_story_was_read_by_three_different_strangers_at_one_revision(
        acts in prop::collection::vec((0_usize..6, any_decision(), 0_u8..20), 1..80),
    ) {
        let mut case = Case::new(AUTHOR, Policy::default());
        for (person, decision, chance) in acts {
            if chance == 0 {
                case.content_changed(OTHER_REV);
            }
            let before = case.clone();
            if case.accept(&by(PEOPLE[person]), &decision, 1).is_err() {
                prop_assert_eq!(&case, &before, "a refused decision changes nothing");
            }
            if case.state() == State::Signed {
                let signatures = case.signatures();
                let mut people: Vec<_> = signatures.iter().map(|signature| signature.person).collect();
                people.sort();
                people.dedup();
                prop_assert_eq!(people.len(), 3);
                prop_assert!(!people.contains(&AUTHOR));
                prop_assert!(signatures.iter().all(|signature| Some(signature.rev) == case.submitted()));
            }
        }
    }
}
