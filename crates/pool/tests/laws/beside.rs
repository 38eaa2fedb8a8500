//! Commands beside a running server, on the store that one process serves.

use std::time::Duration;

use satchel_terms::Role;
use satchel_wire::protocol::{Invitation, PersonLine};

use crate::laptop::Laptop;
use crate::process::{init, run, serve};

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
