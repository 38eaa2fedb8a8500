//! `satchelctl`: the desk without a window, for scripts, support and recovery.
//!
//! Every verb answers JSON: one line with `--json`, indented without. A refusal goes to the standard error as
//! the same `{code, params, message, remedy}` that the window gets, and the exit code is 1.
//! The passphrase of a vault is read from `SATCHEL_PASSPHRASE`.

mod keys;
mod menu;
mod nearby;
mod parcel;
mod verbs;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use satchel_desk::{Desk, Failure, Place};

use crate::menu::Menu;

#[tokio::main]
async fn main() -> ExitCode {
    let menu = Menu::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let is_compact = menu.json;
    match run(menu).await {
        Ok(answer) => show(&mut std::io::stdout(), &answer, is_compact),
        Err(failure) => {
            show(&mut std::io::stderr(), &failure, is_compact);
            ExitCode::FAILURE
        }
    }
}

async fn run(menu: Menu) -> Result<serde_json::Value, Failure> {
    let place =
        Place { library: menu.library, language: None, passphrase: std::env::var("SATCHEL_PASSPHRASE").ok() };
    let desk = Desk::open(place).await?;
    let answer = verbs::act(&desk, menu.verb).await;
    desk.close().await;
    answer
}

/// Prints an answer; a closed pipe is the reader's choice, not a fault.
fn show(out: &mut impl Write, answer: &impl serde::Serialize, is_compact: bool) -> ExitCode {
    let text = if is_compact { serde_json::to_string(answer) } else { serde_json::to_string_pretty(answer) };
    let _ = writeln!(out, "{}", text.unwrap_or_default());
    ExitCode::SUCCESS
}
