//! A real connection over the bad line: what it carries, and what breaks it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use satchel_testkit::{Link, LinkPlan};

/// A server that answers every byte with itself.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut from, mut to) = (client.as_ref().unwrap().try_clone().unwrap(), client.unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    address
}

fn plan() -> LinkPlan {
    LinkPlan { delay: Duration::from_millis(20), ..LinkPlan::village(11).at_rate(8_000_000) }
}

#[test]
fn every_byte_comes_back_in_order_over_a_line_that_loses() {
    let link = Link::lay(echo(), plan().losing(3)).unwrap();
    let sent: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).take(200_000).collect();
    let client = TcpStream::connect(link.address()).unwrap();
    let (mut writer, words) = (client.try_clone().unwrap(), sent.clone());
    std::thread::spawn(move || {
        writer.write_all(&words).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });

    let mut back = Vec::new();
    (&client).read_to_end(&mut back).unwrap();

    assert!(back == sent, "{} of {} bytes came back", back.len(), sent.len());
    assert_eq!((link.went_up(), link.came_down(), link.taken()), (200_000, 200_000, 1));
}

#[test]
fn an_answer_takes_at_least_the_way_there_and_back() {
    let link = Link::lay(echo(), plan()).unwrap();
    let started = Instant::now();
    let mut client = TcpStream::connect(link.address()).unwrap();
    client.write_all(b"?").unwrap();
    client.read_exact(&mut [0]).unwrap();

    assert!(started.elapsed() >= Duration::from_millis(80), "one round trip to connect, one to ask");
}

#[test]
fn a_cut_ends_what_is_open_and_new_connections_work() {
    let link = Link::lay(echo(), plan()).unwrap();
    let mut client = TcpStream::connect(link.address()).unwrap();
    client.write_all(b"?").unwrap();
    client.read_exact(&mut [0]).unwrap();
    link.cut();
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0, "the open one ends");

    let mut client = TcpStream::connect(link.address()).unwrap();
    client.write_all(b"?").unwrap();
    client.read_exact(&mut [0]).unwrap();
    link.set_away(true);
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    let mut refused = TcpStream::connect(link.address()).unwrap();
    let _ = refused.write_all(b"?");
    assert_eq!(refused.read(&mut [0]).unwrap_or(0), 0, "nothing answers while the line is away");
}

#[test]
fn a_stalled_line_keeps_its_bytes_and_hands_them_over_later() {
    let link = Link::lay(echo(), plan()).unwrap();
    let mut client = TcpStream::connect(link.address()).unwrap();
    client.write_all(b"?").unwrap();
    client.read_exact(&mut [0]).unwrap();
    link.set_stalled(true);
    client.write_all(b"!").unwrap();
    client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(client.read(&mut [0]).is_err(), "no byte and no end");

    link.set_stalled(false);
    client.set_read_timeout(None).unwrap();
    let mut byte = [0];
    client.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"!");
}
