//! The window: turns clicks into calls of the desk, and news into window events. Composition only.

pub mod args;
pub mod border;
pub mod commands;
pub mod entrance;
mod error;
mod link;
pub mod media_server;
mod picker;
mod platform;
mod window;

use std::io::IsTerminal;
use std::process::ExitCode;

use tauri::{Manager, RunEvent};

pub use error::ShellError;

use crate::args::Args;
use crate::entrance::Entrance;
use crate::media_server::MediaServer;

/// Runs the program until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    let args = match Args::read(std::env::args_os().skip(1)) {
        Ok(Some(args)) => args,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    log_to_stderr();
    platform::before_the_window(args.safe_graphics);
    match build(args) {
        Ok(app) => {
            app.run(on_run_event);
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be made");
            ExitCode::FAILURE
        }
    }
}

/// Puts the entrance, the media server, the border and the window together.
fn build(args: Args) -> tauri::Result<tauri::App> {
    tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(border::handler())
        .setup(move |app| {
            let entrance = Entrance::new(app.handle().clone(), args.place());
            app.manage(MediaServer::start(entrance.clone())?);
            app.manage(entrance.clone());
            tauri::async_runtime::spawn(async move { entrance.desk().await.map(drop) });
            platform::stop_on_signals(app.handle().clone());
            window::open(app)?;
            Ok(())
        })
        .build(tauri::generate_context!())
}

fn on_run_event(app: &tauri::AppHandle, event: RunEvent) {
    if matches!(event, RunEvent::Exit) {
        tauri::async_runtime::block_on(app.state::<Entrance>().close());
    }
}

/// Writes the program's own log; what goes in is set by `SATCHEL_LOG`, `info` without it.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SATCHEL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .try_init();
}
