//! Laptops nearby: what two of them exchange without a pool, whom they refuse, and what the pool makes of it later.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use satchel_testkit::Dice;
use serde_json::Value;

use crate::centre::{Centre, Laptop};
use crate::journey::{file_a_story, text};

fn meet(laptop: &Laptop, place: &str) -> Value {
    laptop.ok(&["nearby", "meet", place])
}

/// The caller's card and the listener's, after one meeting.
fn meeting(caller: &Laptop, listener: &Laptop) -> (Value, Value) {
    let door = listener.listens();
    let told = meet(caller, &door.place);
    (told, door.close())
}

fn state(laptop: &Laptop, story: &str) -> String {
    text(&laptop.ok(&["show", story])["card"]["state"])
}

fn whereabouts(laptop: &Laptop, story: &str) -> String {
    text(&laptop.ok(&["show", story])["card"]["whereabouts"]["at"])
}

/// The newest place of the pool's order.
fn head(centre: &Centre) -> u64 {
    let address = centre.url.trim_start_matches("http://");
    let mut line = TcpStream::connect(address).unwrap();
    write!(line, "GET /health HTTP/1.1\r\nhost: pool\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    serde_json::from_str::<Value>(body).unwrap()["head"].as_u64().unwrap()
}

/// The clips of a story that are here as a person sees them: name, size, whether it can be seen.
fn clips(laptop: &Laptop, story: &str) -> Vec<Value> {
    let mut clips = laptop.ok(&["clips", "--story", story]).as_array().unwrap().clone();
    clips.sort_by_key(|clip| text(&clip["clip"]));
    clips
}

#[test]
fn what_was_filed_is_passed_nearby_and_the_pool_believes_it_when_one_of_them_comes() {
    let mut centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("乡镇记者", &["reporter"]);
    reporter.sync();
    let editor = centre.person("编辑", &["editor"]);
    editor.sync();
    let before = head(&centre);
    centre.switch_off();
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));
    let waiting = reporter.ok(&["sync-state"])["recordsWaiting"].as_u64().unwrap();

    // The reporter's laptop has never heard of the editor's: only the code that the editor shows opens the line.
    let door = editor.listens();
    assert_eq!(reporter.refused(&["nearby", "meet", door.address()]), "lan.stranger");
    let told = meet(&reporter, &door.place);
    let heard = door.close();
    println!("reporter: {told}\neditor: {heard}");
    assert_eq!(told["peers"][0]["name"], "编辑");
    assert_eq!(heard["peers"][0]["name"], "乡镇记者");
    assert_eq!(told["peers"][0]["gaveRecords"], heard["peers"][0]["records"]);
    assert_eq!(heard["carried"].as_u64(), Some(waiting), "all that waited is carried now");

    assert_eq!(state(&editor, &story), "awaiting-first", "the editor has the filed story");
    assert_eq!(whereabouts(&editor, &story), "waiting", "what came from nearby is not in the pool");
    let seen = clips(&editor, &story);
    assert_eq!(seen.len(), 3, "photo, film and cut: {seen:?}");
    assert!(seen.iter().all(|clip| clip["hasThumb"] == true), "each can be seen: {seen:?}");
    let photo = seen.iter().find(|clip| clip["kind"] == "picture").unwrap();
    assert_eq!((photo["note"].is_null(), &photo["whereabouts"]["at"]), (true, &"local".into()), "{photo}");
    assert_eq!(
        reporter.ok(&["sync-state"])["recordsWaiting"].as_u64(),
        Some(waiting),
        "nothing counts as sent"
    );

    editor.ok(&["claim", &story]);
    editor.ok(&["pass", &story]);
    let (told, _) = meeting(&editor, &reporter);
    assert!(told["peers"][0]["gaveRecords"].as_u64() >= Some(2), "{told}");
    assert_eq!(state(&reporter, &story), "awaiting-second", "the reporter sees that it was passed");
    let signature = reporter.ok(&["review", &story])["signatures"][0].clone();
    assert_eq!((&signature["byName"], &signature["verdict"]), (&"编辑".into(), &"proposed".into()));
    let (again, _) = meeting(&editor, &reporter);
    let peer = &again["peers"][0];
    assert_eq!(
        (&peer["records"], &peer["clips"], &peer["gaveRecords"], &peer["gaveClips"]),
        (&0.into(), &0.into(), &0.into(), &0.into()),
        "a second meeting moves nothing: {again}"
    );

    centre.switch_on();
    editor.sync();
    editor.sync(); // the verdict on what the first brought
    let with_editor = head(&centre);
    assert_eq!(state(&editor, &story), "awaiting-second");
    let signature = editor.ok(&["review", &story])["signatures"][0].clone();
    assert_eq!(
        signature["verdict"], "accepted",
        "the pool judged the story before its signature: {signature}"
    );
    println!("the pool's order: {before} before, {with_editor} with the editor");
    reporter.sync();
    println!("{} with the reporter", head(&centre));
    assert_eq!(head(&centre), with_editor, "the editor had carried every record of the reporter");
    let now = reporter.ok(&["sync-state"]);
    assert_eq!((&now["recordsWaiting"], &now["itemsWaiting"]), (&0.into(), &0.into()), "{now}");
    editor.sync();
    for laptop in [&reporter, &editor] {
        assert_eq!(whereabouts(laptop, &story), "pooled", "{}", laptop.name);
        let (door, _) = (laptop.ok(&["show", &story]), ());
        assert_eq!(door["rev"], reporter.ok(&["show", &story])["rev"]);
    }
}

