//! What the camera wrote down: time, maker and model, the turn of the camera, whether a place is known.

use std::path::Path;

use chrono::{Local, TimeZone};
use nom_exif::{EntryValue, ExifDateTime, ExifTag, GPSInfo, TrackInfoTag};
use satchel_terms::Stamp;

/// What the camera wrote down. All of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    pub captured_at: Option<Stamp>,
    /// False when the time came without a zone and was read in this laptop's.
    pub zone_known: bool,
    pub camera: Option<String>,
    /// EXIF orientation, 1–8; 1 when not said.
    pub orientation: u8,
    pub place_known: bool,
}

/// Reads a picture's notes. A damaged block gives what could be read.
pub(crate) fn of_picture(path: &Path) -> Notes {
    let mut notes = Notes { orientation: 1, ..Notes::default() };
    let Ok(exif) = nom_exif::read_exif(path) else {
        return notes;
    };
    let taken = [ExifTag::DateTimeOriginal, ExifTag::CreateDate, ExifTag::ModifyDate];
    notes.set_time(taken.into_iter().find_map(|tag| exif.get(tag)?.as_datetime()));
    notes.camera = camera(text(exif.get(ExifTag::Make)), text(exif.get(ExifTag::Model)));
    notes.place_known = exif.gps_info().is_some_and(is_place);
    let orientation = exif.get(ExifTag::Orientation).and_then(EntryValue::try_as_integer);
    notes.orientation = orientation
        .and_then(|value| u8::try_from(value).ok())
        .filter(|value| (1..=8).contains(value))
        .unwrap_or(1);
    notes
}

/// Reads a video's or recording's notes.
pub(crate) fn of_track(path: &Path) -> Notes {
    let mut notes = Notes { orientation: 1, ..Notes::default() };
    let Ok(track) = nom_exif::read_track(path) else {
        return notes;
    };
    notes.set_time(track.get(TrackInfoTag::CreateDate).and_then(EntryValue::as_datetime));
    notes.camera = camera(text(track.get(TrackInfoTag::Make)), text(track.get(TrackInfoTag::Model)));
    notes.place_known = track.gps_info().is_some_and(is_place);
    notes
}

impl Notes {
    /// Keeps a time after 1971 (a camera that lost its clock says 1904 or 1970).
    fn set_time(&mut self, time: Option<ExifDateTime>) {
        let (stamp, zone_known) = match time {
            Some(ExifDateTime::Aware(time)) => (Some(time.timestamp_millis()), true),
            Some(ExifDateTime::Naive(time)) => {
                (Local.from_local_datetime(&time).earliest().map(|time| time.timestamp_millis()), false)
            }
            None => (None, false),
        };
        self.captured_at = stamp.filter(|stamp| *stamp > 31_536_000_000);
        self.zone_known = zone_known && self.captured_at.is_some();
    }
}

/// Degrees clockwise for an EXIF orientation; mirrored ones count with their turn.
pub(crate) const fn degrees(orientation: u8) -> u16 {
    match orientation {
        3 | 4 => 180,
        5 | 6 => 90,
        7 | 8 => 270,
        _ => 0,
    }
}

/// Joins maker and model, without saying the maker twice.
pub(crate) fn camera(make: Option<String>, model: Option<String>) -> Option<String> {
    match (make, model) {
        (Some(make), Some(model)) if model.to_lowercase().starts_with(&make.to_lowercase()) => Some(model),
        (Some(make), Some(model)) => Some(format!("{make} {model}")),
        (make, model) => model.or(make),
    }
}

fn text(value: Option<&EntryValue>) -> Option<String> {
    let text = value?.as_str()?.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    (!text.is_empty()).then(|| text.chars().take(80).collect())
}

/// A place of exactly 0°, 0° is a camera without a fix.
fn is_place(gps: &GPSInfo) -> bool {
    let real = |degrees: Option<f64>| degrees.filter(|value| value.is_finite());
    match (real(gps.latitude_decimal()), real(gps.longitude_decimal())) {
        (Some(latitude), Some(longitude)) => latitude != 0.0 || longitude != 0.0,
        _ => false,
    }
}
