//! A look at the bytes of an update before the engine sees them: nesting, counts and ids within sane bounds.
//!
//! The engine decodes nested values by recursion and reserves memory by the counts it reads. An update from outside
//! could end the program that way; such an update is refused here. Source: Yjs update format, version 1.

/// Values nested deeper than this are no manuscript.
const DEEPEST: u32 = 64;
/// Client ids are of 53 bits.
const HIGHEST_CLIENT: u64 = (1 << 53) - 1;

const SKIP: u8 = 10;
const GC: u8 = 0;
const HAS_LEFT: u8 = 0b1000_0000;
const HAS_RIGHT: u8 = 0b0100_0000;
const HAS_PARENT_KEY: u8 = 0b0010_0000;

/// Whether the engine may be shown these bytes.
pub fn is_sound(update: &[u8]) -> bool {
    let mut scan = Scan { rest: update };
    scan.update().is_some()
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl Scan<'_> {
    fn update(&mut self) -> Option<()> {
        for _ in 0..self.count()? {
            self.client()?;
        }
        let clients = self.count()?;
        for _ in 0..clients {
            let ranges = { self.client_id()?; self.count()? };
            for _ in 0..ranges {
                self.clock_and_length()?;
            }
        }
        Some(())
    }

    fn client(&mut self) -> Option<()> {
        let structs = self.count()?;
        self.client_id()?;
        let mut clock = self.small()?;
        for _ in 0..structs {
            clock = clock.checked_add(self.item()?)?;
        }
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
            if self.number()? == 1 { self.text().map(drop)? } else { self.id()? }
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
        self.client_id()?;
        self.small().map(drop)
    }

    fn client_id(&mut self) -> Option<()> {
        self.number().filter(|&client| client <= HIGHEST_CLIENT).map(drop)
    }

    fn clock_and_length(&mut self) -> Option<()> {
        let clock = self.small()?;
        let length = self.small()?;
        clock.checked_add(length).map(drop)
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

        assert!(!is_sound(&update));
    }
}
