//! Material up and down.

use satchel_terms::{Hash, Role};
use satchel_wire::protocol::{HaveAnswer, HaveAsk};
use satchel_wire::{Bitmap, Manifest, SEGMENT};

use crate::laptop::{header, read};
use crate::shop::Shop;

const LENGTH: usize = 5 * SEGMENT as usize + 777;

/// Bytes that differ everywhere.
fn material(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&length.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn segments(file: &[u8], from: usize, to: usize) -> Vec<u8> {
    let segment = SEGMENT as usize;
    file[from * segment..(to * segment).min(file.len())].to_vec()
}

#[tokio::test]
async fn segments_come_in_any_order_and_go_on_after_a_restart() {
    let mut shop = Shop::open().await;
    let mut laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(LENGTH);
    let manifest = Manifest::of(file.as_slice()).unwrap();
    let at = format!("/v1/blobs/{}", manifest.root);

    let early = laptop.put(&format!("{at}/segments/0-1"), segments(&file, 0, 1)).await;
    assert_eq!(read::<HaveAnswer>(early).await.unwrap_err().code, "pool.no-manifest");
    let begun = laptop.put(&format!("{at}/manifest?len={LENGTH}"), manifest.to_bytes()).await;
    assert!(begun.status().is_success());
    for (from, to) in [(5, 6), (2, 4)] {
        let sent = laptop.put(&format!("{at}/segments/{from}-{to}"), segments(&file, from, to)).await;
        assert!(sent.status().is_success());
    }
    assert_eq!(laptop.get(&at).await.status(), 404, "half a file is no file");
    shop.restart(&mut [&mut laptop]).await;

    let ask = HaveAsk { roots: vec![manifest.root, Hash([1; 32])] };
    let have: HaveAnswer = read(laptop.post("/v1/blobs/have", &ask).await).await.unwrap();
    let held = Bitmap::from_bytes(6, &hex::decode(&have.partial[&manifest.root]).unwrap());
    assert_eq!(held.missing_runs(8), [0..2, 4..5]);
    for run in held.missing_runs(8) {
        let (from, to) = (run.start as usize, run.end as usize);
        laptop.put(&format!("{at}/segments/{from}-{to}"), segments(&file, from, to)).await;
    }

    let whole = laptop.get(&at).await;
    assert_eq!(header::<String>(&whole, "etag"), format!("\"{}\"", manifest.root));
    assert_eq!(whole.bytes().await.unwrap(), file);
    let listed = laptop.get(&format!("{at}/manifest")).await.bytes().await.unwrap();
    assert_eq!(listed, manifest.to_bytes());
    let again = laptop.put(&format!("{at}/segments/0-6"), file.clone()).await;
    let have: HaveAnswer = read(again).await.unwrap();
    assert_eq!(have.have, [manifest.root], "sent twice, nothing changes");
}

#[tokio::test]
async fn a_damaged_segment_is_named_and_the_ones_before_it_are_kept() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(LENGTH);
    let manifest = Manifest::of(file.as_slice()).unwrap();
    let at = format!("/v1/blobs/{}", manifest.root);
    laptop.put(&format!("{at}/manifest?len={LENGTH}"), manifest.to_bytes()).await;
    let mut damaged = file.clone();
    damaged[2 * SEGMENT as usize + 5] ^= 1;

    let answer = laptop.put(&format!("{at}/segments/0-6"), damaged).await;

    assert_eq!(answer.status(), 422);
    let problem = read::<HaveAnswer>(answer).await.unwrap_err();
    assert_eq!((problem.code.as_str(), problem.params["index"].as_str()), ("pool.bad-segment", "2"));
    let have: HaveAnswer =
        read(laptop.post("/v1/blobs/have", &HaveAsk { roots: vec![manifest.root] }).await).await.unwrap();
    assert_eq!(Bitmap::from_bytes(6, &hex::decode(&have.partial[&manifest.root]).unwrap()).held(), 2);
}

#[tokio::test]
async fn a_download_can_be_resumed_and_is_not_sent_twice() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(LENGTH);
    let root = laptop.upload(&file).await;
    let get = |name: &'static str, value: String| {
        laptop
            .http
            .get(format!("{}/v1/blobs/{root}", laptop.url))
            .bearer_auth(&laptop.token)
            .header(name, value)
            .send()
    };

    let part = get("range", "bytes=1000000-1000099".into()).await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(header::<String>(&part, "content-range"), format!("bytes 1000000-1000099/{LENGTH}"));
    assert_eq!(part.bytes().await.unwrap(), file[1_000_000..1_000_100]);
    let rest = get("range", "bytes=1200000-".into()).await.unwrap();
    assert_eq!(rest.bytes().await.unwrap(), file[1_200_000..]);
    let tail = get("range", "bytes=-7".into()).await.unwrap();
    assert_eq!(tail.bytes().await.unwrap(), file[LENGTH - 7..]);
    assert_eq!(get("range", format!("bytes={LENGTH}-")).await.unwrap().status(), 416);
    assert_eq!(get("if-none-match", format!("\"{root}\"")).await.unwrap().status(), 304);
}

#[tokio::test]
async fn small_and_empty_files_are_files() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;

    for length in [0, 1, SEGMENT as usize - 1, SEGMENT as usize, SEGMENT as usize + 1] {
        let root = laptop.upload(&material(length)).await;
        let down = laptop.get(&format!("/v1/blobs/{root}")).await;
        assert_eq!(down.bytes().await.unwrap(), material(length), "length {length}");
    }
}

#[tokio::test]
async fn a_wrong_length_does_not_spoil_the_name() {
    let shop = Shop::open().await;
    let laptop = shop.hire(1, &[Role::Reporter]).await;
    let file = material(LENGTH);
    let manifest = Manifest::of(file.as_slice()).unwrap();
    let wrong = LENGTH - 3;

    laptop.put(&format!("/v1/blobs/{}/manifest?len={wrong}", manifest.root), manifest.to_bytes()).await;

    assert_eq!(laptop.upload(&file).await, manifest.root);
    assert_eq!(laptop.get(&format!("/v1/blobs/{}", manifest.root)).await.bytes().await.unwrap(), file);
}
