//! Laws of taking material in: what is safe is safe, one bad file stops no other, the card is not touched.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use satchel_capture::{
    CaptureError, Disk, FileReport, FileState, Outcome, PartFile, Plan, RealDisk, Seen, Shelf, Told,
    WhyLeftOut, offload, offload_with, plan, sweep_parts,
};
use satchel_failure::{Explain, Failure, Remedy};
use satchel_jobs::Gauge;
use satchel_terms::Hash;

/// A shelf that keeps files by their fingerprint in a folder.
struct Folder {
    place: PathBuf,
    known: Mutex<HashMap<Hash, u64>>,
    full: bool,
}

impl Folder {
    fn new(place: &Path) -> Self {
        std::fs::create_dir_all(place).unwrap();
        Self { place: place.to_path_buf(), known: Mutex::default(), full: false }
    }
    fn holds(&self, bytes: &[u8]) -> bool {
        let path = self.place.join(blake3::hash(bytes).to_hex().as_str());
        std::fs::read(path).is_ok_and(|kept| kept == bytes)
    }
    fn count(&self) -> usize {
        std::fs::read_dir(&self.place).unwrap().count()
    }
}

impl Shelf for Folder {
    fn has(&self, hash: &Hash, len: u64) -> bool {
        self.known.lock().unwrap().get(hash) == Some(&len)
    }
    fn shelve(&self, part: &Path, hash: Hash) -> Result<(), Failure> {
        if self.full {
            let (code, message) = ("store.disk-full".into(), String::new());
            return Err(Failure {
                code,
                params: std::collections::BTreeMap::new(),
                message,
                remedy: Remedy::FreeSpace,
            });
        }
        self.known.lock().unwrap().insert(hash, std::fs::metadata(part).unwrap().len());
        std::fs::rename(part, self.place.join(hash.to_string())).unwrap();
        Ok(())
    }
}

/// A disk with faults put in the way of the real one.
#[derive(Default)]
struct Faulty {
    /// Bytes that may be written before the disk is full.
    room: Option<u64>,
    /// A source that vanishes when its first bytes are read.
    vanishing: Option<PathBuf>,
    /// A card that is pulled when this source is read.
    pulled: Option<(PathBuf, PathBuf)>,
    /// A source that grows while it is read.
    growing: Option<PathBuf>,
    /// A source that gives an I/O error after so many bytes.
    failing: Option<(PathBuf, u64)>,
    /// Flips a byte of the copy that is read back as this-manieth.
    flipping: Option<usize>,
    written: std::sync::Arc<AtomicU64>,
    reread: AtomicUsize,
}

struct Full(Box<dyn PartFile>, u64, std::sync::Arc<AtomicU64>);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.2.fetch_add(bytes.len() as u64, Ordering::SeqCst) + bytes.len() as u64 > self.1 {
            return Err(io::Error::from_raw_os_error(28));
        }
        self.0.write_all(bytes).map(|()| bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl PartFile for Full {
    fn settle(&mut self) -> io::Result<()> {
        self.0.settle()
    }
}

struct FailsAt(Box<dyn Read + Send>, u64);

impl Read for FailsAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1 == 0 {
            return Err(io::Error::from_raw_os_error(5));
        }
        let most = buffer.len().min(usize::try_from(self.1).unwrap());
        let count = self.0.read(&mut buffer[..most])?;
        self.1 -= count as u64;
        Ok(count)
    }
}

struct Flipped(Box<dyn Read + Send>, bool);

impl Read for Flipped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count > 0 && !std::mem::replace(&mut self.1, true) {
            buffer[count / 2] ^= 1;
        }
        Ok(count)
    }
}

