//! The part of a file that a request asks for (RFC 9110, section 14).

/// What to send of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it: no range was asked for, or one that may be ignored.
    Whole,
    /// Bytes from `from` up to and without `end`.
    Between {
        /// First byte.
        from: u64,
        /// One past the last byte.
        end: u64,
    },
    /// Nothing: the range lies outside the file.
    Outside,
}

/// Reads a `Range` header against a file of `len` bytes. Several ranges at once and other units are ignored, as
/// the standard allows.
#[must_use]
pub fn asked(header: Option<&str>, len: u64) -> Part {
    let Some(spec) = header.and_then(|header| header.strip_prefix("bytes=")) else { return Part::Whole };
    let Some((from, last)) = spec.split_once('-') else { return Part::Whole };
    match (from.trim(), last.trim()) {
        ("", suffix) => suffix.parse().map_or(Part::Whole, |count| last_bytes(count, len)),
        (from, "") => from.parse().map_or(Part::Whole, |from| between(from, len, len)),
        (from, last) => match (from.parse(), last.parse::<u64>()) {
            (Ok(from), Ok(last)) if from <= last => between(from, last.saturating_add(1), len),
            _ => Part::Whole,
        },
    }
}

fn last_bytes(count: u64, len: u64) -> Part {
    if count == 0 { Part::Outside } else { between(len.saturating_sub(count), len, len) }
}

fn between(from: u64, end: u64, len: u64) -> Part {
    if from < len { Part::Between { from, end: end.min(len) } } else { Part::Outside }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_file() {
        assert_eq!(asked(Some("bytes=0-1"), 10), Part::Between { from: 0, end: 2 });
        assert_eq!(asked(Some("bytes=4-"), 10), Part::Between { from: 4, end: 10 });
        assert_eq!(asked(Some("bytes=8-99"), 10), Part::Between { from: 8, end: 10 });
        assert_eq!(asked(Some("bytes=-3"), 10), Part::Between { from: 7, end: 10 });
        assert_eq!(asked(Some("bytes=-30"), 10), Part::Between { from: 0, end: 10 });
    }

    #[test]
    fn a_range_outside_the_file_is_nothing() {
        assert_eq!(asked(Some("bytes=10-"), 10), Part::Outside);
        assert_eq!(asked(Some("bytes=-0"), 10), Part::Outside);
        assert_eq!(asked(Some("bytes=0-"), 0), Part::Outside);
    }

    #[test]
    fn what_is_no_single_range_is_ignored() {
        for odd in [
            None,
            Some("items=0-1"),
            Some("bytes=0-1,4-5"),
            Some("bytes=5-2"),
            Some("bytes=x-"),
            Some("bytes=7"),
        ] {
            assert_eq!(asked(odd, 10), Part::Whole, "{odd:?}");
        }
    }
}
