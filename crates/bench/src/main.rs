//! `satchel-bench [names…]`: measures the product against its peers. Run by `cargo xtask bench`.

use std::process::ExitCode;

use satchel_bench::{Order, USAGE};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match Order::parse(words).and_then(|order| order.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
