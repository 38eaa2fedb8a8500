//! An edit decision list in the CMX 3600 form, which editing suites read.

use std::fmt::Write;

use crate::sequence::{Cut, Segment};

/// Hours of the record side before the first frame, as tape houses do.
const RECORD_HOUR: i64 = 1;

/// Writes the cut as an edit decision list. `name` gives the file name of a segment's clip.
///
/// Times are frames of the cut's rate, without drop frames; a point between two frames goes to the nearer one.
#[must_use]
pub fn edl(cut: &Cut, title: &str, name: impl Fn(&Segment) -> String) -> String {
    let mut out = format!("TITLE: {}\r\nFCM: NON-DROP FRAME\r\n", one_line(title));
    let rate = cut.rate;
    let mut record = RECORD_HOUR * 3_600 * i64::from(rate.frames().div_ceil(rate.per()));
    for (index, segment) in cut.segments.iter().enumerate() {
        let source = rate.nearest(segment.from);
        let end = rate.nearest(segment.to).max(source + 1);
        let next = record + end - source;
        let reel: String = segment.clip.to_string().to_uppercase().chars().rev().take(8).collect();
        let times = [source, end, record, next].map(|frame| rate.timecode(frame)).join(" ");
        // Writing to a string cannot fail.
        let _ = write!(out, "\r\n{:03}  {reel:<8} B     C        {times}\r\n", index + 1);
        let _ = write!(out, "* FROM CLIP NAME: {}\r\n", one_line(&name(segment)));
        record = next;
    }
    out
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
