//! A site that takes packs over SFTP, released from the operator's laptop, against a real server.

use satchel_testkit::Sshd;

use crate::journey::text;
use crate::newsroom::Newsroom;

#[test]
fn a_signed_story_goes_to_an_sftp_site_once() {
    let sshd = Sshd::start().unwrap();
    let room = Newsroom::with_a_filed_story();
    let url = format!("sftp://127.0.0.1:{}{}", sshd.port, sshd.drop_folder.display());
    let site = ["channel", "市台网站", "--kind", "sftp", "--url", &url, "--account", &sshd.user];
    let channel = text(&room.editor.ok_with_secret(&site, &sshd.private_key)["channel"]);
    for reviewer in [&room.editor, &room.head, &room.chief] {
        room.passes(reviewer);
    }
    room.editor.sync();

    room.editor.ok(&["release", &room.story, &channel]);
    room.editor.sync();

    let names: Vec<String> = std::fs::read_dir(&sshd.drop_folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.iter().filter(|name| name.ends_with(".ok")).count(), 1, "{names:?}");
    assert_eq!(room.editor.refused(&["release", &room.story, &channel]), "push.already-out");
    room.reporter.sync();
    let links = &room.reporter.ok(&["stories"])[0]["links"];
    assert_eq!(links[0]["channel"], "市台网站", "{links}");
}
