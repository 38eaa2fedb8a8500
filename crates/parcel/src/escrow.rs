//! A few bytes that only one key opens: a library's key on its way to the centre's keeping and back (decision 0024).
//!
//! The same sealing as that of a parcel's files, bound to what it is about.

use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::failure::{Outcome, ParcelError};
use crate::seal::{Sealer, Unsealer};

/// Bytes of the largest secret that is kept.
pub const MOST: usize = 4_096;
const NAME: &str = "escrow";

/// Seals a secret to a key.
///
/// # Errors
/// [`ParcelError::CannotOpen`] when the system has no random bytes.
pub fn seal(secret: &[u8], to: &VerifyingKey, about: &[u8]) -> Outcome<Vec<u8>> {
    let mut sealer = Sealer::new(Vec::new(), NAME, to, &info(about))?;
    sealer.write(secret)?;
    sealer.finish()
}

/// Opens what was sealed to this key about this.
///
/// # Errors
/// [`ParcelError::CannotOpen`] for another key, another purpose, or changed bytes.
pub fn open(sealed: &[u8], key: &SigningKey, about: &[u8]) -> Outcome<Vec<u8>> {
    let refused = || ParcelError::CannotOpen { name: NAME.to_owned() };
    if sealed.len() > 2 * MOST {
        return Err(refused());
    }
    let mut unsealer = Unsealer::new(sealed, sealed.len() as u64, NAME, key, &info(about))?;
    unsealer.piece()?.ok_or_else(refused)
}

/// The key behind a code that is read out: its letters and digits alone, whatever stands between them.
#[must_use]
pub fn key_of_code(code: &str) -> SigningKey {
    let letters =
        code.chars().filter(char::is_ascii_alphanumeric).map(|one| match one.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
    let tidy: String = letters.collect();
    SigningKey::from_bytes(&blake3::derive_key("satchel 2026 recovery code", tidy.as_bytes()))
}

fn info(about: &[u8]) -> Vec<u8> {
    [b"satchel.escrow.v1".as_slice(), about].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_kept_key_opens_for_its_keeper_about_its_own_device_and_for_nobody_else() {
        let keeper = SigningKey::from_bytes(&[3; 32]);
        let sealed = seal(b"the key of a library", &keeper.verifying_key(), b"device one").unwrap();

        assert_eq!(open(&sealed, &keeper, b"device one").unwrap(), b"the key of a library");
        assert!(open(&sealed, &keeper, b"device two").is_err());
        assert!(open(&sealed, &SigningKey::from_bytes(&[4; 32]), b"device one").is_err());
        assert!(open(&sealed[..sealed.len() - 1], &keeper, b"device one").is_err());
    }

    #[test]
    fn a_code_is_the_same_however_it_is_read_out() {
        let told = key_of_code("0A1B2-C3D4E-5F6G7-H8J9K");
        assert_eq!(key_of_code("oaib2 c3d4e 5f6g7 h8j9k").to_bytes(), told.to_bytes());
        assert_ne!(key_of_code("0A1B2-C3D4E-5F6G7-H8J9X").to_bytes(), told.to_bytes());
    }
}
