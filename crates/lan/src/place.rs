//! Where a laptop nearby answers, and by which short code it is known there.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use satchel_terms::DeviceId;

use crate::LanError;

/// Letters of the code: no I, L, O or U, which people take for others (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code: 60 bits of the fingerprint of the device's key.
const CODE: usize = 12;
/// The port where laptops listen when it is free.
pub(crate) const PORT: u16 = 7_811;

/// An address as people type it: `192.168.43.7`, `192.168.43.7:7811` or `192.168.43.7:7811/K7QM-2XVD-9TRA`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Address and port.
    pub address: SocketAddr,
    /// The code of the laptop that must answer there; without one it must be known already.
    pub code: Option<String>,
}

impl Place {
    /// Reads what was typed.
    ///
    /// # Errors
    /// [`LanError::BadPlace`].
    pub fn parse(text: &str) -> Result<Self, LanError> {
        let bad = || LanError::BadPlace { text: text.trim().to_owned() };
        let (place, code) = match text.trim().split_once('/') {
            Some((place, code)) => (place.trim(), Some(code)),
            None => (text.trim(), None),
        };
        let address = match place.parse::<SocketAddr>() {
            Ok(address) => address,
            Err(_) => SocketAddr::new(place.parse::<IpAddr>().map_err(|_| bad())?, PORT),
        };
        let code = code.map(plain);
        if code.as_ref().is_some_and(|code| code.len() != CODE) {
            return Err(bad());
        }
        Ok(Self { address, code })
    }

    /// The place of a laptop, code included.
    #[must_use]
    pub fn of(address: SocketAddr, device: DeviceId) -> Self {
        Self { address, code: Some(code_of(device)) }
    }

    /// Whether this device is the one that was named.
    #[must_use]
    pub fn names(&self, device: DeviceId) -> bool {
        self.code.as_ref().is_some_and(|code| *code == code_of(device))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.address)?;
        match &self.code {
            Some(code) => write!(out, "/{}-{}-{}", &code[..4], &code[4..8], &code[8..]),
            None => Ok(()),
        }
    }
}

/// The code of a device: the first 60 bits of its id, which is itself a fingerprint of its key.
fn code_of(device: DeviceId) -> String {
    let number = device.0.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    (0..CODE).map(|at| char::from(LETTERS[(number >> (59 - 5 * at)) as usize & 31])).collect()
}

/// A code without what people add, and with the letters they meant.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    kept.map(|letter| match letter {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_shown_and_as_people_type_it() {
        let device = DeviceId([0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let shown = Place::of("192.168.43.7:7811".parse().unwrap(), device).to_string();

        let read = Place::parse(&shown).unwrap();
        assert!(read.names(device), "{shown}");
        let typed = shown.replace('-', " ").to_lowercase().replace('0', "o").replace('1', "l");
        let (address, code) = typed.split_once('/').unwrap();
        let typed = format!(" {} / {code} ", address.replace('l', "1").replace('o', "0"));
        assert!(Place::parse(&typed).unwrap().names(device), "{typed}");
        assert!(!read.names(DeviceId([0; 16])));
    }

    #[test]
    fn an_address_alone_gets_the_usual_port_and_nonsense_is_refused() {
        assert_eq!(Place::parse("10.0.0.2").unwrap().address.port(), PORT);
        for text in ["", "nearby", "10.0.0.2:x", "10.0.0.2/ABC", "http://10.0.0.2"] {
            assert!(matches!(Place::parse(text), Err(LanError::BadPlace { .. })), "{text}");
        }
    }
}
