//! Clients of others at the side door: tus-js-client, uppy and tuspy against the program itself.
//!
//! Needs Node and Python; the clients come from npm and PyPI once, as `package-lock.json` and `requirements.txt` pin
//! them. Without them the laws fail and say why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../laws/laptop.rs"]
#[allow(dead_code)]
mod laptop;
#[path = "../laws/process.rs"]
mod process;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reqwest::{Method, Response, StatusCode};
use satchel_testkit::{Node, Python};
use serde::Deserialize;
use tempfile::TempDir;

use laptop::{Laptop, header};
use process::{Running, init, serve_at};

/// Bytes of the file that goes up.
const LENGTH: usize = 6_000_001;
/// The origin whose pages may upload.
const NAMED: &str = "https://intranet.example";

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// What a client says at its end.
#[derive(Debug, Deserialize)]
struct Said {
    places: Vec<String>,
    requests: BTreeMap<String, u32>,
}

/// A pool with a file that wants to go there.
struct Counter {
    dir: TempDir,
    listen: String,
    running: Option<Running>,
    laptop: Laptop,
    bytes: Vec<u8>,
}

impl Counter {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listen = format!("127.0.0.1:{}", satchel_testkit::free_port().unwrap());
        let named = format!("web-origins = [{NAMED:?}]\n");
        std::fs::write(store::settings(&dir.path().join("pool")), named).unwrap();
        let invitation = init(&dir.path().join("pool"));
        let running = serve_at(&dir.path().join("pool"), &listen);
        let mut laptop = Laptop::new(1, &invitation);
        laptop.url.clone_from(&running.url);
        laptop.enrol(&invitation).await.unwrap();
        laptop.sign_in().await.unwrap();
        let mut bytes = vec![0; LENGTH];
        blake3::Hasher::new().update(b"clients").finalize_xof().fill(&mut bytes);
        std::fs::write(dir.path().join("river.mov"), &bytes).unwrap();
        Self { dir, listen, running: Some(running), laptop, bytes }
    }

    /// Kills the pool hard and starts it again where it was.
    fn kill(&mut self) {
        drop(self.running.take());
        self.running = Some(serve_at(&self.dir.path().join("pool"), &self.listen));
    }

    /// Lets a client do one thing.
    async fn run(&self, mut client: Command, verb: &str, place: Option<&str>) -> Said {
        client.args([verb, &self.laptop.url, &self.laptop.token]).arg(self.dir.path().join("river.mov"));
        client.args(place).current_dir(self.dir.path()).stdin(Stdio::null());
        let ended = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
        assert!(ended.status.success(), "{verb}: {}", String::from_utf8_lossy(&ended.stderr));
        let said = serde_json::from_slice(&ended.stdout).unwrap();
        println!("{verb}: {said:?}");
        said
    }

    async fn look(&self, place: &str) -> Response {
        let asked = self.laptop.http.request(Method::HEAD, place).bearer_auth(&self.laptop.token);
        asked.header("tus-resumable", "1.0.0").send().await.unwrap()
    }

    /// What these uploads became, one after the other.
    async fn held(&self, places: &[String]) -> Vec<u8> {
        let mut held = Vec::new();
        for place in places {
            let root: String = header(&self.look(place).await, "satchel-blob");
            let blob = self.laptop.get(&format!("/v1/blobs/{root}")).await;
            assert_eq!(blob.status(), StatusCode::OK);
            held.extend(blob.bytes().await.unwrap());
        }
        held
    }

    /// Begins, is cut by a hard kill of the pool, and goes on where it was.
    async fn begins_and_goes_on(&mut self, client: &impl Fn() -> Command) {
        let begun = self.run(client(), "begin", None).await;
        let offset: usize = header(&self.look(&begun.places[0]).await, "upload-offset");
        assert!(offset >= LENGTH / 2 && offset < LENGTH, "{offset}");
        self.kill();

        let resumed = self.run(client(), "resume", Some(&begun.places[0])).await;

        assert_eq!(resumed.places, begun.places);
        assert_eq!(resumed.requests.get("POST"), None, "nothing was begun anew");
        assert!(self.held(&resumed.places).await == self.bytes, "what comes down is what went up");
    }

    /// One way of bringing it all at once, or in pieces.
    async fn brings(&self, client: Command, verb: &str) {
        let said = self.run(client, verb, None).await;
        assert!(self.held(&said.places).await == self.bytes, "{verb}: what comes down is what went up");
    }

    async fn is_called_off(&self, client: Command) {
        let said = self.run(client, "terminate", None).await;
        assert_eq!(self.look(&said.places[0]).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tus_js_client_creates_resumes_runs_in_parallel_and_terminates() {
    let node = Node::with(&beside("")).unwrap();
    let client = || node.command(&beside("tus-js.mjs")).unwrap();
    let mut counter = Counter::open().await;
    counter.begins_and_goes_on(&client).await;
    counter.brings(client(), "parallel").await;
    counter.brings(client(), "stream").await;
    counter.is_called_off(client()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uppy_creates_resumes_runs_in_parallel_and_terminates() {
    let node = Node::with(&beside("")).unwrap();
    let client = || node.command(&beside("uppy.mjs")).unwrap();
    let mut counter = Counter::open().await;
    counter.begins_and_goes_on(&client).await;
    counter.brings(client(), "parallel").await;
    counter.brings(client(), "several").await;
    counter.is_called_off(client()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uppy_on_a_page_uploads_from_an_origin_that_is_named_and_from_no_other() {
    let node = Node::with(&beside("")).unwrap();
    let client = || node.command(&beside("page.mjs")).unwrap();
    let counter = Counter::open().await;

    let named = counter.run(client(), "page", Some(NAMED)).await;
    let other = counter.run(client(), "page", Some("https://elsewhere.example")).await;

    assert!(counter.held(&named.places).await == counter.bytes, "what comes down is what went up");
    assert_eq!((other.places.len(), other.requests.len()), (0, 0), "the browser lets nothing through");
    let begun = std::fs::read_dir(counter.dir.path().join("pool/tus")).unwrap().count();
    assert_eq!(begun, 1, "and nothing was begun at the pool");
}

#[tokio::test(flavor = "multi_thread")]
async fn tuspy_creates_resumes_runs_in_parallel_and_terminates() {
    let python = Python::with_file(&beside("requirements.txt")).unwrap();
    let client = || {
        let mut command = python.command();
        command.arg(beside("tuspy_client.py"));
        command
    };
    let mut counter = Counter::open().await;
    counter.begins_and_goes_on(&client).await;
    counter.brings(client(), "several").await;
    counter.is_called_off(client()).await;
}
