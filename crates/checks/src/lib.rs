//! Proofreading and the channels' rules: a story goes in, findings come out, or a sealed package.
//!
//! Rules are data. Nothing here touches disk or network.

mod channel;
mod finding;
mod media;
mod package;
mod preflight;

pub use channel::{ChannelRules, rehearse};
pub use finding::{Finding, Severity, blocks};
pub use media::{Library, MediaFacts};
pub use package::{Order, Package, PackageMedia, escape, page};
pub use preflight::{LONGEST_HEADLINE, SHORTEST_BODY, preflight};
