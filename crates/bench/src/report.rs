//! How figures are printed: each as a ratio to its peer, and all of them once more at the end.

use std::cell::RefCell;
use std::time::Duration;

use super::Order;

/// Prints the measures as they come, and keeps their lines for the table.
#[derive(Debug)]
pub struct Report {
    lines: RefCell<Vec<[String; 6]>>,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// 1,024 bytes.
    KB,
    /// 1,024 × 1,024 bytes.
    MiB,
    /// A million bits in a second.
    MbitS,
    /// Pieces in a second.
    PerS,
}

impl Unit {
    fn with(self, figure: f64) -> String {
        match self {
            Self::S => format!("{figure:.2} s"),
            Self::Ms if figure >= 100.0 => format!("{figure:.0} ms"),
            Self::Ms => format!("{figure:.2} ms"),
            Self::KB => format!("{figure:.2} KB"),
            Self::MiB if figure < 10.0 => format!("{figure:.2} MiB"),
            Self::MiB => format!("{figure:.0} MiB"),
            Self::MbitS => format!("{figure:.2} Mbit/s"),
            Self::PerS => format!("{figure:.0} a second"),
        }
    }
}

/// Which way a figure should point. The direction is met or not; the run goes on either way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Direction {
    /// The ratio to the peer is at least so much.
    RatioAtLeast(f64),
    /// The figure is less than so much.
    Below(f64),
    /// The figure is not more than so much.
    AtMost(f64),
    /// The figure is at least so much.
    AtLeast(f64),
}

/// One figure beside that of its peer.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// What was measured.
    pub what: &'a str,
    /// Satchel's figure.
    pub ours: f64,
    /// Against whom.
    pub peer: &'a str,
    /// The peer's figure, where it has one.
    pub theirs: Option<f64>,
    /// What both count.
    pub unit: Unit,
    /// The ratio, in the sense that the direction has.
    pub ratio: f64,
    /// Where the figure should point.
    pub direction: Option<Direction>,
}

impl Line<'_> {
    fn verdict(&self) -> [String; 2] {
        let (is_met, words) = match self.direction {
            None => return ["—".into(), "—".into()],
            Some(Direction::RatioAtLeast(bound)) => (self.ratio >= bound, format!("ratio ≥ {bound}")),
            Some(Direction::Below(bound)) => (self.ours < bound, format!("< {}", self.unit.with(bound))),
            Some(Direction::AtLeast(bound)) => (self.ours >= bound, format!("≥ {}", self.unit.with(bound))),
            Some(Direction::AtMost(bound)) => (self.ours <= bound, format!("≤ {}", self.unit.with(bound))),
        };
        [words, if is_met { "met" } else { "NOT MET" }.into()]
    }

    fn cells(&self) -> [String; 6] {
        let theirs = self.theirs.map_or_else(String::new, |figure| format!(" {}", self.unit.with(figure)));
        let [direction, verdict] = self.verdict();
        let ratio = format!("{:.2} ×", self.ratio);
        let ours = self.unit.with(self.ours);
        [self.what.to_owned(), ours, format!("{}{theirs}", self.peer), ratio, direction, verdict]
    }
}

impl Report {
    /// Prints what is true of the whole run.
    #[must_use]
    pub fn begin(order: &Order) -> Self {
        let build =
            if cfg!(debug_assertions) { "DEBUG build: these figures mean nothing" } else { "release build" };
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default();
        println!("{build} · {} {} · {cpus} CPUs, load {load}", std::env::consts::OS, std::env::consts::ARCH);
        println!("seed {}", order.seed);
        Self { lines: RefCell::default() }
    }

    /// Begins a measure.
    pub fn head(&self, name: &str) {
        println!("\n{name}");
    }

    /// Prints a figure beside its peer's, with its ratio and direction.
    pub fn line(&self, line: Line<'_>) {
        let cells = line.cells();
        let [what, ours, peer, ratio, direction, verdict] = &cells;
        println!("  {what}: satchel {ours} | {peer} | {ratio} | direction {direction} | {verdict}");
        self.lines.borrow_mut().push(cells);
    }

    /// Prints a fact.
    pub fn fact(&self, fact: &str) {
        println!("  {fact}");
    }

    /// Prints why something was not measured.
    pub fn not_measured(&self, why: &str) {
        println!("  not measured: {why}");
    }

    /// Prints all lines once more, as one table.
    pub fn close(&self) {
        let heads = ["what", "satchel", "peer", "ratio", "direction", ""].map(str::to_owned);
        let lines = self.lines.borrow();
        let rows: Vec<&[String; 6]> = std::iter::once(&heads).chain(lines.iter()).collect();
        let widths: Vec<usize> = (0..heads.len())
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        println!();
        for row in rows {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
                .collect();
            println!("{}", cells.join("  ").trim_end());
        }
    }
}

/// A duration in milliseconds.
#[must_use]
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The value below which a share of all lies, by nearest rank; 0 of none.
#[must_use]
pub fn percentile(sorted: &[Duration], share: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is small and positive"
    )]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or_default()
}

/// The middle one of these times; 0 of none.
#[must_use]
pub fn middle(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.into_iter().collect();
    times.sort_unstable();
    percentile(&times, 0.5)
}

/// The middle of ratios, so that `2` and `1/2` even out.
#[must_use]
pub fn geometric_mean(ratios: &[f64]) -> f64 {
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (sum / ratios.len().max(1) as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let times: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();

        assert_eq!(percentile(&times, 0.50), Duration::from_millis(50));
        assert_eq!(percentile(&times, 0.99), Duration::from_millis(99));
        assert_eq!(percentile(&times[..1], 0.95), Duration::from_millis(1));
        assert_eq!(percentile(&[], 0.95), Duration::ZERO);
        assert_eq!(middle(times[..3].iter().copied().rev()), Duration::from_millis(2));
    }

    #[test]
    fn twice_and_half_even_out() {
        assert!((geometric_mean(&[2.0, 0.5]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_line_says_whether_its_direction_is_met() {
        let line = |ours, ratio, direction| Line {
            what: "a",
            ours,
            peer: "b",
            theirs: Some(2.0),
            unit: Unit::KB,
            ratio,
            direction: Some(direction),
        };

        let verdicts = [
            line(10.0, 5.0, Direction::AtMost(10.0)),
            line(10.0, 5.0, Direction::Below(10.0)),
            line(10.0, 0.89, Direction::RatioAtLeast(0.9)),
        ]
        .map(|line| line.cells()[5].clone());

        assert_eq!(verdicts, ["met", "NOT MET", "NOT MET"]);
    }
}