impl Disk for Faulty {
    fn look(&self, path: &Path) -> io::Result<Seen> {
        RealDisk.look(path)
    }
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let file = RealDisk.open(path)?;
        if self.vanishing.as_deref() == Some(path) {
            std::fs::remove_file(path)?;
        }
        if let Some((when, card)) = &self.pulled
            && when == path
        {
            std::fs::rename(card, card.with_extension("gone"))?;
            return Ok(Box::new(FailsAt(file, 100)));
        }
        if self.growing.as_deref() == Some(path) {
            std::fs::OpenOptions::new().append(true).open(path)?.write_all(b"more")?;
        }
        match &self.failing {
            Some((bad, after)) if bad == path => Ok(Box::new(FailsAt(file, *after))),
            _ => Ok(file),
        }
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn PartFile>> {
        let file = RealDisk.create(path)?;
        Ok(match self.room {
            Some(room) => Box::new(Full(file, room, self.written.clone())),
            None => file,
        })
    }
    fn reread(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let file = RealDisk.reread(path)?;
        let turn = self.reread.fetch_add(1, Ordering::SeqCst);
        Ok(if self.flipping == Some(turn) { Box::new(Flipped(file, false)) } else { file })
    }
}

/// A card with some files, a growing folder and a shelf.
struct Scene {
    dir: tempfile::TempDir,
    shelf: Folder,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("card")).unwrap();
        let shelf = Folder::new(&dir.path().join("shelf"));
        Self { dir, shelf }
    }
    fn card(&self) -> PathBuf {
        self.dir.path().join("card")
    }
    fn growing(&self) -> PathBuf {
        self.dir.path().join("growing")
    }
    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.card().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
    fn plan(&self) -> Plan {
        plan(&[self.card()]).unwrap()
    }
    fn take(&self, disk: &dyn Disk, gauge: &Gauge) -> Outcome {
        let plan = self.plan();
        offload_with(disk, &plan, &self.growing(), &self.shelf, Told { gauge, tell: &|_, _| {} })
    }
    fn parts(&self) -> usize {
        std::fs::read_dir(self.growing()).map_or(0, Iterator::count)
    }
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

fn state_of<'a>(outcome: &'a Outcome, name: &str) -> &'a FileState {
    &outcome.files.iter().find(|file| file.source.name == name).expect("in the plan").state
}

#[test]
fn every_file_of_a_card_is_verified_and_the_card_is_untouched() {
    let scene = Scene::new();
    let small = noise(1, 30_000);
    let large = noise(2, 13_000_001);
    scene.put("DCIM/100/IMG_0001.JPG", &small);
    scene.put("DCIM/101/IMG_0001.JPG", &large);
    scene.put("照片/村口🌾.jpg", &noise(3, 4 << 20));
    let before = std::fs::metadata(scene.card().join("DCIM")).unwrap().modified().unwrap();
    let gauge = Gauge::default();

    let outcome = scene.take(&RealDisk, &gauge);

    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(outcome.files.len(), 3, "two files of one name are two files");
    assert!(scene.shelf.holds(&small) && scene.shelf.holds(&large));
    assert_eq!(gauge.done(), gauge.total(), "every byte is counted twice: copied and verified");
    assert_eq!(scene.parts(), 0, "nothing half is left");
    assert_eq!(std::fs::metadata(scene.card().join("DCIM")).unwrap().modified().unwrap(), before);
}

#[test]
fn a_file_that_is_there_already_is_not_taken_twice() {
    let scene = Scene::new();
    scene.put("a.jpg", &noise(1, 5000));
    scene.put("copy of a.jpg", &noise(1, 5000));

    let first = scene.take(&RealDisk, &Gauge::default());
    let again = scene.take(&RealDisk, &Gauge::default());

    assert!(matches!(state_of(&first, "a.jpg"), FileState::Verified { .. }));
    assert!(
        matches!(state_of(&first, "copy of a.jpg"), FileState::Duplicate { .. }),
        "found within one import"
    );
    assert!(again.files.iter().all(|file| matches!(file.state, FileState::Duplicate { .. })));
    assert_eq!(scene.shelf.count(), 1);
}

