//! The border: the list of commands and events, and the types that cross it.
//!
//! Rust is the truth. [`bindings`] writes it down for the window; a test holds `ui/src/border/generated.ts`
//! against it, and `BLESS=1` rewrites that file.

mod bindings;

pub use bindings::bindings;

/// The only event: something just became true. Its payload is [`satchel_desk::cards::Happened`].
pub const HAPPENED: &str = "happened";

/// Every event of the border.
pub const EVENTS: &[&str] = &[HAPPENED];

/// Turns the list of commands into names and into the door that lets them in.
macro_rules! border {
    ($($room:ident: $($name:ident),+ $(,)?;)+) => {
        /// Every command of the border.
        pub const COMMANDS: &[&str] = &[$($(stringify!($name)),+),+];

        /// The door: lets the commands of the list in, and nothing else.
        pub fn handler() -> impl Fn(tauri::ipc::Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($(crate::commands::$room::$name),+),+]
        }
    };
}

include!("border/list.rs");
