//! One blob from three sides: the pool's line, a laptop nearby and a stick, each broken off again and again, two of them
//! at the same time. Invariant 26 of the sync note: less than 2 % crosses twice.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Laptop, join, noise, pool};
use satchel_lan::{Badge, Home, Household, Outcome, Place, Server, Took, Want, Word, meet};
use satchel_parcel::{Parcel, find};
use satchel_pool::{Export, Material};
use satchel_store::{Direction, Library, TransferRow};
use satchel_sync::{take_loose, want_upload};
use satchel_terms::{ClipId, ClipKind, Hash};
use satchel_testkit::Dice;
use satchel_wire::body::ClipFacts;
use satchel_wire::{Codec, Draft, HybridTime, Kind, Record, SEGMENT, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const CLIP: ClipId = ClipId([8; 16]);
const LENGTH: usize = 64 << 20;
/// Most of a request that is lost when its line breaks, on each way: eight segments.
const RUN: u64 = 8 * SEGMENT;

/// A line that counts what comes back on it, at a pace that lets others take part.
async fn counted(target: SocketAddr, came: Arc<AtomicU64>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let Ok(far) = TcpStream::connect(target).await else { continue };
            let came = Arc::clone(&came);
            tokio::spawn(async move {
                let (mut near_in, mut near_out) = near.into_split();
                let (mut far_in, mut far_out) = far.into_split();
                let back = async {
                    let mut buffer = vec![0; 64 << 10];
                    while let Ok(count @ 1..) = far_in.read(&mut buffer).await {
                        came.fetch_add(count as u64, Ordering::SeqCst);
                        if near_out.write_all(&buffer[..count]).await.is_err() {
                            break;
                        }
                        tokio::time::sleep(Duration::from_micros(300)).await;
                    }
                };
                tokio::select! {
                    () = back => {}
                    _ = tokio::io::copy(&mut near_in, &mut far_out) => {}
                }
            });
        }
    });
    address
}

struct Quiet {
    library: Arc<Library>,
    identity: satchel_sync::Identity,
    wants: Mutex<Vec<Want>>,
}

impl Household for Quiet {
    fn take(&self, records: &[u8]) -> Outcome<Took> {
        let told = take_loose(&self.library, &self.identity, records).unwrap();
        Ok(Took { fresh: told.fresh as u64, refused: told.refused.len() as u64 })
    }
    fn wants(&self) -> Outcome<Vec<Want>> {
        let mut wants = self.wants.lock().unwrap().clone();
        wants.retain(|want| !self.library.blobs().has(&want.root));
        Ok(wants)
    }
    fn arrived(&self, _: Hash, _: u64) {}
    fn heard(&self, _: Word) {}
}

fn home(laptop: &Laptop, wants: Vec<Want>) -> Home {
    let (library, identity) = (Arc::clone(&laptop.library), laptop.identity.clone());
    let quiet = Quiet { library: Arc::clone(&library), identity: identity.clone(), wants: wants.into() };
    Home::new(library, Badge::new(&identity.key, identity.newsroom).unwrap(), Arc::new(quiet)).unwrap()
}

/// The record that names a clip, as the desk writes it.
fn add_clip(laptop: &Laptop, root: Hash) {
    let facts = serde_json::json!({"name": "片.mov", "blob": root, "bytes": LENGTH, "kind": ClipKind::Video, "mime": "video/quicktime"});
    let _: ClipFacts = serde_json::from_value(facts.clone()).unwrap();
    let head = laptop.library.my_head(laptop.identity.device, Stream::Editorial).unwrap();
    let (seq, prev) = head.unwrap_or((0, Hash::ZERO));
    let draft = Draft {
        kind: Kind::ASSET_ADD,
        newsroom: laptop.identity.newsroom,
        device: laptop.identity.device,
        stream: Stream::Editorial,
        seq: seq + 1,
        prev,
        time: HybridTime(1 << 40),
        subject: CLIP.0,
        codec: Codec::Json,
        body: serde_json::to_vec(&facts).unwrap(),
    };
    laptop.library.append_own(&Record::seal(draft, &laptop.identity.key).unwrap(), &[]).unwrap();
}