#[test]
fn a_stopped_import_keeps_what_is_safe_and_drops_what_is_half() {
    let scene = Scene::new();
    for index in 0..6 {
        scene.put(&format!("{index}.jpg"), &noise(index, 9 << 20));
    }
    let gauge = Gauge::default();
    let told = |_: usize, file: &FileReport| {
        if file.state.safe().is_some() {
            gauge.ask_to_stop();
        }
    };

    let outcome = offload(&scene.plan(), &scene.growing(), &scene.shelf, &gauge, &told);

    assert_eq!(outcome.cut_short, Some(CaptureError::Stopped));
    assert!(outcome.safe() >= 1, "the first was safe before the stop");
    assert!(outcome.safe() < 6, "the last was not begun");
    assert_eq!(scene.shelf.count(), outcome.safe(), "what is said to be safe is on the shelf, and only that");
    assert_eq!(scene.parts(), 0);

    let resumed = scene.take(&RealDisk, &Gauge::default());
    assert!(resumed.is_complete(), "the rest comes in when it is started again");
}

#[test]
fn a_full_disk_stops_the_import_and_everything_done_stays() {
    for (len, room) in [(3_000_000, 10_000_000), (9 << 20, 40 << 20)] {
        let scene = Scene::new();
        for index in 0..6 {
            scene.put(&format!("{index}.jpg"), &noise(index, len));
        }
        let disk = Faulty { room: Some(room), ..Faulty::default() };

        let outcome = scene.take(&disk, &Gauge::default());

        let whole = usize::try_from(room).unwrap() / len;
        assert_eq!(outcome.safe(), whole, "what fitted is safe");
        assert_eq!(scene.shelf.count(), whole);
        let missing_bytes = ((6 - whole) * len) as u64;
        assert_eq!(outcome.cut_short, Some(CaptureError::DiskFull { missing_bytes }));
        assert_eq!(outcome.cut_short.unwrap().code(), "capture.disk-full");
        assert_eq!(scene.parts(), 0, "the half file gives its room back");
    }
}

#[test]
fn a_full_shelf_stops_the_import() {
    let mut scene = Scene::new();
    scene.shelf.full = true;
    scene.put("a.jpg", &noise(1, 5000));

    let outcome = scene.take(&RealDisk, &Gauge::default());

    assert_eq!(outcome.cut_short, Some(CaptureError::DiskFull { missing_bytes: 5000 }));
}