#[test]
fn strangers_the_revoked_and_another_centre_are_shown_nothing() {
    let mut centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let editor = centre.person("编辑", &["editor"]);
    let lost = centre.person("丢了电脑的人", &["reporter"]);
    for laptop in [&reporter, &editor, &lost, &reporter] {
        laptop.sync();
    }
    let elsewhere = Centre::found("邻县融媒体中心");
    let foreign = elsewhere.person("邻县记者", &["reporter"]);
    foreign.sync();
    let never = centre.invite("还没登记的人", &["reporter"]);
    let story = text(&reporter.ok(&["new", "只给自己人看"])["story"]);

    let door = reporter.listens();
    assert_eq!(foreign.refused(&["nearby", "meet", door.address()]), "lan.stranger", "it is not known there");
    assert_eq!(foreign.refused(&["nearby", "meet", &door.place]), "lan.other-centre");
    let told = door.close();
    assert_eq!(told["peers"], serde_json::json!([]), "{told}");
    let door = foreign.listens();
    assert_eq!(reporter.refused(&["nearby", "meet", &door.place]), "lan.other-centre");
    door.close();

    centre.revoke(&lost);
    reporter.sync();
    centre.switch_off();
    let door = reporter.listens();
    let code = lost.refused(&["nearby", "meet", &door.place]);
    assert!(["lan.revoked", "lan.refused"].contains(&code.as_str()), "{code}");
    let told = door.close();
    assert_eq!(told["peers"], serde_json::json!([]), "{told}");
    let door = lost.listens();
    assert_eq!(reporter.refused(&["nearby", "meet", &door.place]), "lan.stranger", "its key is refused");
    door.close();
    assert_eq!(lost.run(&["show", &story]).unwrap_err()["code"], "desk.unknown");

    // Who knows nothing yet of the revocation learns it from the first laptop nearby that does.
    assert!(meeting(&lost, &editor).0["peers"][0]["records"].is_number());
    meeting(&reporter, &editor);
    let door = editor.listens();
    let code = lost.refused(&["nearby", "meet", &door.place]);
    assert!(["lan.revoked", "lan.refused"].contains(&code.as_str()), "{code}");
    door.close();

    let newcomer =
        Laptop { library: centre.dir.path().join("library-new"), name: "还没登记的人".into() };
    newcomer.ok(&["join", &never.display().to_string()]);
    assert_eq!(newcomer.refused(&["nearby", "meet", "127.0.0.1:9"]), "lan.not-joined");
}

/// A line that is cut after so many bytes, both ways together; no limit below zero.
struct Cable {
    address: SocketAddr,
    left: Arc<AtomicI64>,
    passed: Arc<AtomicI64>,
    is_over: Arc<AtomicBool>,
}

impl Cable {
    fn to(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (left, passed) = (Arc::new(AtomicI64::new(-1)), Arc::new(AtomicI64::new(0)));
        let is_over = Arc::new(AtomicBool::new(false));
        let cable = Self { address, left, passed, is_over };
        let (left, passed, is_over) =
            (Arc::clone(&cable.left), Arc::clone(&cable.passed), Arc::clone(&cable.is_over));
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(far) = TcpStream::connect(&upstream) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (left, passed) = (Arc::clone(&left), Arc::clone(&passed));
                    std::thread::spawn(move || carry(from, to, &left, &passed));
                }
            }
        });
        cable
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, left: &AtomicI64, passed: &AtomicI64) {
    let mut buffer = [0; 4_096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let count = i64::try_from(count).unwrap();
        let before = left.load(Ordering::SeqCst);
        if before >= 0 && left.fetch_sub(count, Ordering::SeqCst) < count {
            left.store(0, Ordering::SeqCst);
            break;
        }
        passed.fetch_add(count, Ordering::SeqCst);
        if to.write_all(&buffer[..usize::try_from(count).unwrap()]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

#[test]
fn a_line_that_is_cut_at_any_byte_goes_on_where_it_was() {
    let seed = 57;
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let mut centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let editor = centre.person("编辑", &["editor"]);
    for laptop in [&reporter, &editor, &reporter] {
        laptop.sync();
    }
    centre.switch_off();
    let story = file_a_story(&reporter, &centre.dir.path().join("card"));

    let door = editor.listens();
    let cable = Cable::to(door.address().to_owned());
    let place = format!("{}/{}", cable.address, door.place.split('/').nth(1).unwrap());
    let mut cuts = 0;
    for _ in 0..12 {
        cable.left.store(i64::try_from(dice.between(200, 250_000)).unwrap(), Ordering::SeqCst);
        cuts += usize::from(reporter.run(&["nearby", "meet", &place]).is_err());
    }
    let cut = cable.passed.load(Ordering::SeqCst);
    cable.left.store(-1, Ordering::SeqCst);
    let told = meet(&reporter, &place);
    let whole = cable.passed.load(Ordering::SeqCst);
    println!("{cuts} of 12 meetings were cut; {cut} bytes until then, {whole} in all; {told}");
    assert!(cuts >= 3, "the line was hardly cut");
    let heard = door.close();
    drop(cable);

    assert_eq!(state(&editor, &story), "awaiting-first");
    let (here, there) = (clips(&reporter, &story), clips(&editor, &story));
    let facts = |clips: &[Value]| -> Vec<(Value, Value)> {
        clips.iter().map(|clip| (clip["clip"].clone(), clip["blob"].clone())).collect()
    };
    assert_eq!(facts(&here), facts(&there), "both show the same clips");
    assert!(there.iter().all(|clip| clip["hasThumb"] == true), "{there:?}");
    let waiting = reporter.ok(&["sync-state"])["recordsWaiting"].as_u64();
    assert_eq!(heard["carried"].as_u64(), waiting, "every record is there, and none twice");

    centre.switch_on();
    reporter.sync();
    editor.sync();
    assert_eq!(editor.ok(&["sync-state"])["recordsWaiting"], 0);
    assert_eq!(whereabouts(&editor, &story), "pooled");
}
