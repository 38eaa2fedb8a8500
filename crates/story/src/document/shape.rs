//! A look at the bytes of an update before the engine sees them: nesting, counts and ids within sane bounds.
//!
//! The engine decodes nested values by recursion and reserves memory by the counts it reads. An update from outside
//! could end the program that way; such an update is refused here. Source: Yjs update format, version 1.

use std::collections::BTreeMap;

/// Values nested deeper than this are no manuscript.
const DEEPEST: u32 = 64;
/// Client ids are of 53 bits.
const HIGHEST_CLIENT: u64 = (1 << 53) - 1;

const SKIP: u8 = 10;
const GC: u8 = 0;
const HAS_LEFT: u8 = 0b1000_0000;
const HAS_RIGHT: u8 = 0b0100_0000;
const HAS_PARENT_KEY: u8 = 0b0010_0000;

/// What an update builds on: how far each session's changes must be known before it can be taken in.
///
/// The engines' own waiting rooms lose changes in rare orders of arrival, so an update is shown to the engine only
/// when everything it names is there.
#[derive(Debug, Clone, Default)]
pub struct Needs(BTreeMap<u64, u32>);

impl Needs {
    /// Whether all that is needed is known.
    pub fn are_met(&self, known: impl Fn(u64) -> u32) -> bool {
        self.0.iter().all(|(&client, &clock)| known(client) >= clock)
    }

    /// The sessions of which more is needed than is known, and up to which clock.
    pub fn lacking(&self, known: impl Fn(u64) -> u32) -> Vec<(u64, u32)> {
        let all = self.0.iter().map(|(&client, &clock)| (client, clock));
        all.filter(|&(client, clock)| known(client) < clock).collect()
    }
}

/// Changes of one session that an update brings.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Whose.
    pub client: u64,
    /// The clock of the first one.
    pub from: u32,
    /// The clock after the last one.
    pub to: u32,
}

/// The changes that an update brings; `None` as for [`needs`].
pub fn brings(update: &[u8]) -> Option<Vec<Stretch>> {
    let mut scan = Scan { rest: update, named: Vec::new(), brought: Vec::new() };
    scan.changes()?;
    Some(scan.brought.into_iter().map(|(client, from, to)| Stretch { client, from, to }).collect())
}

/// Looks an update over; `None` when the engine must not be shown these bytes.
pub fn needs(update: &[u8]) -> Option<Needs> {
    let mut scan = Scan { rest: update, named: Vec::new(), brought: Vec::new() };
    scan.update()?;
    let mut needs = Needs::default();
    for &(client, clock) in &scan.named {
        let is_brought =
            scan.brought.iter().any(|&(own, from, to)| own == client && from < clock && clock <= to);
        if !is_brought {
            let most = needs.0.entry(client).or_default();
            *most = clock.max(*most);
        }
    }
    Some(needs)
}

/// Where an update's deleted ranges begin, behind its changes; `None` as for [`needs`].
pub fn deletions(update: &[u8]) -> Option<usize> {
    let mut scan = Scan { rest: update, named: Vec::new(), brought: Vec::new() };
    scan.changes()?;
    Some(update.len() - scan.rest.len())
}

struct Scan<'a> {
    rest: &'a [u8],
    /// Session and the clock after what is named: origins, parents, deleted ranges, the first own change.
    named: Vec<(u64, u32)>,
    /// Session, and from which clock to which this update brings changes.
    brought: Vec<(u64, u32, u32)>,
}

impl Scan<'_> {
    fn update(&mut self) -> Option<()> {
        self.changes()?;
        for _ in 0..self.count()? {
            let client = self.client_id()?;
            for _ in 0..self.count()? {
                let clock = self.small()?;
                let length = self.small()?;
                self.named.push((client, clock.checked_add(length)?));
            }
        }
        Some(())
    }

    fn changes(&mut self) -> Option<()> {
        for _ in 0..self.count()? {
            self.client()?;
        }
        Some(())
    }

    fn client(&mut self) -> Option<()> {
        let structs = self.count()?;
        let client = self.client_id()?;
        let mut clock = self.small()?;
        let mut from = clock;
        self.named.push((client, clock));
        for _ in 0..structs {
            let is_skipped = self.rest.first() == Some(&SKIP);
            let next = clock.checked_add(self.item()?)?;
            if is_skipped {
                self.brought.push((client, from, clock));
                self.named.push((client, next));
                from = next;
            }
            clock = next;
        }
        self.brought.push((client, from, clock));
        Some(())
    }

    /// Reads one item and answers how many clock ticks it takes.
    fn item(&mut self) -> Option<u32> {
        let info = self.byte()?;
        if info == SKIP || info == GC {
            return self.small().filter(|&length| length > 0);
        }
        if info & HAS_LEFT != 0 {
            self.id()?;
        }
        if info & HAS_RIGHT != 0 {
            self.id()?;
        }
        if info & (HAS_LEFT | HAS_RIGHT) == 0 {
            if self.number()? == 1 {
                self.text().map(drop)?
            } else {
                self.id()?
            }
            if info & HAS_PARENT_KEY != 0 {
                self.text()?;
            }
        }
        self.content(info & 0b1111)
    }

    fn content(&mut self, kind: u8) -> Option<u32> {
        match kind {
            1 => self.small(),
            3 => self.bytes().map(|_| 1),
            4 => {
                let text = std::str::from_utf8(self.text()?).ok()?;
                u32::try_from(text.encode_utf16().count()).ok()
            }
            5 => self.text().map(|_| 1),
            6 => {
                self.text()?;
                self.text().map(|_| 1)
            }
            7 => {
                let kind = self.number()?;
                if kind == 3 || kind == 5 { self.text().map(|_| 1) } else { Some(1) }
            }
            8 => {
                let values = self.count()?;
                for _ in 0..values {
                    self.value(0)?;
                }
                Some(values)
            }
            9 => {
                self.text()?;
                self.value(0)?;
                Some(1)
            }
            _ => None,
        }
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.byte()? {
            120 | 121 | 126 | 127 => Some(()),
            125 => self.signed(),
            124 => self.take(4).map(drop),
            122 | 123 => self.take(8).map(drop),
            116 | 119 => self.bytes().map(drop),
            117 => {
                for _ in 0..self.count()? {
                    self.value(depth + 1)?;
                }
                Some(())
            }
            118 => {
                for _ in 0..self.count()? {
                    self.text()?;
                    self.value(depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn id(&mut self) -> Option<()> {
        let client = self.client_id()?;
        let clock = self.small()?;
        self.named.push((client, clock.checked_add(1)?));
        Some(())
    }

    fn client_id(&mut self) -> Option<u64> {
        self.number().filter(|&client| client <= HIGHEST_CLIENT)
    }

    /// A count of things of at least one byte each.
    fn count(&mut self) -> Option<u32> {
        let count = self.small()?;
        (count as usize <= self.rest.len()).then_some(count)
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<()> {
        for _ in 0..10 {
            if self.byte()? & 0x80 == 0 {
                return Some(());
            }
        }
        None
    }

    fn text(&mut self) -> Option<&[u8]> {
        self.bytes()
    }

    fn bytes(&mut self) -> Option<&[u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).and_then(|bytes| bytes.first().copied())
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_nested_too_deep_are_refused_before_the_engine_sees_them() {
        let mut update = vec![1, 1, 7, 0, 8 | HAS_PARENT_KEY, 1, 4];
        update.extend(b"meta");
        update.extend([1, b'k', 1]);
        update.extend(std::iter::repeat_n([117, 1], 100_000).flatten());
        update.extend([126, 0]);

        assert!(needs(&update).is_none());
    }
}
