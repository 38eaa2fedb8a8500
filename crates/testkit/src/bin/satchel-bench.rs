//! `satchel-bench [names…]`: measures the product against its peers. Run by `cargo xtask bench`.

use satchel_testkit::bench::{Order, USAGE};

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return Ok(());
    }
    Order::parse(words)?.run()
}
