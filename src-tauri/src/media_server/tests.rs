//! Laws of the media server, over real sockets.

use std::io::{Read, Seek, Write};
use std::net::TcpStream;

use satchel_desk::{MediaFile, MediaKind};
use satchel_failure::{Answer, Failure, Remedy};
use satchel_terms::ClipId;

use super::{MediaServer, Shelf};

const CLIP: ClipId = ClipId([7; 16]);

/// A shelf with one clip of ten thousand bytes.
#[derive(Clone)]
struct OneClip;

fn byte_at(place: u64) -> u8 {
    u8::try_from(place % 251).unwrap()
}

impl Shelf for OneClip {
    async fn media(&self, kind: MediaKind, clip: ClipId) -> Answer<MediaFile> {
        if clip != CLIP || kind != MediaKind::Play {
            let code = "desk.unknown".to_owned();
            return Err(Failure {
                code,
                params: Default::default(),
                message: String::new(),
                remedy: Remedy::Reload,
            });
        }
        let bytes: Vec<u8> = (0..10_000).map(byte_at).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        file.rewind().unwrap();
        Ok(MediaFile { file, len: 10_000, mime: "video/mp4".into() })
    }
}

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// Asks as a stranger could: `path` behind the base, any method and headers.
fn ask(server: &MediaServer, method: &str, path: &str, host: Option<&str>, more: &str) -> Reply {
    let own = server.base().strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(own).unwrap();
    let host = host.unwrap_or(own);
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n").unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let split = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(all[..split].to_vec()).unwrap().to_lowercase();
    Reply { status: head[9..12].parse().unwrap(), head, body: all[split + 4..].to_vec() }
}

fn path_of(server: &MediaServer, rest: &str) -> String {
    let secret = server.base().trim_end_matches('/').rsplit('/').next().unwrap();
    format!("/{secret}/{rest}")
}

fn get(server: &MediaServer, rest: &str, more: &str) -> Reply {
    ask(server, "GET", &path_of(server, rest), None, more)
}

#[test]
fn a_clip_is_served_whole_with_its_type() {
    let server = MediaServer::start(OneClip).unwrap();

    let reply = get(&server, &format!("play/{CLIP}"), "");

    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.len(), 10_000);
    assert!(reply.head.contains("content-type: video/mp4"));
    assert!(reply.head.contains("accept-ranges: bytes"));
    assert!(reply.head.contains("nosniff"));
}

#[test]
fn any_range_gives_exactly_its_bytes() {
    let server = MediaServer::start(OneClip).unwrap();

    for (from, last) in [(0_u64, 0_u64), (0, 9_999), (5_000, 5_009), (9_999, 9_999), (17, 9_000)] {
        let reply = get(&server, &format!("play/{CLIP}"), &format!("Range: bytes={from}-{last}\r\n"));

        let wanted: Vec<u8> = (from..=last).map(byte_at).collect();
        assert_eq!(reply.status, 206);
        assert!(reply.body == wanted, "bytes {from} to {last}");
        assert!(reply.head.contains(&format!("content-range: bytes {from}-{last}/10000")));
    }
}

#[test]
fn a_range_behind_the_end_is_refused_with_the_length() {
    let server = MediaServer::start(OneClip).unwrap();

    let reply = get(&server, &format!("play/{CLIP}"), "Range: bytes=10000-\r\n");

    assert_eq!(reply.status, 416);
    assert!(reply.head.contains("content-range: bytes */10000"));
}

#[test]
fn head_tells_the_length_and_sends_nothing() {
    let server = MediaServer::start(OneClip).unwrap();

    let reply = ask(&server, "HEAD", &path_of(&server, &format!("play/{CLIP}")), None, "");

    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert!(reply.head.contains("content-length: 10000"));
}

#[test]
fn without_the_secret_there_is_nothing() {
    let server = MediaServer::start(OneClip).unwrap();
    let wrong = "0".repeat(32);

    for path in
        ["/".to_owned(), format!("/play/{CLIP}"), format!("/{wrong}/play/{CLIP}"), format!("//play/{CLIP}")]
    {
        assert_eq!(ask(&server, "GET", &path, None, "").status, 404, "{path}");
    }
}

#[test]
fn a_request_for_another_host_is_refused() {
    let server = MediaServer::start(OneClip).unwrap();
    let path = path_of(&server, &format!("play/{CLIP}"));

    for host in ["evil.example", "localhost", "127.0.0.1:1"] {
        assert_eq!(ask(&server, "GET", &path, Some(host), "").status, 403, "{host}");
    }
}

#[test]
fn unknown_clips_forms_and_methods_are_refused() {
    let server = MediaServer::start(OneClip).unwrap();

    assert_eq!(get(&server, &format!("thumb/{CLIP}"), "").status, 404);
    assert_eq!(get(&server, &format!("raw/{CLIP}"), "").status, 404);
    assert_eq!(get(&server, "play/../../etc/passwd", "").status, 404);
    assert_eq!(get(&server, "play/zz", "").status, 404);
    assert_eq!(ask(&server, "POST", &path_of(&server, &format!("play/{CLIP}")), None, "").status, 405);
}

#[test]
fn two_runs_never_share_a_secret() {
    let one = MediaServer::start(OneClip).unwrap();
    let other = MediaServer::start(OneClip).unwrap();

    assert_ne!(path_of(&one, ""), path_of(&other, ""));
}
