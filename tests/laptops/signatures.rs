//! Whose signature counts: what laptop and pool refuse, each by name, and what stays true of the past.

use crate::newsroom::Newsroom;

#[test]
fn every_wrong_signature_is_refused_by_name_before_it_leaves_the_laptop() {
    let room = Newsroom::with_a_filed_story();
    let other_text = "00".repeat(32);

    assert_eq!(room.refused(&room.reporter, &["pass"]), "review.is-author");
    assert_eq!(room.refused(&room.chief, &["pass"]), "review.not-your-role");
    room.editor.ok(&["claim", &room.story]);
    assert_eq!(room.refused(&room.editor, &["pass", "--rev", &other_text]), "desk.texts-differ");
    room.passes(&room.editor);
    assert_eq!(room.refused(&room.editor, &["pass"]), "review.already-signed");

    room.centre.revoke(&room.head);
    room.head.ok(&["sync", "--within", "5"]);
    assert_eq!(room.refused(&room.head, &["claim"]), "review.revoked-device");
    assert_eq!(room.state(&room.editor), "awaiting-second");
}

#[test]
fn what_a_lost_laptop_signed_before_stays_signed_and_what_it_signs_after_counts_nowhere() {
    let room = Newsroom::with_a_filed_story();
    room.passes(&room.editor);
    room.passes(&room.head);
    room.chief.sync();
    room.centre.revoke(&room.head);
    room.centre.revoke(&room.chief);

    // The laptop has not heard of it: it signs, and the pool sets the signature apart.
    room.chief.ok(&["claim", &room.story]);
    room.chief.ok(&["pass", &room.story]);
    let state = room.chief.ok(&["sync", "--within", "5"]);
    assert_eq!(state["trouble"], "sync.device-revoked", "{state}");

    let deputy = room.centre.person("副总编", &["chief"]);
    deputy.sync();
    room.reporter.sync();
    for laptop in [&room.reporter, &deputy] {
        assert_eq!(room.state(laptop), "awaiting-final", "at {}", laptop.name);
    }
    room.passes(&deputy);
    room.reporter.sync();
    assert_eq!(room.state(&room.reporter), "signed");
    assert_eq!(room.signatures(), ["编辑", "主任", "副总编"]);
}
