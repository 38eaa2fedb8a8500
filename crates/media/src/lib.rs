//! What a clip is and what can be made of it: facts, thumbnails, proxies, finished cuts.
//!
//! This room owns every FFmpeg process. It takes paths and plain plans, gives back facts and files,
//! and decides nothing. FFmpeg is a separate program ([`Tools`]); exit code 0 is not success, so every
//! finished file is looked at again before it gets its name. A stopped or failed job leaves nothing.

pub mod clip;
pub mod driver;
mod embedded;
mod error;
mod exif;
mod ffprobe;
mod isobox;
mod part;
mod platform;
pub mod probe;
pub mod render;
mod sniff;
pub mod still;
pub mod tools;

pub use clip::{make_clip_stills, make_proxy};
pub use error::MediaError;
pub use part::sweep_parts;
pub use probe::{MediaFacts, probe};
pub use render::{Look, RenderJob, RenderSegment, Rendered, made_with, render};
pub use sniff::{Sniffed, sniff};
pub use still::{POSTER_EDGE, Showable, StillOut, THUMB_EDGE, make_stills};
pub use tools::{H264, Tools};
