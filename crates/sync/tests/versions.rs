//! Laptops and pools of three versions of the protocol: every pair runs the same scenario.
//!
//! An older pool is this one behind a gate that knows only what its version knew: doors that came later are not there,
//! keys that came later are taken out, and hello names its own range. An older laptop says hello in its own number and
//! writes the bodies of its time. Nothing else differs: all that later versions brought may be absent.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use common::{Laptop, join, pool, quick};
use satchel_failure::{Explain, Remedy};
use satchel_sync::{
    Client, Control, Driver, Habits, Happened, Identity, Report, rotate, run_once, want_upload,
};
use satchel_terms::{ClipId, Hash};
use satchel_wire::body::FieldSet;
use satchel_wire::protocol::{HelloAsk, PROTOCOL, Problem, agree, oldest};
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SigningKey, Stream};
use serde_json::Value;

/// The oldest and the newest that a pool speaks.
type Range = (u32, u32);

/// A pool of another version at an address of its own.
async fn older(server: &satchel_pool::Server, range: Range) -> String {
    let router: Router = satchel_pool::doors::router(Arc::clone(&server.pool));
    let router = router.layer(from_fn_with_state(range, as_it_was));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn as_it_was(State((min, max)): State<Range>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if max < 3 && path == "/v1/rotate" {
        let problem = Problem {
            code: "pool.not-found".into(),
            message: String::new(),
            retry_after: None,
            params: [].into(),
        };
        return (StatusCode::NOT_FOUND, axum::Json(problem)).into_response();
    }
    if path != "/v1/hello" {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let mut ask: HelloAsk = serde_json::from_slice(&to_bytes(body, 1 << 20).await.unwrap()).unwrap();
    if !(min..=max).contains(&ask.protocol) {
        let params = [("min".into(), min.to_string()), ("max".into(), max.to_string())].into();
        let problem =
            Problem { code: "pool.other-protocol".into(), message: String::new(), retry_after: None, params };
        return (StatusCode::UPGRADE_REQUIRED, axum::Json(problem)).into_response();
    }
    ask.protocol = PROTOCOL;
    parts.headers.remove(header::CONTENT_LENGTH);
    let ask = Request::from_parts(parts, Body::from(serde_json::to_vec(&ask).unwrap()));
    let answer = next.run(ask).await;
    let mut hello: Value =
        serde_json::from_slice(&to_bytes(answer.into_body(), 1 << 20).await.unwrap()).unwrap();
    (hello["protocolMin"], hello["protocolMax"]) = (min.into(), max.into());
    if max < 2 {
        hello.as_object_mut().unwrap().retain(|key, _| !key.starts_with("backup"));
    }
    axum::Json(hello).into_response()
}

fn habits(protocol: u32) -> Habits {
    Habits { protocol, ..quick() }
}

async fn round(laptop: &Laptop, protocol: u32) -> Result<Report, satchel_sync::SyncError> {
    let line = laptop.library.pool().unwrap().unwrap();
    run_once(&laptop.library, &laptop.identity, &line, &habits(protocol), &Control::default()).await
}

/// A field as a program of this version writes it.
fn set_genre(laptop: &Laptop, protocol: u32, genre: &str) -> Record {
    let Identity { device, key, newsroom } = &laptop.identity;
    let head = laptop.library.my_head(*device, Stream::Editorial).unwrap();
    let (seq, prev) = head.unwrap_or((0, Hash::ZERO));
    let over = (protocol >= 3).then(Vec::new);
    let body = FieldSet { name: "genre".into(), value: genre.into(), over };
    let draft = Draft {
        kind: Kind::FIELD_SET,
        newsroom: *newsroom,
        device: *device,
        stream: Stream::Editorial,
        seq: seq + 1,
        prev,
        time: HybridTime(1 << 40),
        subject: common::STORY.0,
        codec: Codec::Json,
        body: serde_json::to_vec(&body).unwrap(),
    };
    let record = Record::seal(draft, key).unwrap();
    laptop.library.append_own(&record, &[]).unwrap();
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_of_three_versions_runs_the_same_scenario() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let mut pairs = 0;
    for pool_speaks in [PROTOCOL, PROTOCOL - 1, PROTOCOL - 2] {
        let url = older(&server, (oldest(pool_speaks), pool_speaks)).await;
        for laptop_speaks in [PROTOCOL, PROTOCOL - 1, PROTOCOL - 2] {
            let (writer, reader) = (join(&server, "写的人").await, join(&server, "读的人").await);
            writer.reroute(url.clone());
            reader.reroute(url.clone());
            let text = writer.write(&format!("{laptop_speaks} → {pool_speaks}"));
            let field = set_genre(&writer, laptop_speaks, "feature");

            let sent = round(&writer, laptop_speaks).await.unwrap();
            let read = round(&reader, PROTOCOL).await.unwrap();

            assert_eq!((sent.pushed, sent.rejected.len()), (2, 0), "{laptop_speaks} → {pool_speaks}");
            assert!(read.took >= 2, "{read:?}");
            for record in [&text, &field] {
                let held = reader.library.record(record.id()).unwrap().expect("the reader holds it");
                assert_eq!(held.record.bytes(), record.bytes(), "byte for byte");
            }
            let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at * (pairs + 7)) as u8).collect();
            let root = writer.library.blobs().put_bytes(&bytes).unwrap();
            want_upload(&writer.library, &root, true, ClipId([8; 16])).unwrap();
            let news = Arc::clone(&writer.news);
            let told = move |one| news.lock().unwrap().push(one);
            let handle = tokio::runtime::Handle::current();
            let library = Arc::clone(&writer.library);
            let driver =
                Driver::spawn(&handle, library, writer.identity.clone(), habits(laptop_speaks), told);
            driver.resume();
            writer
                .hears(
                    "the blob",
                    |news| matches!(news, Happened::BlobPooled { root: it, .. } if *it == root),
                )
                .await;
            driver.stop().await;
            assert!(server.pool.keep().blob(root).await.unwrap().unwrap().is_whole);

            if laptop_speaks == PROTOCOL {
                let line = writer.library.pool().unwrap().unwrap();
                let key = SigningKey::from_bytes(&[40 + u8::try_from(pool_speaks).unwrap(); 32]);
                let vouched = rotate(&line, &writer.identity, &key, ("laptop", "fork"), &quick()).await;
                match pool_speaks {
                    3.. => assert!(vouched.is_ok(), "{vouched:?}"),
                    _ => assert_eq!(
                        vouched.unwrap_err().code(),
                        "sync.refused",
                        "an older pool has no such door"
                    ),
                }
            }
            pairs += 1;
        }
    }
    println!("{pairs} pairs of laptop and pool");
    assert_eq!(pairs, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_too_far_apart_are_told_and_a_parcel_is_offered() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let url = older(&server, (PROTOCOL + 1, PROTOCOL + 3)).await;
    let laptop = join(&server, "旧程序").await;
    laptop.reroute(url);
    laptop.write("还在本机");

    let refused = round(&laptop, PROTOCOL).await.unwrap_err();

    assert_eq!(refused.code(), "sync.other-protocol");
    assert_eq!(refused.remedy(), Remedy::Update);
    assert_eq!(laptop.library.unpushed(laptop.identity.device).unwrap(), 1, "nothing is lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_laptop_says_hello_again_in_the_pool_s_own_version() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let laptop = join(&server, "新程序").await;
    let line = laptop.library.pool().unwrap().unwrap();

    for (newest, is_heard) in [(PROTOCOL + 1, true), (PROTOCOL + 2, true), (PROTOCOL + 3, false)] {
        let client = Client::new(&line, &laptop.identity, &habits(newest)).unwrap();
        assert_eq!(client.hello().await.is_ok(), is_heard, "a laptop whose newest is {newest}");
        assert_eq!(agree(newest, 1, PROTOCOL).is_some(), is_heard);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_counts_who_speaks_which_version() {
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let laptops = [join(&server, "一").await, join(&server, "二").await, join(&server, "三").await];
    for (laptop, protocol) in laptops.iter().zip([PROTOCOL, PROTOCOL, PROTOCOL - 2]) {
        round(laptop, protocol).await.unwrap();
        round(laptop, protocol).await.unwrap();
    }

    let page = server.pool.metrics_page().await.unwrap();

    for (protocol, count) in [(PROTOCOL, 2), (PROTOCOL - 1, 0), (PROTOCOL - 2, 1)] {
        let line = format!("satchel_pool_devices_by_protocol{{protocol=\"{protocol}\"}} {count}");
        assert!(page.contains(&line), "{line} is not in\n{page}");
    }
}
