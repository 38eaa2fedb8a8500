//! Uploads that were begun: counted, reported and forgotten on the shared store; and the side door through several
//! processes.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use satchel_pool::days_ms;
use satchel_terms::{Hash, Role};
use satchel_wire::Manifest;
use satchel_wire::protocol::{HaveAnswer, HaveAsk};
use serde_json::Value;

use crate::bucket::material;
use crate::laptop::{Laptop, header, read};
use crate::process::run;
use crate::shop::Shop;
use crate::store;

async fn begin(laptop: &Laptop, file: &[u8]) -> Hash {
    let manifest = Manifest::of(file).unwrap();
    let path = format!("/v1/blobs/{}/manifest?len={}", manifest.root, file.len());
    assert_eq!(laptop.put(&path, manifest.to_bytes()).await.status(), 200);
    manifest.root
}

fn count(shop: &Shop, table: &str) -> u64 {
    let sql = format!("SELECT count(*) FROM {table}");
    store::postgres().query(&store::database(&shop.data()), &sql).unwrap()[0].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_move_is_reported_and_then_forgotten_with_its_bytes() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let whole = laptop.upload(&[9; 1_000]).await;
    let file = material(600_000, 6);
    let root = begin(&laptop, &file).await;
    let first = laptop.put(&format!("/v1/blobs/{root}/segments/0-1"), file[..262_144].to_vec()).await;
    assert_eq!(first.status(), 200);

    let told = run(&shop.data(), &["storage"]);
    let report: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(report["blobs"]["unnamed"]["bytes"], 1_000);
    assert_eq!(report["unfinished"]["whole"]["bytes"], 600_000);
    assert_eq!(report["unfinished"]["heldBytes"], 262_144);
    assert!(report["unfinished"]["byDevice"][laptop.device.to_string()].is_object());
    assert_eq!(shop.server().pool.sweep_uploads().await.unwrap(), 0, "it has just moved");
    let old = satchel_pool::chance::now() - days_ms(31);
    store::sql(&shop.data(), &format!("UPDATE blob SET touched_at = {old}"));

    assert_eq!(shop.server().pool.sweep_uploads().await.unwrap(), 1);
    assert_eq!(
        (count(&shop, "blob_part"), count(&shop, "loose_object")),
        (0, 1),
        "its object is swept later"
    );
    let ask = HaveAsk { roots: vec![root, whole] };
    let have: HaveAnswer = read(laptop.post("/v1/blobs/have", &ask).await).await.unwrap();
    assert_eq!((have.have, have.partial.len()), (vec![whole], 0), "what is whole is never forgotten");
    assert_eq!(laptop.upload(&file).await, root);
}

async fn ask(
    laptop: &Laptop,
    url: &str,
    method: Method,
    place: &str,
    offset: u64,
    body: Vec<u8>,
) -> Response {
    let request = laptop.http.request(method, format!("{url}{place}")).bearer_auth(&laptop.token);
    let request = request.header("tus-resumable", "1.0.0").header("upload-offset", offset);
    request.header("content-type", "application/offset+octet-stream").body(body).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_by_the_side_door_goes_on_at_any_process() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let other = shop.another().await;
    let urls = [laptop.url.clone(), other.url()];
    let file = material(40_000_003, 7);
    let made = laptop.http.post(format!("{}/tus", urls[0])).bearer_auth(&laptop.token);
    let made = made.header("tus-resumable", "1.0.0").header("upload-length", file.len());
    let place: String = header(&made.send().await.unwrap(), "location");
    let started = Instant::now();

    for (turn, part) in file.chunks(9_000_000).enumerate() {
        let (url, beside) = (&urls[turn % 2], &urls[(turn + 1) % 2]);
        let offset = turn as u64 * 9_000_000;
        let looked = ask(&laptop, url, Method::HEAD, &place, 0, Vec::new()).await;
        assert_eq!(header::<u64>(&looked, "upload-offset"), offset);
        let both = tokio::join!(
            ask(&laptop, url, Method::PATCH, &place, offset, part.to_vec()),
            ask(&laptop, beside, Method::PATCH, &place, offset, part.to_vec()),
        );
        let mut status = [both.0.status().as_u16(), both.1.status().as_u16()];
        status.sort_unstable();
        assert_eq!(status, [204, 409], "of two who write at once, one counts");
    }
    println!("{} bytes by tus through two processes: {:.1} s", file.len(), started.elapsed().as_secs_f32());

    let looked = ask(&laptop, &urls[1], Method::HEAD, &place, 0, Vec::new()).await;
    let root: String = header(&looked, "satchel-blob");
    let down = laptop.get(&format!("/v1/blobs/{root}")).await;
    assert!(down.bytes().await.unwrap() == file, "what comes down is what went up");
    assert_eq!(count(&shop, "tray_piece"), 0);
    let old = satchel_pool::chance::now() - days_ms(31);
    store::sql(&shop.data(), &format!("UPDATE tray SET moved_at = {old}"));
    assert_eq!(shop.server().pool.sweep_uploads().await.unwrap(), 1);
    assert_eq!(count(&shop, "tray"), 0);
    tokio::time::timeout(Duration::from_secs(15), other.stop()).await.unwrap();
}
