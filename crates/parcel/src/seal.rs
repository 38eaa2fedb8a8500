//! A file that only its addressee opens: HPKE (RFC 9180), base mode, in pieces of 1 MiB.
//!
//! The addressee's key is the Ed25519 key that everybody pins already, in its Montgomery form: nothing further has to
//! be published. Source for using one key pair for both: Thormarker, <https://eprint.iacr.org/2021/509>, which proves
//! just this scheme. Who sealed a file is not said here; that is what the index is signed for.

use std::io::{Read, Write};

use ed25519_dalek::{SigningKey, VerifyingKey};
use hpke::aead::{AeadCtxR, AeadCtxS, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, setup_receiver, setup_sender};

use crate::failure::{Outcome, ParcelError};

/// Bytes of a piece before it is sealed; four segments.
pub const PIECE: usize = 1_048_576;
/// Bytes that sealing adds to a piece.
const TAG: usize = 16;
/// Bytes before the first piece: the encapsulated key.
const KEY: usize = 32;

/// What the sealing says of a piece: whether it is the last. A file that ends early does not open.
const fn place(is_last: bool) -> [u8; 1] {
    [is_last as u8]
}

/// Seals what is written into it.
pub struct Sealer<W> {
    out: W,
    name: String,
    context: AeadCtxS<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>,
    piece: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Begins a file for the holder of a key; it opens under the same `info` only.
    pub fn new(mut out: W, name: &str, to: &VerifyingKey, info: &[u8]) -> Outcome<Self> {
        let refused = || ParcelError::CannotOpen { name: name.to_owned() };
        let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&to.to_montgomery().to_bytes());
        let to = to.map_err(|_| refused())?;
        let begun = setup_sender::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &to, info);
        let (key, context) = begun.map_err(|_| refused())?;
        out.write_all(&key.to_bytes()).map_err(|error| ParcelError::stick(name, &error))?;
        Ok(Self { out, name: name.to_owned(), context, piece: Vec::with_capacity(PIECE) })
    }

    /// Takes the next bytes.
    pub fn write(&mut self, mut bytes: &[u8]) -> Outcome<()> {
        while !bytes.is_empty() {
            if self.piece.len() == PIECE {
                self.close_piece(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> Outcome<W> {
        self.close_piece(true)?;
        Ok(self.out)
    }

    fn close_piece(&mut self, is_last: bool) -> Outcome<()> {
        let sealed = self
            .context
            .seal(&self.piece, &place(is_last))
            .map_err(|_| ParcelError::CannotOpen { name: self.name.clone() })?;
        self.piece.clear();
        self.out.write_all(&sealed).map_err(|error| ParcelError::stick(&self.name, &error))
    }
}

/// Opens a sealed file piece by piece.
pub struct Unsealer<R> {
    input: R,
    name: String,
    left: u64,
    context: AeadCtxR<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>,
}

impl<R: Read> Unsealer<R> {
    /// Begins with a file of `length` bytes.
    pub fn new(mut input: R, length: u64, name: &str, key: &SigningKey, info: &[u8]) -> Outcome<Self> {
        let refused = || ParcelError::CannotOpen { name: name.to_owned() };
        let mut encapsulated = [0; KEY];
        input.read_exact(&mut encapsulated).map_err(|error| ParcelError::stick(name, &error))?;
        let own = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&key.to_scalar_bytes());
        let theirs = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&encapsulated);
        let context = setup_receiver(
            &OpModeR::Base,
            &own.map_err(|_| refused())?,
            &theirs.map_err(|_| refused())?,
            info,
        );
        let left = length.saturating_sub(KEY as u64);
        Ok(Self { input, name: name.to_owned(), left, context: context.map_err(|_| refused())? })
    }

    /// The next piece; none at the end.
    pub fn piece(&mut self) -> Outcome<Option<Vec<u8>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let length = self.left.min((PIECE + TAG) as u64);
        self.left -= length;
        let mut sealed = vec![0; usize::try_from(length).unwrap_or(PIECE)];
        self.input.read_exact(&mut sealed).map_err(|error| ParcelError::stick(&self.name, &error))?;
        let opened = self.context.open(&sealed, &place(self.left == 0));
        opened.map(Some).map_err(|_| ParcelError::CannotOpen { name: self.name.clone() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sealed(text: &[u8], key: &SigningKey) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), "x", &key.verifying_key(), b"info").unwrap();
        for part in text.chunks(300_001) {
            sealer.write(part).unwrap();
        }
        sealer.finish().unwrap()
    }

    fn opened(bytes: &[u8], key: &SigningKey, info: &[u8]) -> Outcome<Vec<u8>> {
        let mut unsealer = Unsealer::new(bytes, bytes.len() as u64, "x", key, info)?;
        let mut text = Vec::new();
        while let Some(piece) = unsealer.piece()? {
            text.extend(piece);
        }
        Ok(text)
    }

    #[test]
    fn what_is_sealed_comes_out_again_at_every_length_around_a_piece() {
        let key = SigningKey::from_bytes(&[7; 32]);
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 5] {
            let text: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let sealed = sealed(&text, &key);
            assert_eq!(sealed.len(), KEY + length + TAG * length.div_ceil(PIECE).max(1));
            assert!(opened(&sealed, &key, b"info").unwrap() == text, "{length}");
        }
    }

    #[test]
    fn another_key_another_name_and_a_missing_end_open_nothing() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let text = vec![1; 2 * PIECE];
        let sealed = sealed(&text, &key);

        assert!(opened(&sealed, &SigningKey::from_bytes(&[8; 32]), b"info").is_err());
        assert!(opened(&sealed, &key, b"other").is_err());
        assert!(
            opened(&sealed[..KEY + PIECE + TAG], &key, b"info").is_err(),
            "a whole piece, but not the last"
        );
        for at in [0, 31, 32, KEY + PIECE, sealed.len() - 1] {
            let mut bent = sealed.clone();
            bent[at] ^= 4;
            assert!(opened(&bent, &key, b"info").is_err(), "a bit at {at}");
        }
    }
}
