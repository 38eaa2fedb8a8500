//! The house rules as tests. They read files only: no window, no network, no build.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "laws/border.rs"]
mod border;
#[path = "laws/floors.rs"]
mod floors;
#[path = "laws/screen.rs"]
mod screen;
#[path = "laws/texts.rs"]
mod texts;
