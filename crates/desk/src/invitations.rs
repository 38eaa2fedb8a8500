//! Invitations in every form: a file, a text to copy, a picture of squares.
//!
//! The text is the whole signed file in few letters; the squares (QR) show that text. What is read back goes through
//! the same check as a file, whatever it came in.

use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::BASE32_NOPAD;
use image::DynamicImage;
use image::imageops::FilterType;
use qrcode::{Color, EcLevel, QrCode};
use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource};
use satchel_failure::Answer;
use satchel_wire::protocol::Invitation;

use crate::DeskError;
use crate::cards::{InvitationCard, QrCard};
use crate::room::now;

/// What an invitation as text begins with.
const PREFIX: &str = "SATCHEL:";
/// Largest invitation, unpacked.
const MOST: u64 = 65_536;
/// Largest picture file.
const MOST_PICTURE: u64 = 40 * 1_048_576;
/// Sides at which a picture is looked at, in pixels: squares that are too fine or too coarse at one are read at another.
const SIDES: [u32; 4] = [1_600, 1_000, 2_400, 640];

/// An invitation as a text to copy, in base 32: capitals make the smallest squares, and nobody mistakes them.
pub fn to_text(invitation: &Invitation) -> Result<String, DeskError> {
    let json = serde_json::to_vec(invitation).map_err(|error| DeskError::Broken(error.to_string()))?;
    let packed =
        zstd::encode_all(json.as_slice(), 19).map_err(|error| DeskError::Broken(error.to_string()))?;
    Ok(format!("{PREFIX}{}", BASE32_NOPAD.encode(&packed)))
}

/// Whether a person gave a text and not the name of a file.
fn is_text(given: &str) -> bool {
    given.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn of_text(text: &str) -> Result<Invitation, DeskError> {
    let bad = |why: String| DeskError::BadInvitation { why };
    let letters: String = text.chars().filter(|one| !one.is_whitespace()).collect();
    let letters = letters.to_ascii_uppercase();
    let packed = letters.strip_prefix(PREFIX).ok_or_else(|| bad("no invitation".into()))?;
    let packed = BASE32_NOPAD.decode(packed.as_bytes()).map_err(|error| bad(error.to_string()))?;
    let mut json = Vec::new();
    let unpacked = zstd::Decoder::new(packed.as_slice()).map_err(|error| bad(error.to_string()))?;
    unpacked.take(MOST).read_to_end(&mut json).map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| bad(error.to_string()))
}

/// A text as squares: one unit each, black ones as one path.
pub fn squares(text: &str) -> Result<QrCard, DeskError> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L)
        .map_err(|error| DeskError::Broken(error.to_string()))?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width, at / width));
        }
    }
    Ok(QrCard { size: u32::try_from(width).unwrap_or(0), path })
}

/// The invitation in what a person gave: its text, a file, or a picture of its squares.
pub fn read(given: &str) -> Answer<Invitation> {
    let given = given.trim();
    let invitation = if is_text(given) { of_text(given)? } else { at(Path::new(given))? };
    invitation.verify().map_err(|error| DeskError::BadInvitation { why: error.to_string() })?;
    if invitation.expires < now() {
        return Err(DeskError::BadInvitation { why: "expired".into() }.into());
    }
    Ok(invitation)
}

fn at(path: &Path) -> Result<Invitation, DeskError> {
    let bad = |why: String| DeskError::BadInvitation { why };
    let size = std::fs::metadata(path).map_err(|error| bad(error.to_string()))?.len();
    if size > MOST_PICTURE {
        return Err(bad("too large".into()));
    }
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    if image::guess_format(&bytes).is_ok() {
        return of_text(&in_picture(&bytes)?);
    }
    if size > MOST {
        return Err(bad("too large".into()));
    }
    serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))
}

/// The invitation's text in a picture that was pasted, as base64.
pub fn in_pasted(picture: &str) -> Answer<String> {
    let bytes = STANDARD.decode(picture.trim());
    Ok(in_picture(&bytes.map_err(|error| DeskError::NoInvitationSeen { why: error.to_string() })?)?)
}

/// The invitation's text in a picture or photo of its squares.
fn in_picture(bytes: &[u8]) -> Result<String, DeskError> {
    let unseen = |why: &str| DeskError::NoInvitationSeen { why: why.to_owned() };
    if bytes.len() as u64 > MOST_PICTURE {
        return Err(unseen("too large"));
    }
    let mut reader = image::ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| unseen(&error.to_string()))?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(20_000);
    limits.max_image_height = Some(20_000);
    limits.max_alloc = Some(512 * 1_048_576);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| unseen(&error.to_string()))?;
    let picture = DynamicImage::ImageLuma8(picture.into_luma8());
    let longest = picture.width().max(picture.height());
    let own_size = (longest <= 2_400).then(|| picture.clone());
    let resized = SIDES.iter().map(|side| picture.resize(*side, *side, FilterType::Triangle));
    own_size.into_iter().chain(resized).find_map(look).ok_or_else(|| unseen("no squares"))
}

