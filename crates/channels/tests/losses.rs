//! Lost answers, kills and power cuts: a pack is out once, or not at all, and never half.
//!
//! sync.md 7.1, invariant 32. `LOSSES` asks for a number of each, `SEED` repeats a run.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/receiver.rs"]
mod receiver;

use std::sync::Arc;
use std::time::SystemTime;

use desk::{Diary, Shelf, package};
use receiver::{names, received, sftp};
use satchel_channels::{Adapter, Class, Lookup};
use satchel_testkit::{Dice, Fault, Proxy, Sshd};

/// The dice of a run and how many losses it wants.
fn asked(usual: usize) -> (Dice, usize) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = number("SEED").unwrap_or(now);
    let losses = number("LOSSES").map_or(usual, |losses| losses as usize);
    println!("SEED={seed} LOSSES={losses}");
    (Dice::new(seed), losses)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_cut_anywhere_either_way_brings_a_pack_out_once() {
    let (mut dice, losses) = asked(6);
    let sshd = Sshd::start().unwrap();
    let proxy = Proxy::start(([127, 0, 0, 1], sshd.port).into()).unwrap();
    let channel = sftp(&sshd, proxy.address().port());
    let shelf = Shelf::with(&["jpg"]);
    let (mut lost, mut looked_up, mut packs) = (0, 0, 0);
    while lost < losses {
        packs += 1;
        let marker = format!("pack-{packs}");
        let package = package(&marker, "给电视台的一包", &shelf);
        loop {
            let bytes = 1_000 + dice.below(24_000); // a pack needs some more
            let cut = [Fault::CutRequestAfter(bytes), Fault::CutAnswerAfter(bytes / 4)];
            let was_there = received(&sshd.drop_folder, &marker);
            proxy.only_at(1, cut[dice.below(2)].clone());
            let outcome = channel.release(&package, shelf.clone(), &Diary::default()).await;
            proxy.clear();
            let is_there = received(&sshd.drop_folder, &marker);
            let Err(error) = outcome else {
                assert!(is_there, "a receipt is a proof");
                break;
            };
            lost += 1;
            assert!(matches!(error.class(), Class::Retry | Class::Lookup), "{error:?}");
            let is_told = was_there || !is_there || error.class() == Class::Lookup;
            assert!(is_told, "{error:?} though it came out just now");
            looked_up += usize::from(error.class() == Class::Lookup);
            match channel.lookup(&marker).await.unwrap() {
                Lookup::Found { .. } => assert!(is_there),
                other => assert!(!is_there && other == Lookup::NotFound, "{other:?}"),
            }
        }
        let ok = format!("{marker}.ok");
        assert_eq!(names(&sshd.drop_folder), ["01.jpg", "manifest.json", ok.as_str(), "story.html"]);
        channel.withdraw(&marker, &marker).await.unwrap();
    }
    println!("{lost} lines cut in {packs} packs, {looked_up} of them had to be looked up: each is out once");
}

#[cfg(target_os = "linux")]
mod cuts {
    use std::fs::File;
    use std::io::Write as _;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::sync::Mutex;

    use async_trait::async_trait;
    use satchel_channels::{PushError, StepLog, folder};
    use satchel_testkit::cuts::{Disk, Recorder, SAID, quick_folder};

    use super::*;

    const FOLDER: &str = "SATCHEL_CUTS_PACKS";
    /// The folder with the material, the same for the child and the judge.
    const MATERIAL: &str = "SATCHEL_CUTS_MATERIAL";
    const MARKER: &str = "cut-pack";
    /// Where the packs go, below the folder that is recorded.
    const OUT: &str = "out";
    /// What the child acknowledges: that it is about to put the `.ok` there, and that it has its receipt.
    const DISPATCHED: &str = "dispatched\n";
    const RECEIPT: &str = "receipt\n";

    /// A diary on the recorded disk.
    struct Kept(Mutex<File>);