#[test]
fn one_bad_file_stops_no_other() {
    let scene = Scene::new();
    scene.put("1 good.jpg", &noise(1, 50_000));
    let vanishing = scene.put("2 vanishes.jpg", &noise(2, 50_000));
    let growing = scene.put("3 grows.jpg", &noise(3, 50_000));
    let failing = scene.put("4 bad sector.jpg", &noise(4, 9 << 20));
    scene.put("5 empty.jpg", b"");
    scene.put("6 good.jpg", &noise(6, 50_000));
    let gauge = Gauge::default();
    let disk = Faulty {
        vanishing: Some(vanishing),
        growing: Some(growing),
        failing: Some((failing, 5 << 20)),
        ..Faulty::default()
    };

    let outcome = scene.take(&disk, &gauge);

    let failed = |name: &str| match state_of(&outcome, name) {
        FileState::Failed(error) => error.code(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(failed("2 vanishes.jpg"), "capture.vanished");
    assert_eq!(failed("3 grows.jpg"), "capture.changed");
    assert_eq!(failed("4 bad sector.jpg"), "capture.unreadable");
    assert_eq!(failed("5 empty.jpg"), "capture.empty");
    assert_eq!(outcome.safe(), 2);
    assert_eq!(outcome.cut_short, None, "it went through to the end");
    assert!(!outcome.is_complete(), "but the card may not be erased");
    assert_eq!(gauge.done(), gauge.total());
    assert_eq!(scene.parts(), 0);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_reported_by_its_name() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    let locked = scene.put("locked.jpg", &noise(1, 500));
    scene.put("open.jpg", &noise(2, 500));
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&locked).is_ok() {
        println!("left out: this account reads everything");
        return;
    }

    let outcome = scene.take(&RealDisk, &Gauge::default());

    assert!(matches!(state_of(&outcome, "locked.jpg"), FileState::Failed(CaptureError::Unreadable { .. })));
    assert!(state_of(&outcome, "open.jpg").safe().is_some());
}

#[test]
fn a_pulled_card_is_told_once_not_for_every_file() {
    let scene = Scene::new();
    scene.put("1.jpg", &noise(1, 5000));
    let when = scene.put("2.jpg", &noise(2, 5000));
    scene.put("3.jpg", &noise(3, 5000));
    let disk = Faulty { pulled: Some((when, scene.card())), ..Faulty::default() };

    let outcome = scene.take(&disk, &Gauge::default());

    assert_eq!(outcome.cut_short, Some(CaptureError::CardGone));
    assert!(state_of(&outcome, "1.jpg").safe().is_some(), "what was copied whole becomes safe");
    assert_eq!(*state_of(&outcome, "3.jpg"), FileState::Planned, "what did not come may come again");
}

#[test]
fn a_copy_that_is_not_faithful_is_caught_when_it_is_read_back() {
    for len in [50_000, 9 << 20] {
        let scene = Scene::new();
        scene.put("1.jpg", &noise(1, len));
        scene.put("2.jpg", &noise(2, len));
        let disk = Faulty { flipping: Some(0), ..Faulty::default() };

        let outcome = scene.take(&disk, &Gauge::default());

        assert!(matches!(state_of(&outcome, "1.jpg"), FileState::Failed(CaptureError::NotFaithful { .. })));
        assert!(state_of(&outcome, "2.jpg").safe().is_some());
        assert_eq!(scene.shelf.count(), 1, "the unfaithful copy never reached the shelf");
    }
}

#[cfg(unix)]
#[test]
fn links_hidden_and_growing_files_stay_where_they_are() {
    let scene = Scene::new();
    let outside = scene.dir.path().join("private.jpg");
    std::fs::write(&outside, noise(9, 500)).unwrap();
    std::os::unix::fs::symlink(&outside, scene.card().join("link.jpg")).unwrap();
    std::os::unix::fs::symlink(scene.dir.path(), scene.card().join("loop")).unwrap();
    scene.put(".Trash/old.jpg", b"x");
    scene.put("._IMG.jpg", b"x");
    scene.put("clip.mp4.part", b"x");
    scene.put("notes.txt", b"hello");
    scene.put("IMG.jpg", &noise(1, 500));

    let plan = scene.plan();

    let names: Vec<_> = plan.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["IMG.jpg"]);
    let why = |name: &str| plan.left_out.iter().find(|left| left.path.ends_with(name)).map(|left| &left.why);
    assert_eq!(why("link.jpg"), Some(&WhyLeftOut::Link));
    assert_eq!(why("loop"), Some(&WhyLeftOut::Link));
    assert_eq!(why("clip.mp4.part"), Some(&WhyLeftOut::Unfinished));
    assert_eq!(why("notes.txt"), Some(&WhyLeftOut::NotMaterial));
    assert_eq!(why("old.jpg"), None, "hidden files are not spoken of");
}

#[test]
fn a_file_chosen_twice_comes_once_and_a_missing_choice_is_refused() {
    let scene = Scene::new();
    let path = scene.put("a.jpg", &noise(1, 500));

    let twice = plan(&[path.clone(), scene.card(), path]).unwrap();

    assert_eq!(twice.files.len(), 1);
    assert_eq!(plan(&[scene.card().join("none")]).unwrap_err().code(), "capture.no-folder");
}

