//! Real servers and bad lines for tests in other processes.
//!
//! `satchel-testkit wordpress [--dir DIR]` prints one JSON line with `url`, `user` and `password`;
//! `satchel-testkit link HOST:PORT [--kbit N] [--delay MS] [--loss PERCENT] [--seed N]` one with `url` and `seed`.
//! Both then stay until standard input closes.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use satchel_testkit::{Link, LinkPlan, WordPress};
use serde_json::{Value, json};

const USAGE: &str = "usage: satchel-testkit wordpress [--dir DIR]
       satchel-testkit link HOST:PORT [--kbit N] [--delay MS] [--loss PERCENT] [--seed N]";

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["wordpress"] => stay(&WordPress::start()?, told),
        ["wordpress", "--dir", folder] => stay(&WordPress::start_in(Path::new(folder))?, told),
        ["link", upstream, options @ ..] => {
            let plan = planned(options)?;
            let link = Link::lay(upstream.parse().context("no HOST:PORT")?, plan)?;
            stay(&link, |link| json!({ "url": link.url(), "seed": plan.seed }))
        }
        _ => bail!(USAGE),
    }
}

fn told(site: &WordPress) -> Value {
    json!({ "url": site.url, "user": site.user, "password": site.app_password })
}

/// The village's line, but for what was said.
fn planned(options: &[&str]) -> anyhow::Result<LinkPlan> {
    let mut plan = LinkPlan::village(1);
    for pair in options.chunks(2) {
        let [name, value] = pair else { bail!(USAGE) };
        let number: u32 = value.parse().with_context(|| format!("{name} {value}"))?;
        match *name {
            "--kbit" => plan.rate = u64::from(number) * 1_000,
            "--delay" => plan.delay = Duration::from_millis(number.into()),
            "--loss" => plan = plan.losing(number),
            "--seed" => plan.seed = number.into(),
            _ => bail!(USAGE),
        }
    }
    Ok(plan)
}

/// Tells where it is, and stays until standard input closes.
fn stay<T>(server: &T, told: impl Fn(&T) -> Value) -> anyhow::Result<()> {
    println!("{}", told(server));
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
