//! All icons come from one drawing.

use anyhow::{Context, Result};

use crate::package::tauri;
use crate::steps::{must, root, step, target};

/// What the packages need.
const WANTED: [&str; 7] =
    ["32x32.png", "64x64.png", "128x128.png", "128x128@2x.png", "icon.png", "icon.icns", "icon.ico"];

/// Draws `icons/` anew from `icons/satchel.svg`.
pub fn icons(_: &[String]) -> Result<()> {
    let drawn = target().join("icons");
    let out = drawn.to_string_lossy().into_owned();
    step("draw", || must(&mut tauri(&["icon", "icons/satchel.svg", "--output", &out])))?;
    for name in WANTED {
        std::fs::copy(drawn.join(name), root().join("icons").join(name)).with_context(|| name.to_owned())?;
    }
    Ok(())
}