#[test]
fn parts_that_a_crash_left_are_swept_and_nothing_else() {
    let scene = Scene::new();
    std::fs::create_dir_all(scene.growing()).unwrap();
    std::fs::write(scene.growing().join(".part-1-2-3"), b"half").unwrap();
    std::fs::write(scene.growing().join("whole"), b"whole").unwrap();

    assert_eq!(sweep_parts(&scene.growing()).unwrap(), 1);
    assert_eq!(scene.parts(), 1);
}

#[test]
fn every_real_sample_comes_in_with_its_kind() {
    let place = std::env::var_os("SATCHEL_SAMPLES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples"), PathBuf::from);
    if !place.is_dir() {
        println!("left out: no samples of real cameras here");
        return;
    }
    let scene = Scene::new();
    let plan = plan(std::slice::from_ref(&place)).unwrap();

    let outcome = offload(&plan, &scene.growing(), &scene.shelf, &Gauge::default(), &|_, _| {});

    assert!(outcome.is_complete(), "broken files are evidence and come in too: {outcome:?}");
    for file in &outcome.files {
        let real = std::fs::read(&file.source.path).unwrap();
        assert_eq!(file.state.safe().unwrap().0, *blake3::hash(&real).as_bytes(), "{}", file.source.name);
    }
    for kind in ["heic", "raw", "video", "photos"] {
        let took = outcome.files.iter().filter(|file| file.source.path.starts_with(place.join(kind))).count();
        let there = std::fs::read_dir(place.join(kind)).unwrap().count();
        assert_eq!(took, there, "{kind}");
    }
}

/// Reads a folder's files from front to back and hashes them, as `b3sum` does.
fn read_all(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(std::fs::File::open(entry.path()).unwrap()).unwrap();
    }
}

/// Prints the time beside that of `cp`, `sync` and hashing both sides; a measure, not a law.
///
/// The peer's read-back comes once from memory, which proves nothing, and once from the disk, as ours does.
#[test]
#[ignore = "a measure, run by hand"]
fn measure_a_gigabyte() {
    let scene = Scene::new();
    for index in 0..4 {
        scene.put(&format!("{index}.mp4"), &noise(index, 192 << 20));
    }
    for index in 10..60 {
        scene.put(&format!("{index}.jpg"), &noise(index, 5 << 20));
    }
    let run = |program: &str, args: &[&std::ffi::OsStr]| {
        assert!(std::process::Command::new(program).args(args).status().unwrap().success());
    };
    run("sync", &["-f".as_ref(), scene.card().as_ref()]);
    let copy = scene.dir.path().join("copy");
    let clock = std::time::Instant::now();
    run("cp", &["-r".as_ref(), scene.card().as_ref(), copy.as_ref()]);
    run("sync", &["-f".as_ref(), copy.as_ref()]);
    read_all(&scene.card());
    let copied = clock.elapsed();
    read_all(&copy);
    let from_memory = clock.elapsed();
    for entry in std::fs::read_dir(&copy).unwrap().flatten() {
        let file = [std::ffi::OsString::from("if="), entry.path().into()].concat_os();
        run("dd", &[file.as_ref(), "iflag=nocache".as_ref(), "count=0".as_ref(), "status=none".as_ref()]);
    }
    let clock = std::time::Instant::now();
    read_all(&copy);
    let from_disk = copied + clock.elapsed();
    let clock = std::time::Instant::now();
    let outcome = scene.take(&RealDisk, &Gauge::default());
    let ours = clock.elapsed();
    assert!(outcome.is_complete());
    for (name, peer) in [("memory", from_memory), ("disk", from_disk)] {
        println!(
            "read back from {name}: {peer:?}, offload {ours:?}, ratio {:.2}",
            peer.as_secs_f64() / ours.as_secs_f64()
        );
    }
}

trait ConcatOs {
    fn concat_os(self) -> std::ffi::OsString;
}

impl ConcatOs for [std::ffi::OsString; 2] {
    fn concat_os(self) -> std::ffi::OsString {
        let [mut first, second] = self;
        first.push(second);
        first
    }
}
