//! What happened, as one number to compare and a tail to read.

use std::collections::VecDeque;
use std::fmt;

/// Lines kept for a reader.
const TAIL: usize = 60;

/// What a world does when nothing happens.
const IDLE: [&str; 3] = ["wishes", "sleep", "news after"];

/// One line of the trace.
#[derive(Debug, Clone)]
struct Line {
    at: u64,
    who: String,
    what: String,
}

/// The trace of a world.
#[derive(Debug, Clone)]
pub struct Trace {
    hash: u64,
    tail: VecDeque<Line>,
    prints: bool,
}

impl Default for Trace {
    fn default() -> Self {
        let prints = std::env::var_os("SATCHEL_TRACE").is_some();
        Self { hash: 0xcbf2_9ce4_8422_2325, tail: VecDeque::new(), prints }
    }
}

impl Trace {
    /// Adds a line.
    pub fn note(&mut self, at: u64, who: &str, what: String) {
        for byte in at.to_be_bytes().iter().chain(who.as_bytes()).chain(what.as_bytes()) {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        if self.prints {
            println!("{:>10.3}s {who:<10} {what}", seconds(at));
        }
        if IDLE.iter().any(|idle| what.contains(idle)) {
            return; // counts, but tells a reader nothing
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(Line { at, who: who.to_owned(), what });
    }

    /// The same for the same history.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.tail {
            writeln!(out, "{:>10.3}s {:<10} {}", seconds(line.at), line.who, line.what)?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "for the eye")]
fn seconds(at: u64) -> f64 {
    at as f64 / 1000.0
}
