//! Ways out to other people's systems: one adapter a kind of channel. A sealed package goes in, a receipt comes out.
//!
//! Three promises hold for every adapter:
//!
//! - Exactly one step makes something visible, it is the last one that sends, and [`StepLog::dispatched`] has
//!   returned before it leaves.
//! - After [`PushError::Unknown`] nobody knows; [`Adapter::lookup`] asks the peer. Everything else was not done.
//! - [`Adapter::release`] may be called again with the same marker as often as wanted: it looks first, goes on
//!   where it stopped, and when the story is public already it only fetches the receipt.

mod adapter;
mod failure;
mod folder;
mod pack;
mod secret;
mod sftp;
mod target;
mod wordpress;

pub use adapter::{Account, Adapter, Lookup, MediaFile, MediaSource, ReadSeek, Receipt, Step, StepLog};
pub use failure::{Class, PushError};
pub use folder::folder;
pub use pack::Packs;
pub use secret::Secret;
pub use sftp::{SftpAccount, SignIn, host_key, sftp};
pub use target::{Target, open};
pub use wordpress::{WordPress, WordPressAccount};
