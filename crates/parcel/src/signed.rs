//! A signed page: text, a line break, the signature over just those bytes as 128 hex digits, a line break.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Signs a page for one purpose.
pub fn sign(domain: &[u8], text: &[u8], key: &SigningKey) -> Vec<u8> {
    let signature = hex::encode(key.sign(&message(domain, text)).to_bytes());
    [text, b"\n", signature.as_bytes(), b"\n"].concat()
}

/// The text of a page, before anybody believes it.
pub fn text(page: &[u8]) -> Option<&[u8]> {
    split(page).map(|(text, _)| text)
}

/// Whether the page was signed by this key for this purpose.
pub fn is_signed(domain: &[u8], page: &[u8], key: &VerifyingKey) -> bool {
    let Some((text, signature)) = split(page) else { return false };
    let mut bytes = [0; 64];
    // Only one way to write a signature: no second page says the same.
    let is_plain = signature.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_plain
        && hex::decode_to_slice(signature, &mut bytes).is_ok()
        && key.verify_strict(&message(domain, text), &Signature::from_bytes(&bytes)).is_ok()
}

fn split(page: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, signature) = page.strip_suffix(b"\n")?.split_last_chunk::<128>()?;
    Some((rest.strip_suffix(b"\n")?, signature))
}

fn message(domain: &[u8], text: &[u8]) -> Vec<u8> {
    [domain, text].concat()
}
