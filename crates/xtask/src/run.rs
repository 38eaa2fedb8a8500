//! Starts the program as built from this folder.

use anyhow::Result;

use crate::steps::{cargo, must, program, root, step, target};
use crate::{machine, tests};

/// Builds and starts the program with the given arguments. On a machine without a screen it opens the window on a
/// virtual one and keeps a picture.
pub fn run(words: &[String]) -> Result<()> {
    machine::packages()?;
    tests::pages()?;
    step("build the programs", || must(&mut cargo(&["build", "--workspace", "--bins"])))?;
    let has_screen = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if !has_screen {
        return picture();
    }
    let satchel = target().join("debug").join(format!("satchel{}", std::env::consts::EXE_SUFFIX));
    must(program(&satchel.to_string_lossy(), &[]).args(words))
}

/// Opens the window where nobody sees it, and keeps a picture.
fn picture() -> Result<()> {
    let file = root().join("tour/first-window.png");
    let test = [
        "test",
        "--workspace",
        "--quiet",
        "--test",
        "screen",
        "--",
        "--ignored",
        "--exact",
        "first_run::a_picture",
    ];
    step("no screen here: open the window on a virtual one", || {
        must(cargo(&test).env("SATCHEL_SHOT", &file))
    })?;
    println!("the window: {}", file.display());
    Ok(())
}
