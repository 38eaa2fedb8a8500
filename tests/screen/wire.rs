//! Speaks WebDriver: JSON over the simplest HTTP that its server understands.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// A WebDriver server on a loopback port.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    port: u16,
}

impl Wire {
    pub const fn new(port: u16) -> Self {
        Self { port }
    }

    pub fn get(&self, path: &str) -> Result<Value> {
        self.ask("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask("POST", path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Result<Value> {
        self.ask("DELETE", path, None)
    }

    /// Sends one request and gives the `value` of its answer; a WebDriver error becomes an error with its text.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let text = body.map_or_else(String::new, Value::to_string);
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            self.port,
            text.len()
        )?;
        let (status, body) = answer(&mut stream).with_context(|| format!("{method} {path}"))?;
        let mut value: Value =
            serde_json::from_slice(&body).with_context(|| format!("{method} {path}: no JSON"))?;
        let value = value.get_mut("value").map_or_else(|| json!(null), Value::take);
        if status != 200 {
            bail!("{method} {path}: {} {}", value["error"].as_str().unwrap_or("?"), value["message"]);
        }
        Ok(value)
    }
}

/// Reads one answer: the head, then as many bytes as it says.
fn answer(stream: &mut TcpStream) -> Result<(u16, Vec<u8>)> {
    let mut all = Vec::new();
    let mut piece = [0; 16_384];
    loop {
        if let Some((status, start, length)) = head(&all)?
            && all.len() >= start + length
        {
            return Ok((status, all[start..start + length].to_vec()));
        }
        let count = stream.read(&mut piece)?;
        if count == 0 {
            bail!("the driver hung up after {} bytes", all.len());
        }
        all.extend_from_slice(&piece[..count]);
    }
}

/// Status, start of the body and its length, once the head is complete.
fn head(all: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&all[..end]).to_lowercase();
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).context("no length")?;
    Ok(Some((status, end + 4, length.trim().parse()?)))
}