/// Takes some pieces from the stick, as the desk does; answers the bytes that were read for it.
fn from_stick(laptop: &Laptop, stick: &Path, from: usize, most: usize) -> u64 {
    let parcel = Parcel::open(&find(stick).unwrap().parcels[0]).unwrap();
    let index = parcel.index();
    let blob = index.blobs().into_iter().next().unwrap();
    let key = &laptop.identity.key;
    let manifest = parcel.manifest(&blob, key).unwrap();
    let (mut number, mut bytes) = (0, 0);
    for (first, file) in &blob.runs {
        let mut pieces = parcel.open_file(file, key).unwrap();
        let mut at = *first;
        while let Some(piece) = pieces.next().unwrap() {
            for segment in piece.chunks(SEGMENT as usize) {
                if number >= from && number < from + most {
                    let run = at..at + 1;
                    if laptop.library.blobs().has(&blob.root) {
                        return bytes;
                    }
                    let mut partial = laptop.library.blobs().partial(&blob.root, blob.length).unwrap();
                    if !laptop.library.blobs().still_missing(&blob.root, &run).is_empty() {
                        assert!(manifest.verify_segment(at, segment));
                        partial.write_segment(at, segment).unwrap();
                        bytes += segment.len() as u64;
                    }
                    if partial.bitmap().is_complete() {
                        partial.finish().unwrap();
                    }
                }
                number += 1;
                at += 1;
            }
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_blob_from_pool_neighbour_and_stick_crosses_hardly_twice() {
    let seed = 26;
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let server = pool(dir.path()).await;
    let (anna, bo) = (join(&server, "王敏").await, join(&server, "李雷").await);
    let bytes = noise(LENGTH);
    let root = anna.library.blobs().put_bytes(&bytes).unwrap();
    add_clip(&anna, root);
    want_upload(&anna.library, &root, false, CLIP).unwrap();
    let driver = anna.drive();
    anna.hears("the pool's word", |news| matches!(news, satchel_sync::Happened::BlobPooled { .. })).await;
    driver.stop().await;
    bo.round().await;
    let stick = tempfile::tempdir().unwrap();
    let export = Export { device: bo.identity.device, after: Some(0), material: Material::All };
    server.pool.export_parcel(stick.path(), export).await.unwrap();

    let (by_line, by_air) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let wan = counted(server.address, Arc::clone(&by_line)).await;
    bo.reroute(format!("http://{wan}"));
    let neighbour =
        Server::start(home(&anna, Vec::new()), Some("127.0.0.1:0".parse().unwrap())).await.unwrap();
    let air = counted(neighbour.address(), Arc::clone(&by_air)).await;
    let place = Place::of(air, anna.identity.device);
    let mine = home(&bo, vec![Want { root, bytes: LENGTH as u64 }]);
    let down = TransferRow::waiting(root, Direction::Down, 2, LENGTH as u64, CLIP.0);
    bo.library.transfer_want(&down).unwrap();

    let (mut broken, mut by_hand, mut turns) = (0, 0, Vec::new());
    while !bo.library.blobs().has(&root) {
        assert!(turns.len() < 200, "it gets there: {turns:?}");
        let way = ["line", "air", "both", "stick"][usize::try_from(dice.between(0, 3)).unwrap()];
        let pause = Duration::from_millis(dice.between(150, 900));
        turns.push(way);
        if way == "stick" {
            by_hand += from_stick(&bo, stick.path(), usize::try_from(dice.between(0, 255)).unwrap(), 24);
            continue;
        }
        let driver = (way != "air").then(|| bo.drive());
        let meeting = (way != "line").then(|| {
            let (mine, place) = (mine.clone(), place.clone());
            tokio::spawn(async move { meet(&mine, &place).await })
        });
        tokio::time::sleep(pause).await;
        if let Some(driver) = driver {
            driver.stop().await;
            broken += 1;
        }
        if let Some(meeting) = meeting {
            meeting.abort();
            broken += 1;
        }
    }
    let crossed = by_line.load(Ordering::SeqCst) + by_air.load(Ordering::SeqCst) + by_hand;
    let whole = LENGTH as u64;
    let twice = crossed.saturating_sub(whole);
    println!("{turns:?}");
    println!(
        "{whole} bytes; line {}, air {}, stick {by_hand}; {broken} broken off; {twice} bytes more than the file",
        by_line.load(Ordering::SeqCst),
        by_air.load(Ordering::SeqCst)
    );
    let mut kept = Vec::new();
    std::io::Read::read_to_end(&mut bo.library.blobs().open_file(&root).unwrap(), &mut kept).unwrap();
    assert_eq!(kept, bytes);
    // A request that is broken off is lost; what came whole is not fetched again. Headers and pages are in the 2 %.
    assert!(twice <= whole / 50 + broken * RUN, "{twice} of {whole} crossed twice");
    drop(neighbour);
    server.stop().await;
}
