//! The pool server.

fn main() -> std::process::ExitCode {
    satchel_pool::cli::run()
}
