//! The measures of the house, each against a named peer in the same run on the same machine.
//!
//! Directions, not gates: a figure that points the wrong way is printed, and the run goes on.

pub mod crowd;
pub mod durable;
pub mod half_years;
pub mod import;
pub mod laptop;
pub mod library;
pub mod morning;
mod page_cache;
pub mod pool;
mod prose;
pub mod report;
pub mod typing;
pub mod uplink;
pub mod window;
pub mod wire;

use std::path::PathBuf;

use anyhow::{Context, bail};
use report::Report;

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub struct Order {
    /// The measures, by name; all when empty.
    pub names: Vec<String>,
    /// Tiny sizes: to try the measures, not to measure.
    pub is_small: bool,
    /// How many items the library gets; ten years when none.
    pub items: Option<usize>,
    /// The folder for everything that is written; its disk is what is measured.
    pub folder: PathBuf,
    /// What all made-up material grows from.
    pub seed: u64,
    /// Only this part of a measure that has parts; all of them when none.
    pub part: Option<String>,
}

/// One measure: prints its lines.
type Measure = fn(&Order, &Report) -> anyhow::Result<()>;

/// The measures in the order in which they are taken.
const MEASURES: [(&str, Measure); 10] = [
    ("import", import::measure),
    ("start", window::measure_start),
    ("durable", durable::measure),
    ("keys", window::measure_keys),
    ("library", library::measure),
    ("wire", wire::measure),
    ("uplink", uplink::measure),
    ("crowd", crowd::measure),
    ("morning", morning::measure),
    ("memory", window::measure_memory),
];

/// What the command understands.
pub const USAGE: &str =
    "usage: satchel-bench [import] [start] [durable] [keys] [library] [wire] [uplink] [crowd]
                     [morning] [memory]
                     [--small] [--items N] [--seed N] [--dir DIR] [--part NAME]";

impl Order {
    /// Reads the command line, without the name of the program.
    ///
    /// # Errors
    /// For an unknown word, or a value that is missing or no number.
    pub fn parse(words: impl IntoIterator<Item = String>) -> anyhow::Result<Self> {
        let mut order = Self {
            names: Vec::new(),
            is_small: false,
            items: None,
            folder: usual_folder()?,
            seed: 20_260_101,
            part: None,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value\n{USAGE}"));
            match word.as_str() {
                "--small" => order.is_small = true,
                "--items" => order.items = Some(value()?.parse()?),
                "--seed" => order.seed = value()?.parse()?,
                "--dir" => order.folder = value()?.into(),
                "--part" => order.part = Some(value()?),
                name if MEASURES.iter().any(|(known, _)| *known == name) => order.names.push(word),
                _ => bail!("{word:?} is no measure\n{USAGE}"),
            }
        }
        Ok(order)
    }

    /// Whether this part of a measure was asked for.
    #[must_use]
    pub fn wants(&self, part: &str) -> bool {
        self.part.as_deref().is_none_or(|only| only == part)
    }

    /// Takes the measures and prints them.
    ///
    /// # Errors
    /// When the folder cannot be made, or a measure fails; the others are taken all the same.
    pub fn run(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let report = Report::begin(self);
        let mut failed = Vec::new();
        for (name, measure) in MEASURES {
            if !self.names.is_empty() && !self.names.iter().any(|asked| asked == name) {
                continue;
            }
            report.head(name);
            if let Err(error) = measure(self, &report) {
                report.fact(&format!("FAILED: {error:#}"));
                failed.push(name);
            }
        }
        report.close();
        if failed.is_empty() { Ok(()) } else { bail!("not measured: {}", failed.join(", ")) }
    }
}

/// `target/tmp` beside this program: on the disk of the checkout, where the system's own folder may be memory.
fn usual_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("this program lies in no target folder")?;
    Ok(target.join("tmp"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn names_and_switches_are_read_in_any_order() {
        let order = Order::parse(words("--small wire --items 500 import --seed 7")).unwrap();

        assert_eq!(order.names, ["wire", "import"]);
        assert_eq!((order.is_small, order.items, order.seed), (true, Some(500), 7));
    }

    #[test]
    fn an_unknown_measure_is_refused() {
        assert!(Order::parse(words("speed")).is_err());
        assert!(Order::parse(words("--items many")).is_err());
        assert!(Order::parse(words("--items")).is_err());
    }
}