/// The first readable invitation among the squares of a picture; other squares may stand beside it.
fn look(picture: DynamicImage) -> Option<String> {
    let grey = picture.into_luma8();
    let (width, height) = grey.dimensions();
    let source = Luma8LuminanceSource::new(grey.into_raw(), width, height).ok()?;
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    let seen = QrReader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    seen.into_iter().map(|code| code.getText().to_owned()).find(|text| is_text(text))
}

/// What the screen shows of an invitation.
pub fn card(invitation: Invitation) -> InvitationCard {
    InvitationCard {
        centre: invitation.centre,
        name: invitation.name,
        roles: invitation.roles,
        pool_url: invitation.pool,
        expires: invitation.expires,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use image::{GrayImage, ImageFormat, Luma};
    use satchel_terms::{NewsroomId, PersonId, Role};
    use satchel_wire::{SigningKey, key_to_hex};

    use super::*;

    fn invitation() -> Invitation {
        let key = SigningKey::from_bytes(&[5; 32]);
        let plain = Invitation {
            v: 1,
            newsroom: NewsroomId([1; 16]),
            centre: "青山县融媒体中心".into(),
            pool: "https://pool.qingshan.example.cn:7810".into(),
            pool_key: key_to_hex(&key.verifying_key()),
            pool_pin: Some("ab".repeat(32)),
            person: PersonId([2; 16]),
            name: "林晓".into(),
            roles: vec![Role::Reporter, Role::Editor],
            code: "0A1B2-C3D4E-5F6G7-H8J9K".into(),
            expires: 4_102_444_800_000, // the year 2100: the same squares in every run
            signature: String::new(),
            more: [].into(),
        };
        plain.sign(&key).unwrap()
    }

    /// The squares as a phone would photograph them on a screen: turned, tilted light, grain, a quiet border.
    fn photographed(text: &str, scale: f32, turned: f32) -> Vec<u8> {
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L).unwrap();
        let (width, colors) = (code.width() as f32, code.to_colors());
        let side = ((width + 30.0) * scale * 1.3) as u32;
        let (sin, cos) = turned.to_radians().sin_cos();
        let mut dice = 7_u32;
        let picture = GrayImage::from_fn(side, side, |x, y| {
            let half = side as f32 / 2.0;
            let (dx, dy) = ((x as f32 - half) / scale, (y as f32 - half) / scale);
            let (u, v) = (dx * cos + dy * sin + width / 2.0, dy * cos - dx * sin + width / 2.0);
            let is_inside = u >= 0.0 && v >= 0.0 && u < width && v < width;
            let is_dark = is_inside && colors[v as usize * width as usize + u as usize] == Color::Dark;
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let light = 150.0 + 80.0 * x as f32 / side as f32 + (dice >> 28) as f32;
            Luma([if is_dark { light * 0.25 } else { light } as u8])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(picture).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn an_invitation_goes_through_text_and_comes_back_as_it_was() {
        let text = to_text(&invitation()).unwrap();
        assert!(text.len() < 900, "{} letters", text.len());
        let mut broken = text.to_lowercase();
        broken.insert_str(40, "\n  ");
        assert_eq!(read(&broken).unwrap().signature, invitation_like(&text).signature);
        assert!(read(&text[..text.len() - 4]).is_err());
    }

    fn invitation_like(text: &str) -> Invitation {
        of_text(text).unwrap()
    }

    #[test]
    fn a_photo_of_the_squares_is_read_turned_and_in_uneven_light() {
        let text = to_text(&invitation()).unwrap();
        for (scale, turned) in [(4.0, 0.0), (8.0, 6.0), (5.5, -11.0), (22.0, 3.0)] {
            let photo = photographed(&text, scale, turned);
            let seen = in_picture(&photo).unwrap_or_else(|error| panic!("{scale} {turned}: {error}"));
            assert_eq!(seen, text, "{scale} {turned}");
        }
    }

    #[test]
    fn what_stands_in_the_squares_does_not_decide_whether_they_are_read() {
        let mut dice = 77_u64;
        let mut letter = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(dice >> 33) as usize % 32])
        };
        for (scale, turned) in [(4.0, 0.0), (4.4, 0.0), (8.0, 6.0)].into_iter().cycle().take(36) {
            let text: String = PREFIX.chars().chain((0..612).map(|_| letter())).collect();
            let seen = in_picture(&photographed(&text, scale, turned));
            assert_eq!(seen.unwrap_or_else(|error| panic!("{text} at {scale}, {turned}: {error}")), text);
        }
    }

    #[test]
    fn other_squares_and_no_squares_are_no_invitation() {
        let other = photographed("https://example.org/menu", 8.0, 0.0);
        assert!(matches!(in_picture(&other), Err(DeskError::NoInvitationSeen { .. })));
        assert!(matches!(in_picture(b"no picture"), Err(DeskError::NoInvitationSeen { .. })));
    }
}
