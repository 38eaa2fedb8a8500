//! The administrators' page at `/admin`: people, devices, channels, what stands apart, storage, backups (decision 0024).
//!
//! Whoever opens a link that works once is signed in for an hour. Such a link is made on the pool's own machine
//! (`satchel-pool admin link`) or asked for by the laptop of an administrator. Pages are written here, without scripts;
//! they only show, and what changes something is a form whose seal belongs to the session.

pub(crate) mod backing;
pub(crate) mod line;
pub(crate) mod pages;
pub(crate) mod session;
pub(crate) mod words;
