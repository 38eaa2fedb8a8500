//! What is known of the media that a story shows.

use std::collections::BTreeMap;

use satchel_terms::Hash;

/// What is known of one original or its published form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFacts {
    /// Its type, as `image/jpeg`.
    pub mime: String,
    /// Its size.
    pub bytes: u64,
    /// Whether it could not be decoded.
    pub broken: bool,
}

/// The media at hand, by the fingerprint that the story names.
pub type Library = BTreeMap<Hash, MediaFacts>;
