//! Bad material, bad answers: each is told with a way out, and nothing is lost.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::centre::Centre;
use crate::journey::text;

/// The head of a picture of 30,000 × 30,000 pixels: 900 megapixels if it were opened.
const HUGE_PNG: &[u8] =
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00u0\x00\x00u0\x08\x02\x00\x00\x00\xe9Eo\xed\
      \x00\x00\x00\x08IDATx\x9c\x03\x00\x00\x00\x00\x01H\x06\x89\xd2\x00\x00\x00\x00IEND\xaeB`\x82";
/// The head of a phone's picture of a kind that this machine may not be able to show.
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat";

/// A photo, each `shade` another one.
fn photo(path: &Path, shade: &str) {
    let source = format!("color={shade}:size=800x600:rate=1,noise=alls=40:all_seed=7");
    let done = std::process::Command::new("ffmpeg")
        .args(["-hide_banner", "-v", "error", "-f", "lavfi", "-i", &source, "-frames:v", "1"])
        .arg(path)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_card_full_of_trouble_comes_in_and_each_file_says_what_it_is() {
    let centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let story = text(&reporter.ok(&["new", "山路/快递 \\ 🍅 “丰收”"])["story"]);
    let card = centre.dir.path().join("card");
    for folder in ["DCIM/100", "DCIM/101"] {
        std::fs::create_dir_all(card.join(folder)).unwrap();
    }
    photo(&card.join("DCIM/100/IMG_0001.JPG"), "red");
    photo(&card.join("DCIM/101/IMG_0001.JPG"), "green");
    photo(&card.join("🍅 大丰收\\晚间.jpg"), "blue");
    let whole = std::fs::read(card.join("DCIM/100/IMG_0001.JPG")).unwrap();
    std::fs::write(card.join("半张.jpg"), &whole[..whole.len() * 2 / 3]).unwrap();
    std::fs::write(card.join("空.mp4"), b"").unwrap();
    std::fs::write(card.join("手机.heic"), HEIC).unwrap();
    std::fs::write(card.join("航拍.png"), HUGE_PNG).unwrap();

    let report = reporter.ok(&["import", &card.display().to_string(), "--story", &story]);

    assert_eq!(report["taken"], 6, "{report}");
    assert_eq!(
        report["failed"],
        serde_json::json!([{ "name": "空.mp4", "code": "capture.empty" }]),
        "{report}"
    );
    let clips = reporter.ok(&["clips", "--story", &story]);
    assert_eq!(named(&clips, "IMG_0001.JPG").len(), 2, "two files of one name are two clips: {clips}");
    assert!(named(&clips, "IMG_0001.JPG").iter().all(|clip| clip["note"] == Value::Null), "{clips}");
    assert_eq!(named(&clips, "🍅 大丰收\\晚间.jpg")[0]["hasThumb"], true, "{clips}");
    assert_eq!(note(&clips, "半张.jpg"), "torn");
    assert_eq!(note(&clips, "航拍.png"), "too-large");
    assert_eq!(note(&clips, "手机.heic"), "not-yet");
    assert_eq!(text(&reporter.ok(&["show", &story])["card"]["headline"]), "山路/快递 \\ 🍅 “丰收”");
}

fn named<'a>(clips: &'a Value, name: &str) -> Vec<&'a Value> {
    clips.as_array().unwrap().iter().filter(|clip| clip["name"] == name).collect()
}

fn note(clips: &Value, name: &str) -> String {
    let clip = named(clips, name);
    let clip = clip.first().unwrap_or_else(|| panic!("{name} is missing in {clips}"));
    clip["note"].as_str().unwrap_or_else(|| panic!("{name} says nothing: {clip}")).to_owned()
}

#[test]
fn a_pool_that_talks_nonsense_is_told_by_name_and_the_story_arrives_when_it_is_well_again() {
    let mut centre = Centre::found("山县融媒体中心");
    let reporter = centre.person("记者", &["reporter"]);
    let editor = centre.person("编辑", &["editor"]);
    reporter.sync();
    let story = text(&reporter.ok(&["new", "最后三公里"])["story"]);
    reporter.ok(&["write", &story, "--paragraph", "雾还没散，快递站的灯已经亮了。"]);
    let address: SocketAddr = centre.url.trim_start_matches("http://").parse().unwrap();
    centre.switch_off();

    let answers: [(&str, &str); 5] = [
        (
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops",
            "sync.pool-failed",
        ),
        ("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", "sync.signed-out"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 18\r\nconnection: close\r\n\r\n<html>hello</html>",
            "sync.captive-portal",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n\x01\x02\x03\x04\x05",
            "sync.garbled",
        ),
        ("", "sync.unreachable"),
    ];
    for (answer, trouble) in answers {
        let stranger = Stranger::answering(address, answer);
        let state = reporter.ok(&["sync", "--within", "4"]);
        drop(stranger);

        assert_eq!(state["trouble"], trouble, "to {answer:?}: {state}");
        assert!(state["recordsWaiting"].as_u64().unwrap() > 0, "{state}");
    }

    centre.switch_on();
    let state = reporter.sync();
    assert_eq!((&state["recordsWaiting"], &state["trouble"]), (&0.into(), &Value::Null), "{state}");
    editor.sync();
    assert_eq!(text(&editor.ok(&["show", &story])["card"]["headline"]), "最后三公里");
}

/// Somebody else who answers at the pool's address, always the same.
struct Stranger {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stranger {
    fn answering(address: SocketAddr, answer: &'static str) -> Self {
        let door = TcpListener::bind(address).unwrap();
        door.set_nonblocking(true).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                let Ok((mut line, _)) = door.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                let _ = line.set_nonblocking(false);
                let _ = line.set_read_timeout(Some(Duration::from_millis(200)));
                let _ = line.read(&mut [0; 64 * 1024]);
                let _ = line.write_all(answer.as_bytes());
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|end| end.is_ok()));
    }
}
