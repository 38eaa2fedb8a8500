//! What shows the product: tour, bench, bless.

use anyhow::Result;

use crate::steps::{cargo, must, npm, program, release, root, step, target};
use crate::{machine, tests};

/// Walks the main journeys through the real window and keeps their pictures in `tour/`.
pub fn tour(_: &[String]) -> Result<()> {
    machine::packages()?;
    tests::build()?;
    let pictures = root().join("tour");
    let walk = [
        "test",
        "--workspace",
        "--test",
        "screen",
        "--",
        "tour",
        "--include-ignored",
        "--nocapture",
        "--test-threads=1",
    ];
    step("tour", || must(cargo(&walk).env("SATCHEL_TOUR", &pictures)))?;
    println!("pictures: {}", pictures.display());
    Ok(())
}

/// Measures the product against its peers, in a release build of everything that is measured.
pub fn bench(words: &[String]) -> Result<()> {
    machine::packages()?;
    machine::install(&["b3sum"])?;
    tests::pages()?;
    release()?;
    let bench = target().join("release").join(format!("satchel-bench{}", std::env::consts::EXE_SUFFIX));
    let mut measure = program(&bench.to_string_lossy(), &[]);
    step("bench", || must(measure.args(words).env("SATCHEL_NO_KEYRING", "1")))
}

/// Accepts the window's types and the screen's snapshots as they are now, and shows the difference.
pub fn bless(_: &[String]) -> Result<()> {
    machine::screen_modules()?;
    let types = ["test", "--workspace", "--quiet", "--lib", "bindings"];
    step("types of the window", || must(cargo(&types).env("BLESS", "1")))?;
    step("snapshots of the screen", || must(&mut npm(&["exec", "--", "vitest", "run", "--update"])))?;
    must(&mut program("git", &["--no-pager", "diff", "--stat", "--", "ui"]))
}
