//! Lists the commands for the permission system and points at the capabilities.

use std::path::Path;

/// Takes the names out of the one list of commands.
macro_rules! border {
    ($($room:ident: $($name:ident),+ $(,)?;)+) => {
        const COMMANDS: &[&str] = &[$($(stringify!($name)),+),+];
    };
}

include!("src/border/list.rs");

/// What the window shows when its pages were not built.
const BARE_PAGE: &str = "<!doctype html><meta charset=\"utf-8\"><title>Satchel</title><p>The pages are not built: run <code>cargo xtask run</code>.</p>\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in
        ["src-tauri/capabilities", "src-tauri/src/border/list.rs", "tauri.conf.json", "icons", "ui/dist"]
    {
        println!("cargo:rerun-if-changed={path}");
    }
    let page = Path::new("ui/dist/index.html");
    if !page.exists() {
        std::fs::create_dir_all("ui/dist")?;
        std::fs::write(page, BARE_PAGE)?;
    }
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    tauri_build::try_build(attributes).map_err(|error| format!("{error:#}"))?;
    Ok(())
}
