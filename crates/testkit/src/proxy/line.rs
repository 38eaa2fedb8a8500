//! One connection of the proxy, carried or broken as ordered.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::Fault;

const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html><title>Sign in</title><body>Please sign in.</body></html>";
const ERROR_PAGE: &str = "<html><head><title>500 Internal Server Error</title></head></html>";

/// Carries one connection.
pub(super) fn carry(mut client: TcpStream, upstream: SocketAddr, fault: &Fault) -> io::Result<()> {
    match fault {
        Fault::Pass => pass(client, TcpStream::connect(upstream)?, None, None),
        Fault::Delay(wait) => {
            std::thread::sleep(*wait);
            pass(client, TcpStream::connect(upstream)?, None, None)
        }
        Fault::HangUp => client.shutdown(Shutdown::Both),
        Fault::CutRequestAfter(bytes) => pass(client, TcpStream::connect(upstream)?, Some(*bytes), None),
        Fault::CutAnswerAfter(bytes) => pass(client, TcpStream::connect(upstream)?, None, Some(*bytes)),
        Fault::DropAnswer => {
            ask(upstream, &request(&mut client)?)?;
            client.shutdown(Shutdown::Both)
        }
        Fault::CutWhileWorking => {
            let request = request(&mut client)?;
            client.shutdown(Shutdown::Both)?;
            ask(upstream, &request).map(drop)
        }
        Fault::ServerErrorAfterWork => {
            ask(upstream, &request(&mut client)?)?;
            answer(&mut client, "500 Internal Server Error", "", ERROR_PAGE)
        }
        Fault::HtmlPage => {
            request(&mut client)?;
            answer(&mut client, "200 OK", "", SIGN_IN_PAGE)
        }
        Fault::Busy(seconds) => {
            request(&mut client)?;
            answer(&mut client, "429 Too Many Requests", &format!("Retry-After: {seconds}\r\n"), "{}")
        }
        Fault::Twice => {
            let request = request(&mut client)?;
            ask(upstream, &request)?;
            client.write_all(&ask(upstream, &request)?)?;
            client.shutdown(Shutdown::Both)
        }
    }
}

/// Copies both ways; a limit cuts both sides once that many bytes have passed.
fn pass(client: TcpStream, peer: TcpStream, up: Option<usize>, down: Option<usize>) -> io::Result<()> {
    let (client_in, peer_out) = (client.try_clone()?, peer.try_clone()?);
    let upward = std::thread::spawn(move || copy(client_in, peer_out, up));
    let outcome = copy(peer, client, down);
    let _ = upward.join();
    outcome
}

fn copy(mut from: TcpStream, mut to: TcpStream, limit: Option<usize>) -> io::Result<()> {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut buffer = [0; 16_384];
    while left > 0 {
        let most = left.min(buffer.len());
        let got = from.read(&mut buffer[..most]).unwrap_or(0);
        if got == 0 {
            return to.shutdown(Shutdown::Write);
        }
        if to.write_all(&buffer[..got]).is_err() {
            return from.shutdown(Shutdown::Both);
        }
        left -= got;
    }
    let _ = to.shutdown(Shutdown::Both);
    from.shutdown(Shutdown::Both)
}

/// Reads one whole HTTP request.
fn request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let got = client.read(&mut buffer)?;
        if got == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&buffer[..got]);
        if let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n")
            && bytes.len() >= head + 4 + content_length(&bytes[..head])
        {
            return Ok(bytes);
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value =
        text.lines().find_map(|line| line.strip_prefix("content-length:").map(str::trim).map(str::parse));
    value.and_then(Result::ok).unwrap_or(0)
}

/// Asks the peer and reads its whole answer: until it closes, or falls silent for three seconds.
fn ask(upstream: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut peer = TcpStream::connect(upstream)?;
    peer.write_all(request)?;
    peer.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut answer = vec![0; 16_384];
    let first = peer.read(&mut answer)?;
    answer.truncate(first);
    peer.set_read_timeout(Some(Duration::from_secs(3)))?;
    // An answer that ends by silence is as whole as one that ends by closing.
    let _ = peer.read_to_end(&mut answer);
    Ok(answer)
}

fn answer(client: &mut TcpStream, status: &str, headers: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n{headers}Content-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )?;
    client.shutdown(Shutdown::Write)
}
