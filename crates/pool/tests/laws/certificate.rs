//! The pool's certificate, as the command line makes and renews it.

use satchel_pool::tls;
use satchel_wire::protocol::{Health, Invitation};

use crate::process::{run, serve};

#[tokio::test]
async fn a_pool_makes_its_own_certificate_and_names_its_key_in_every_invitation() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    let made = run(&data, &["init", "--centre", "县融媒体中心", "--self-signed", "pool.lan"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |file: &str| -> Invitation {
        serde_json::from_slice(&std::fs::read(dir.path().join(file)).unwrap()).unwrap()
    };
    let first = read("pool/first-administrator.satchel-invite");
    let pin = tls::facts(&data.join("tls.crt")).unwrap().pin;
    assert_eq!(first.pool_pin.as_deref(), Some(pin.as_str()));
    first.verify().unwrap();

    let running = serve(&data);
    assert!(running.url.starts_with("https://127.0.0.1:"), "{}", running.url);
    let anyone = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().unwrap();
    let health = anyone.get(format!("{}/health", running.url)).send().await.unwrap();
    assert_eq!(health.json::<Health>().await.unwrap().pool, first.newsroom);
    let out = dir.path().join("a.satchel-invite");
    let invited = ["invite", "--name", "a", "--role", "reporter", "--out", out.to_str().unwrap()];
    assert!(run(&data, &invited).status.success());
    let second = read("a.satchel-invite");
    assert_eq!((second.pool, second.pool_pin), (running.url.clone(), Some(pin.clone())));

    assert!(run(&data, &["certificate", "--name", "pool.lan"]).status.success());
    assert_eq!(tls::facts(&data.join("tls.crt")).unwrap().pin, pin, "renewed with the same key");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_before_anything_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("pool");
    crate::process::init(&data);
    std::fs::write(data.join("tls.crt"), "nonsense").unwrap();

    let refused = run(&data, &["serve", "--listen", "127.0.0.1:0", "--stop-with-stdin"]);

    assert!(String::from_utf8_lossy(&refused.stderr).contains("pool.bad-certificate"));
}
