//! The program itself: its command line, its first line, its end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use satchel_terms::Role;
use satchel_wire::protocol::{Invitation, PersonLine};
use satchel_wire::{Codec, Kind};

use crate::laptop::{Laptop, id};

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
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--stop-with-stdin", "--data"])
        .arg(data)
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

fn run(data: &Path, words: &[&str]) -> Output {
    Command::new(PROGRAM).args(words).arg("--data").arg(data).output().unwrap()
}

fn init(data: &Path) -> Invitation {
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

#[tokio::test]
async fn commands_work_beside_a_running_server() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    init(&data);
    let running = serve(&data);
    let file = dir.path().join("zhang.satchel-invite");

    let out = file.to_str().unwrap();
    let done = run(&data, &["invite", "--name", "张三", "--role", "reporter", "--out", out]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let invitation: Invitation = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((invitation.pool.as_str(), &invitation.roles), (running.url.as_str(), &vec![Role::Reporter]));
    let laptop = Laptop::join(1, &invitation).await;
    let listed = run(&data, &["people"]);
    let people: Vec<PersonLine> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((people.len(), people[0].devices[0].device), (1, laptop.device));
    let waiting = tokio::spawn(
        laptop.http.get(format!("{}/v1/wait?after=2", laptop.url)).bearer_auth(&laptop.token).send(),
    );
    tokio::time::sleep(Duration::from_millis(400)).await;
    let revoked = run(&data, &["revoke", "--device", &laptop.device.to_string(), "--reason", "lost"]);
    assert!(revoked.status.success());

    let news = waiting.await.unwrap().unwrap().text().await.unwrap();
    assert_eq!(news, "{\"head\":3}", "the server sees what a command wrote");
    assert_eq!(laptop.get("/v1/feed").await.status(), 403);
    let second = run(&data, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(String::from_utf8_lossy(&second.stderr).contains("pool.served-elsewhere"));
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
