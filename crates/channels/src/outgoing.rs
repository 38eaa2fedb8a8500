//! What goes out: the face of a package that the adapters see.

use satchel_terms::Hash;
use serde_json::Value;

/// What a piece of material is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Picture,
    /// A video.
    Video,
    /// Sound alone.
    Audio,
}

/// One piece of material of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMedia {
    /// Its content.
    pub blob: Hash,
    /// The name it had with the reporter; adapters take only the ending from it.
    pub file_name: String,
    /// Media type, such as `image/jpeg`.
    pub mime: String,
    /// What it is.
    pub kind: MediaKind,
    /// What it shows, in plain text.
    pub caption: String,
    /// Who made it, in plain text.
    pub credit: String,
}

/// A checked story as an adapter needs it. Every answer is the same each time it is asked.
pub trait Outgoing: Send + Sync {
    /// The headline, plain text.
    fn title(&self) -> &str;
    /// The summary, plain text; may be empty.
    fn summary(&self) -> &str;
    /// The body as HTML, without headline; `media_url` says where a piece of material lies at the peer.
    fn html(&self, media_url: &dyn Fn(&Hash) -> String) -> String;
    /// The revision that was signed off.
    fn rev(&self) -> Hash;
    /// The material, in the order of the story.
    fn media(&self) -> &[OutgoingMedia];
    /// The package as JSON, for the manifest.
    fn manifest_json(&self) -> Value;
}
