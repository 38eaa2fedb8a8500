//! Power cuts: what the pool says it holds is there after every one of them.
//!
//! A child works on a pool's folder while all it writes is recorded; then the current goes away at random moments of
//! what was recorded (`satchel_testkit::cuts::cut_often`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use satchel_pool::Keep;
use satchel_pool::keep::Batch;
use satchel_pool::keep::embedded::Embedded;
use satchel_terms::{DeviceId, Hash, NewsroomId};
use satchel_testkit::Dice;
use satchel_testkit::cuts::{Diary, as_child, cut_often, films};
use satchel_wire::{
    Codec, Draft, HybridTime, Kind, Manifest, Record, SEGMENT, SigningKey, Stream, device_id,
};

/// What the child does before it ends.
const STEPS: usize = 60;
const FILMS: usize = 5;

/// The material and the records of one seed: known to the child and to the judge.
struct Plan {
    films: Vec<Vec<u8>>,
    manifests: Vec<Manifest>,
    records: Vec<Record>,
}

impl Plan {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let films = films(&mut dice, FILMS, 4 * SEGMENT as usize);
        let key = SigningKey::from_bytes(&dice.key());
        let (mut records, mut prev): (Vec<Record>, _) = (Vec::new(), Hash::ZERO);
        for seq in 1..=STEPS as u64 {
            let mut body = vec![0; dice.mostly_small(1, 20_000)];
            dice.fill(&mut body);
            let draft = Draft {
                kind: Kind::FIELD_SET,
                newsroom: NewsroomId([1; 16]),
                device: device_id(&key.verifying_key()),
                stream: Stream::Editorial,
                seq,
                prev,
                time: HybridTime(seq << 16),
                subject: [1; 16],
                codec: Codec::Raw,
                body,
            };
            records.push(Record::seal(draft, &key).unwrap());
            prev = records[records.len() - 1].id();
        }
        let manifests = films.iter().map(|film| Manifest::of(film.as_slice()).unwrap()).collect();
        Self { films, manifests, records }
    }

    fn run(&self, film: usize, from: u64, to: u64) -> Vec<u8> {
        let end = self.films[film].len().min((to * SEGMENT) as usize);
        self.films[film][(from * SEGMENT) as usize..end].to_vec()
    }
}

fn open(folder: &Path) -> Embedded {
    Embedded::open(&folder.join("pool"), Arc::new(SigningKey::from_bytes(&[1; 32]))).unwrap()
}

/// Not a law by itself: the program whose writes are recorded. It says every answer of the pool.
#[test]
fn the_recorded_child() {
    let Some((folder, seed, diary)) = as_child().unwrap() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(work(&folder, seed, diary));
}

async fn work(folder: &Path, seed: u64, mut diary: Diary) {
    let (plan, mut dice) = (Plan::new(seed), Dice::new(!seed));
    let (mut keep, mut sent) = (open(folder), 0);
    for _ in 0..STEPS {
        let film = dice.below(FILMS);
        let root = plan.manifests[film].root;
        match dice.below(12) {
            0..3 => {
                let records = vec![plan.records[sent].clone()];
                keep.commit(Batch { now: 1, records, ..Batch::default() }).await.unwrap();
                sent += 1;
                diary.say(&format!("record {sent}"));
            }
            3 => {
                diary.say(&format!("gone {film}"));
                keep.forget_unfinished(root, i64::MAX).await.unwrap();
            }
            4 if dice.one_in(2) => {
                let whole = keep.whole_files().await.unwrap();
                if let Some(file) = whole.iter().find(|file| file.root == root) {
                    diary.say(&format!("gone {film}"));
                    keep.forget_whole(root, file.whole_at).await.unwrap();
                }
            }
            4 => {
                drop(keep);
                keep = open(folder);
            }
            _ => {
                let state = keep.put_manifest(plan.manifests[film].clone(), DeviceId([2; 16])).await.unwrap();
                let runs = state.bitmap.missing_runs(2);
                let mut two = [dice.below(runs.len().max(1)), dice.below(runs.len().max(1))].to_vec();
                two.dedup();
                let runs: Vec<_> = two.iter().filter_map(|place| runs.get(*place).cloned()).collect();
                let sends = runs
                    .iter()
                    .map(|run| keep.put_segments(root, run.start, plan.run(film, run.start, run.end)));
                let answers = futures_util::future::join_all(sends).await;
                for (run, is_whole) in runs.iter().zip(answers) {
                    diary.say(&format!("segments {film} {} {}", run.start, run.end));
                    if is_whole.unwrap() {
                        diary.say(&format!("whole {film}"));
                    }
                }
            }
        }
    }
}

