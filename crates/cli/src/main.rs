//! The desk without a window.
fn main() {}
