//! The pool server.
fn main() {}
