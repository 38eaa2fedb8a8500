//! Two processes over one database and one bucket, one of which is killed every few seconds, while laptops work.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::Client;
use satchel_terms::{DeviceId, Hash, Role};
use satchel_wire::protocol::{HaveAnswer, HaveAsk, NEXT, RecordsAnswer};
use satchel_wire::{Bitmap, Codec, Kind, Manifest, Record, SEGMENT, Stream};

use crate::bucket::material;
use crate::laptop::{Laptop, header, id, join, read};
use crate::process::{Running, serve_at};
use crate::shop::Shop;

/// The time between kills.
const BETWEEN: Duration = Duration::from_millis(2_500);

/// How long it goes on: `SATCHEL_SCALE_SECONDS`, else half a minute.
fn length() -> Duration {
    let asked = std::env::var("SATCHEL_SCALE_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(30))
}

/// The two addresses, and a laptop's way of asking whoever answers.
struct Pair {
    data: PathBuf,
    ports: [u16; 2],
    running: [Option<Running>; 2],
}

impl Pair {
    fn start(data: PathBuf) -> Self {
        let ports = [0; 2].map(|_: i32| satchel_testkit::free_port().unwrap());
        let mut pair = Self { data, ports, running: [None, None] };
        (0..2).for_each(|place| pair.run(place));
        pair
    }

    fn run(&mut self, place: usize) {
        self.running[place] = Some(serve_at(&self.data, &format!("127.0.0.1:{}", self.ports[place])));
    }

    /// Kills one hard, with whatever it has in hand.
    fn kill(&mut self, place: usize) {
        drop(self.running[place].take());
    }

    fn urls(&self) -> [String; 2] {
        self.ports.map(|port| format!("http://127.0.0.1:{port}"))
    }
}

/// What went wrong on the way and was simply done again.
#[derive(Default)]
struct Counts {
    again: AtomicUsize,
    acknowledged: AtomicUsize,
    sent_bytes: AtomicU64,
}

/// Pushes until the pool says that it holds the records.
async fn push(laptop: &Laptop, urls: &[String; 2], records: &[Record], counts: &Counts) {
    let last = records.last().unwrap().header().seq;
    for turn in 0.. {
        assert!(turn < 400, "no process took the records in");
        let url = &urls[(turn + usize::try_from(last).unwrap()) % 2];
        let http = fresh().post(format!("{url}/v1/records")).bearer_auth(&laptop.token).body(join(records));
        if let Ok(response) = http.send().await
            && response.status().is_success()
            && let Ok(answer) = response.json::<RecordsAnswer>().await
        {
            assert_eq!(answer.rejected, vec![], "a record that is in order is never set apart");
            if answer.heads.iter().any(|head| head.stream == Stream::Editorial && head.seq >= last) {
                counts.acknowledged.fetch_add(records.len(), Ordering::SeqCst);
                return;
            }
        }
        counts.again.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

/// A client that keeps no connection: one to a killed process would be of no use.
fn fresh() -> Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let make =
        || Client::builder().timeout(Duration::from_secs(20)).pool_max_idle_per_host(0).build().unwrap();
    CLIENT.get_or_init(make).clone()
}

async fn write_on(
    mut laptop: Laptop,
    urls: [String; 2],
    is_over: Arc<AtomicBool>,
    counts: Arc<Counts>,
) -> Laptop {
    let mut turn = 0_usize;
    while !is_over.load(Ordering::SeqCst) {
        turn += 1;
        let records: Vec<Record> = (0..=turn % 5)
            .map(|place| laptop.seal(Kind::FIELD_SET, id(5), Codec::Raw, vec![3; 80 + place]))
            .collect();
        push(&laptop, &urls, &records, &counts).await;
    }
    laptop
}

/// Reads the feed page by page, from whichever process answers.
async fn read_on(laptop: Arc<Laptop>, urls: [String; 2], until: Arc<AtomicU64>) -> Vec<Hash> {
    let (mut after, mut seen, mut turn) = (0_u64, Vec::new(), 0_usize);
    let started = Instant::now();
    while after < until.load(Ordering::SeqCst) {
        assert!(started.elapsed() < Duration::from_secs(600), "the feed ends too early, at {after}");
        turn += 1;
        let ask = fresh().get(format!("{}/v1/feed?after={after}&limit=30000", urls[turn % 2]));
        if let Ok(page) = ask.bearer_auth(&laptop.token).send().await
            && page.status().is_success()
        {
            let next: u64 = header(&page, NEXT);
            if let Ok(bytes) = page.bytes().await {
                let records = Record::parse_many(&bytes).unwrap();
                assert_eq!(records.len() as u64, next - after, "no place is skipped and none comes late");
                seen.extend(records.iter().map(Record::id));
                if next > after {
                    after = next;
                    continue;
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    seen
}

/// Sends files up in runs of four segments, asking what is there after every fault, as the desk does.
async fn upload_on(
    laptop: Arc<Laptop>,
    urls: [String; 2],
    is_over: Arc<AtomicBool>,
    counts: Arc<Counts>,
) -> Vec<(Hash, Vec<u8>)> {
    let mut done = Vec::new();
    for seed in 0.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let file = material(90 * SEGMENT as usize + 1_000, 100 + seed);
        let manifest = Manifest::of(file.as_slice()).unwrap();
        for turn in 0.. {
            assert!(turn < 600, "the file never gets whole");
            let url = urls[turn % 2].clone();
            if try_upload(&laptop, &url, &manifest, &file, &counts).await.unwrap_or(false) {
                break;
            }
            counts.again.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
        done.push((manifest.root, file));
    }
    done
}

/// One try over one process; none when the line broke.
async fn try_upload(
    laptop: &Laptop,
    url: &str,
    manifest: &Manifest,
    file: &[u8],
    counts: &Counts,
) -> Option<bool> {
    let (http, root) = (fresh(), manifest.root);
    let at = format!("{url}/v1/blobs/{root}");
    let have = async || -> Option<HaveAnswer> {
        let ask = http.post(format!("{url}/v1/blobs/have")).json(&HaveAsk { roots: vec![root] });
        read(ask.bearer_auth(&laptop.token).send().await.ok()?).await.ok()
    };
    let put = async |path: String, bytes: Vec<u8>| -> Option<()> {
        let sent = http.put(path).bearer_auth(&laptop.token).body(bytes).send().await.ok()?;
        sent.status().is_success().then_some(())
    };
    let held = have().await?;
    if held.have.contains(&root) {
        return Some(true);
    }
    let bits = match held.partial.get(&root) {
        Some(bits) => Bitmap::from_bytes(manifest.segments(), &hex_bytes(bits)),
        None => {
            put(format!("{at}/manifest?len={}", manifest.length), manifest.to_bytes()).await?;
            Bitmap::new(manifest.segments())
        }
    };
    for run in bits.missing_runs(4) {
        let bytes = &file[(run.start * SEGMENT) as usize..((run.end * SEGMENT) as usize).min(file.len())];
        counts.sent_bytes.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        put(format!("{at}/segments/{}-{}", run.start, run.end), bytes.to_vec()).await?;
    }
    Some(have().await?.have.contains(&root))
}

fn hex_bytes(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|place| u8::from_str_radix(&text[2 * place..2 * place + 2], 16).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_of_which_one_is_killed_every_few_seconds_lose_nothing_and_double_nothing() {
    let mut shop = Shop::open().await;
    let mut writers = Vec::new();
    for seed in 1..=4 {
        writers.push(shop.hire(seed, &[Role::Reporter]).await);
    }
    let reader = Arc::new(shop.hire(9, &[Role::Editor]).await);
    shop.server.take().unwrap().stop().await;
    let mut pair = Pair::start(shop.data());
    let urls = pair.urls();
    let (is_over, until) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(u64::MAX)));
    let counts = Arc::new(Counts::default());

    let writing: Vec<_> = writers
        .into_iter()
        .map(|laptop| tokio::spawn(write_on(laptop, urls.clone(), is_over.clone(), counts.clone())))
        .collect();
    let reading: Vec<_> =
        (0..3).map(|_| tokio::spawn(read_on(reader.clone(), urls.clone(), until.clone()))).collect();
    let uploading = tokio::spawn(upload_on(reader.clone(), urls.clone(), is_over.clone(), counts.clone()));
    let (started, mut kills) = (Instant::now(), 0);
    while started.elapsed() < length() {
        tokio::time::sleep(BETWEEN).await;
        pair.kill(kills % 2);
        tokio::time::sleep(Duration::from_millis(300)).await;
        pair.run(kills % 2);
        kills += 1;
    }
    is_over.store(true, Ordering::SeqCst);
    let mut sent: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for task in writing {
        let laptop = task.await.unwrap();
        sent.insert(laptop.device, laptop.seq);
    }
    let files = uploading.await.unwrap();
    let late = late_reader(&pair, &shop).await;
    let records = late.feed(0).await;
    until.store(records.len() as u64, Ordering::SeqCst);
    let order: Vec<Hash> = records.iter().map(Record::id).collect();

    for task in reading {
        assert_eq!(task.await.unwrap(), order, "every reader saw the same feed");
    }
    let mut chains: BTreeMap<DeviceId, u64> = BTreeMap::new();
    let mine = |record: &&Record| sent.contains_key(&record.header().device);
    for record in records.iter().filter(mine) {
        let header = record.header();
        let seq = chains.entry(header.device).or_default();
        assert_eq!(header.seq, *seq + 1, "nothing is lost, doubled or out of order");
        *seq = header.seq;
    }
    assert_eq!(chains, sent, "all that was written is there");
    let mut whole = 0_u64;
    for (root, file) in &files {
        let down = fresh().get(format!("{}/v1/blobs/{root}", urls[1])).bearer_auth(&late.token);
        assert!(down.send().await.unwrap().bytes().await.unwrap() == file, "{root}");
        whole += file.len() as u64;
    }
    let total: u64 = sent.values().sum();
    println!(
        "{kills} kills in {:.0} s: {total} records of 4 laptops in the feed ({} acknowledged), {} files of {whole} bytes \
         whole ({} bytes sent, {:.1} % again), {} requests done again, 0 lost, 0 double",
        started.elapsed().as_secs_f32(),
        counts.acknowledged.load(Ordering::SeqCst),
        files.len(),
        counts.sent_bytes.load(Ordering::SeqCst),
        100.0 * (counts.sent_bytes.load(Ordering::SeqCst) as f64 / whole.max(1) as f64 - 1.0),
        counts.again.load(Ordering::SeqCst),
    );
    assert!(!files.is_empty() && total > 50 && kills > 3);
}

/// Somebody who was not there before and reads all of it.
async fn late_reader(pair: &Pair, shop: &Shop) -> Laptop {
    let file = shop.dir.path().join("late.satchel-invite");
    let (words, url) = (["invite", "--name", "迟到", "--role", "editor", "--out"], &pair.urls()[0]);
    let words = [words.as_slice(), &[file.to_str().unwrap(), "--url", url]].concat();
    let done = crate::process::run(&shop.data(), &words);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Laptop::join(77, &serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).await
}