/// What was acknowledged before the cut.
#[derive(Debug, Default)]
struct Promise {
    records: usize,
    segments: BTreeMap<usize, BTreeSet<u64>>,
    whole: BTreeSet<usize>,
}

impl Promise {
    fn read(said: &str) -> Self {
        let mut promise = Self::default();
        for line in said.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let number = |place: usize| words[place].parse::<u64>().unwrap();
            let film = number(1) as usize;
            match words[0] {
                "record" => promise.records = film,
                "segments" => promise.segments.entry(film).or_default().extend(number(2)..number(3)),
                "whole" => drop(promise.whole.insert(film)),
                _ => {
                    promise.segments.remove(&film);
                    promise.whole.remove(&film);
                }
            }
        }
        promise
    }
}

/// Opens the pool after a cut and holds it against what it had promised, and against itself.
async fn judge(folder: &Path, plan: &Plan, promise: &Promise, dice: &mut Dice) {
    let keep = open(folder);
    assert_eq!(keep.damage().await.unwrap(), None);
    let held = Record::parse_many(&keep.feed(0, usize::MAX).await.unwrap().bytes).unwrap();
    assert!(held.len() >= promise.records, "{} of {} records", held.len(), promise.records);
    assert!(held.iter().zip(&plan.records).all(|(held, sent)| held.id() == sent.id()));
    for (film, manifest) in plan.manifests.iter().enumerate() {
        let (root, due) = (manifest.root, promise.segments.get(&film).cloned().unwrap_or_default());
        let Some(state) = keep.blob(root).await.unwrap() else {
            assert!(due.is_empty(), "film {film} is not known any more");
            continue;
        };
        assert!(due.iter().all(|index| state.bitmap.has(*index)), "film {film}: {due:?} {:?}", state.bitmap);
        assert!(state.is_whole || !promise.whole.contains(&film), "film {film} was whole");
        let name = root.to_string();
        let whole = folder.join("pool/blobs").join(&name[..2]).join(&name[2..4]).join(&name);
        let part = folder.join("pool/parts").join(&name);
        let bytes = std::fs::read(if state.is_whole { &whole } else { &part });
        let bytes = bytes.or_else(|_| std::fs::read(&whole)).unwrap_or_default();
        for index in (0..manifest.segments()).filter(|index| state.bitmap.has(*index)) {
            let end = bytes.len().min(((index + 1) * SEGMENT) as usize);
            let segment = bytes.get((index * SEGMENT) as usize..end).unwrap_or_default();
            assert!(manifest.verify_segment(index, segment), "film {film} claims segment {index}");
        }
    }
    go_on(&keep, plan, dice.below(FILMS)).await;
}

/// After a cut an upload goes on to its end.
async fn go_on(keep: &Embedded, plan: &Plan, film: usize) {
    let manifest = &plan.manifests[film];
    let state = keep.put_manifest(manifest.clone(), DeviceId([2; 16])).await.unwrap();
    for run in state.bitmap.missing_runs(3) {
        keep.put_segments(manifest.root, run.start, plan.run(film, run.start, run.end)).await.unwrap();
    }
    let bytes = keep.read_blob(manifest.root, 0, plan.films[film].len() + 1).await.unwrap();
    assert!(bytes == plan.films[film], "film {film} is whole and equal");
}

#[test]
fn after_a_power_cut_nothing_is_claimed_that_is_not_there() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let found =
        |folder: &Path| satchel_pool::Pool::found(&folder.join("pool"), "县融媒体中心").map(drop).unwrap();
    cut_often("cuts::the_recorded_child", Plan::new, found, |folder, plan, said, dice| {
        runtime.block_on(judge(folder, plan, &Promise::read(said), dice));
    })
    .unwrap();
}
