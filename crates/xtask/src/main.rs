//! The menu of the house: `cargo xtask` alone lists it.

mod icons;
mod machine;
mod package;
mod run;
mod show;
mod steps;
mod tally;
mod tests;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// One dish: its name, what may follow it, what it does.
struct Dish {
    name: &'static str,
    after: &'static str,
    what: &'static str,
    cook: fn(&[String]) -> Result<()>,
}

const MENU: [Dish; 10] = [
    Dish { name: "run", after: "[--library DIR] …", what: "builds and starts the program", cook: run::run },
    Dish {
        name: "test",
        after: "[ui|rust|laws|screen|ROOM]",
        what: "everything, installs what is missing",
        cook: tests::test,
    },
    Dish { name: "check", after: "", what: "format, clippy, types, lint, laws", cook: tests::check },
    Dish {
        name: "tour",
        after: "",
        what: "walks the main journeys and keeps their pictures in tour/",
        cook: show::tour,
    },
    Dish { name: "bench", after: "[MEASURE…]", what: "measures, in a release build", cook: show::bench },
    Dish {
        name: "bless",
        after: "",
        what: "accepts the window's types as they are now, shows the difference",
        cook: show::bless,
    },
    Dish { name: "icons", after: "", what: "draws icons/ anew from icons/satchel.svg", cook: icons::icons },
    Dish {
        name: "package",
        after: "[deb,rpm] [--try]",
        what: "builds the packages; --try installs and starts the deb in a clean Debian",
        cook: package::package,
    },
    Dish {
        name: "setup",
        after: "",
        what: "installs what this machine lacks (the others do it when they need it)",
        cook: machine::setup,
    },
    Dish { name: "help", after: "", what: "this list", cook: |_| list() },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match serve(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(words: &[String]) -> Result<()> {
    let Some((name, rest)) = words.split_first() else { return list() };
    match MENU.iter().find(|dish| dish.name == name) {
        Some(dish) => (dish.cook)(rest),
        None => bail!("{name:?} is not on the menu: `cargo xtask` lists it"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a dish like the others")]
fn list() -> Result<()> {
    println!("cargo xtask …\n");
    for dish in &MENU {
        println!("  {:<34} {}", format!("{} {}", dish.name, dish.after), dish.what);
    }
    Ok(())
}
