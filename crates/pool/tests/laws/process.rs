//! The program itself: its command line, its first line, its end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use satchel_wire::protocol::Invitation;
use satchel_wire::{Codec, Kind};

use crate::laptop::{Laptop, id};
use crate::store;

const PROGRAM: &str = env!("CARGO_BIN_EXE_satchel-pool");

/// A running program; killed hard when dropped.
pub struct Running {
    pub child: Child,
    pub url: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn serve(data: &Path) -> Running {
    serve_at(data, "127.0.0.1:0")
}

pub fn serve_at(data: &Path, listen: &str) -> Running {
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--listen", listen, "--stop-with-stdin", "--data"])
        .arg(data)
        .args(store::words(data))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening ").expect("the first line says where").to_owned();
    Running { child, url }
}

pub fn run(data: &Path, words: &[&str]) -> Output {
    Command::new(PROGRAM).args(words).arg("--data").arg(data).args(store::words(data)).output().unwrap()
}

pub fn init(data: &Path) -> Invitation {
    let words = [
        "init",
        "--centre",
        "县融媒体中心",
        "--name",
        "王五",
        "--role",
        "administrator",
        "--role",
        "reporter",
    ];
    let done = run(data, &words);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let file = data.join("first-administrator.satchel-invite");
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), file.display().to_string());
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[tokio::test]
async fn what_was_answered_survives_a_hard_kill() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    let mut invitation = init(&data);
    assert_eq!((invitation.name.as_str(), invitation.roles.len()), ("王五", 2));
    let mut running = serve(&data);
    invitation.verify().unwrap();
    invitation.pool = running.url.clone();
    let mut laptop = Laptop::new(1, &invitation);
    let mut sent = Vec::new();
    for round in 0..5_usize {
        laptop.url = running.url.clone();
        if round == 0 {
            let ask = satchel_wire::protocol::EnrolAsk {
                code: invitation.code.to_lowercase().replace('-', " "),
                public_key: satchel_wire::key_to_hex(&laptop.key.verifying_key()),
                machine: "test".into(),
            };
            assert!(laptop.post("/v1/enrol", &ask).await.status().is_success(), "a code may be typed");
            laptop.sign_in().await.unwrap();
        }
        for place in 0..8 {
            sent.push(laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![place; 50 * (round + 1)]));
            let answer = laptop.push(&sent[sent.len() - 1..]).await;
            assert_eq!(answer.heads[0].seq as usize, sent.len());
        }
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        running = serve(&data);
    }
    laptop.url = running.url.clone();

    assert_eq!(laptop.feed(2).await, sent);
    assert_eq!(laptop.push(&sent).await.heads[0].seq as usize, sent.len());
}

#[test]
fn the_program_ends_with_the_one_that_started_it() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    init(&data);
    let mut running = serve(&data);
    let asked = Instant::now();

    drop(running.child.stdin.take());
    let status = running.child.wait().unwrap();

    assert!(status.success());
    assert!(asked.elapsed() < Duration::from_secs(12));
}

#[test]
fn a_pool_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    init(&data);

    let again = run(&data, &["init", "--centre", "another"]);
    let nowhere = run(&dir.path().join("none"), &["people"]);

    assert!(String::from_utf8_lossy(&again.stderr).starts_with("pool.already-a-pool"));
    assert!(String::from_utf8_lossy(&nowhere.stderr).starts_with("pool.no-pool"));
}
