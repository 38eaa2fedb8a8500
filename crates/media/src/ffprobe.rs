//! Asks ffprobe about a file and reads its answer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use chrono::DateTime;
use satchel_terms::Stamp;
use serde::Deserialize;

use crate::driver::{ask, file_arg, words};
use crate::error::{MediaError, name_of};
use crate::tools::Tools;

/// How long one look at a file may take.
pub(crate) const LOOK: Duration = Duration::from_secs(20);
/// How long counting the packets of a result may take.
const COUNT: Duration = Duration::from_secs(300);

/// ffprobe's answer, as far as it is used.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub streams: Vec<Stream>,
    #[serde(default)]
    pub format: Format,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Format {
    #[serde(default)]
    pub format_name: String,
    pub duration: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Stream {
    #[serde(default)]
    pub codec_type: String,
    pub codec_name: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub avg_frame_rate: Option<String>,
    pub r_frame_rate: Option<String>,
    pub duration: Option<String>,
    pub color_transfer: Option<String>,
    pub nb_read_packets: Option<String>,
    #[serde(default)]
    pub disposition: BTreeMap<String, i64>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    #[serde(default)]
    pub side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct SideData {
    pub rotation: Option<f64>,
}

/// Asks about a file.
pub(crate) async fn look(tools: &Tools, path: &Path) -> Result<Answer, MediaError> {
    call(tools, path, &[], LOOK).await
}

/// Asks about a result and counts the packets of its first picture stream.
pub(crate) async fn count(tools: &Tools, path: &Path) -> Result<Answer, MediaError> {
    call(tools, path, &["-count_packets"], COUNT).await
}

async fn call(tools: &Tools, path: &Path, more: &[&str], limit: Duration) -> Result<Answer, MediaError> {
    let name = name_of(path);
    let mut args: Vec<OsString> =
        words(["-v", "error", "-of", "json", "-show_format", "-show_streams"]).collect();
    args.extend(more.iter().map(OsString::from));
    args.push("-i".into());
    args.push(file_arg(path));
    let answer = ask(&tools.ffprobe, &args, limit, 4 << 20).await.map_err(|error| match error {
        MediaError::TooSlow { .. } => MediaError::TooSlow { name: name.clone() },
        MediaError::ToolFailed { tail, .. } => {
            let why = tail.lines().last().unwrap_or_default().to_owned();
            MediaError::Unreadable { name: name.clone(), why }
        }
        other => other,
    })?;
    serde_json::from_slice(&answer).map_err(|error| MediaError::Unreadable { name, why: error.to_string() })
}

impl Answer {
    /// The first stream of moving pictures; a cover picture is none.
    pub(crate) fn picture(&self) -> Option<&Stream> {
        self.streams.iter().find(|stream| {
            stream.codec_type == "video"
                && stream.width.unwrap_or(0) > 0
                && stream.disposition.get("attached_pic") != Some(&1)
        })
    }

    /// The first stream of sound with a known codec.
    pub(crate) fn sound(&self) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.codec_type == "audio" && stream.codec_name.is_some())
    }

    /// The running time in milliseconds.
    pub(crate) fn duration_ms(&self) -> Option<u64> {
        let whole = self.format.duration.as_deref().and_then(micros);
        let longest = || self.streams.iter().filter_map(|stream| micros(stream.duration.as_deref()?)).max();
        whole.or_else(longest).map(|micros| micros / 1_000)
    }

    /// When it was recorded, and whether the zone is known. QuickTime's own date carries a zone;
    /// `creation_time` is UTC.
    pub(crate) fn captured(&self) -> Option<Stamp> {
        let tags = &self.format.tags;
        let text = tags.get("com.apple.quicktime.creationdate").or_else(|| tags.get("creation_time"))?;
        let parsed = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%+"));
        let parsed = parsed.or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z"));
        parsed.ok().map(|time| time.timestamp_millis()).filter(|stamp| *stamp > 31_536_000_000)
    }

    /// Whether the file says where it was recorded.
    pub(crate) fn place_known(&self) -> bool {
        let place = |name: &String| name == "location" || name.ends_with("location.ISO6709");
        self.format.tags.iter().any(|(name, value)| place(name) && value.len() > 2)
    }
}

impl Stream {
    /// Degrees clockwise to stand upright: 0, 90, 180 or 270.
    pub(crate) fn rotation(&self) -> u16 {
        let matrix = self.side_data_list.iter().find_map(|data| data.rotation);
        let tag = || self.tags.get("rotate")?.parse::<f64>().ok().map(|degrees| -degrees);
        // The matrix counts against the clock.
        let clockwise = (-matrix.or_else(tag).unwrap_or(0.0)).rem_euclid(360.0);
        [0, 90, 180, 270]
            .into_iter()
            .find(|degrees| (clockwise - f64::from(*degrees)).abs() < 1.0)
            .unwrap_or(0)
    }

    /// Frames a second as a fraction.
    pub(crate) fn rate(&self) -> Option<(u32, u32)> {
        [&self.avg_frame_rate, &self.r_frame_rate].into_iter().flatten().find_map(|text| {
            let (frames, per) = text.split_once('/')?;
            let (frames, per) = (frames.parse().ok()?, per.parse().ok()?);
            (frames > 0 && per > 0).then_some((frames, per))
        })
    }

    /// Whether the pixels are meant for a bright screen (PQ or HLG).
    pub(crate) fn is_hdr(&self) -> bool {
        matches!(self.color_transfer.as_deref(), Some("smpte2084" | "arib-std-b67"))
    }
}

/// Reads `12.345678` seconds as microseconds, without floats.
pub(crate) fn micros(text: &str) -> Option<u64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits: String = part.chars().chain("000000".chars()).take(6).collect();
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_microseconds_exactly() {
        assert_eq!(micros("12.345678"), Some(12_345_678));
        assert_eq!(micros("0.04"), Some(40_000));
        assert_eq!(micros("7"), Some(7_000_000));
        assert_eq!(micros("N/A"), None);
        assert_eq!(micros("-1.0"), None);
    }
}
