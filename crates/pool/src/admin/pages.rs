//! The pages themselves. Every value is escaped where it is put in.

mod frame;
mod health;
mod people;
mod shelves;

pub use frame::{Look, Page, enter, outside};
pub use health::{backups, log};
pub use people::people;
pub use shelves::{apart, channels, storage};