    #[async_trait]
    impl StepLog for Kept {
        async fn dispatched(&self, _: &str) -> Result<(), PushError> {
            self.0.lock().unwrap().write_all(DISPATCHED.as_bytes()).unwrap();
            Ok(())
        }
    }

    /// Not a law by itself: the program whose writes are recorded.
    #[tokio::test]
    async fn the_recorded_child() {
        let Ok(here) = std::env::var(FOLDER) else { return };
        let here: &Path = here.as_ref();
        let said = File::options().create(true).append(true).open(here.join(SAID)).unwrap();
        let kept = Kept(Mutex::new(said));
        let material = std::env::var(MATERIAL).unwrap();
        let shelf = Arc::new(Shelf::in_folder(material.as_ref(), &["jpg", "jpg"]));
        let package = package(MARKER, "给电视台的一包", &shelf);
        folder(here.join(OUT), false).unwrap().release(&package, shelf, &kept).await.unwrap();
        kept.0.lock().unwrap().write_all(RECEIPT.as_bytes()).unwrap();
    }

    #[tokio::test]
    async fn a_kill_or_a_power_cut_anywhere_brings_a_pack_out_once() {
        let (mut dice, losses) = asked(40);
        let live = quick_folder().unwrap();
        std::fs::create_dir(live.path().join(OUT)).unwrap();
        let mut disk = Disk::of_folder(live.path()).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["cuts::the_recorded_child", "--exact", "--test-threads=1"]).stdout(Stdio::null());
        let material = tempfile::tempdir().unwrap();
        let shelf = Arc::new(Shelf::in_folder(material.path(), &["jpg", "jpg"]));
        child.env(FOLDER, live.path()).env(MATERIAL, material.path());
        let notes = Recorder::build().unwrap().record(&mut child, live.path()).unwrap();
        let mut moments: Vec<_> = (0..losses).map(|_| dice.below(notes.len() + 1)).collect();
        moments.sort_unstable();
        let (mut played, mut kills, mut found) = (0, 0, 0);
        for moment in moments {
            notes[played..moment].iter().for_each(|note| disk.play(note).unwrap());
            played = moment;
            let after = quick_folder().unwrap();
            if dice.one_in(3) {
                kills += 1;
                disk.lay_out_after_a_kill(after.path()).unwrap();
            } else {
                disk.lay_out(after.path(), &mut dice).unwrap();
            }
            let is_out = judge(&after.path().join(OUT), disk.said(), &shelf).await;
            found += usize::from(is_out);
        }
        println!("{losses} losses in {} notes, {kills} of them kills; {found} were out by then", notes.len());
    }

    /// What stands after the loss, and what comes of going on. Whether the pack was out.
    async fn judge(out: &Path, said: &str, shelf: &Arc<Shelf>) -> bool {
        let is_out = received(out, MARKER);
        assert!(is_out || !said.contains(RECEIPT), "a receipt outlives every loss");
        assert!(!is_out || said.contains(DISPATCHED), "nothing is out that was not announced");
        let channel = folder(out.to_owned(), false).unwrap();
        match channel.lookup(MARKER).await.unwrap() {
            Lookup::Found { .. } => assert!(is_out),
            other => assert!(!is_out && other == Lookup::NotFound, "{other:?}"),
        }
        let diary = Diary::default();
        let package = package(MARKER, "给电视台的一包", shelf);
        channel.release(&package, shelf.clone(), &diary).await.unwrap();
        assert_eq!(diary.dispatched().is_empty(), is_out, "what is out is not put out again");
        assert!(received(out, MARKER));
        let whole = ["01.jpg", "02.jpg", "cut-pack.ok", "manifest.json", "story.html"];
        let there = names(out);
        assert!(whole.iter().all(|name| there.contains(&(*name).to_owned())), "{there:?}");
        let strange: Vec<_> = there.iter().filter(|name| !whole.contains(&name.as_str())).collect();
        assert!(strange.iter().all(|name| name.ends_with(".part")), "{strange:?}");
        is_out
    }
}
