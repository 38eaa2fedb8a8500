//! How figures are printed: the ratio first, then the direction, then both sides.

use std::time::Duration;

use super::Order;

/// Prints the measures as they come.
#[derive(Debug)]
pub struct Report(());

/// Which way a figure should point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Direction {
    /// At least so much.
    AtLeast(f64),
    /// Less than so much.
    Below(f64),
}

impl Direction {
    fn is_met(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(bound) => figure >= bound,
            Self::Below(bound) => figure < bound,
        }
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
        println!("folder {} · seed {}", order.folder.display(), order.seed);
        Self(())
    }

    /// Begins a measure.
    pub fn head(&self, name: &str) {
        println!("\n{name}");
    }

    /// Prints a figure with its unit and its direction.
    pub fn figure(&self, what: &str, figure: f64, unit: &str, direction: Direction) {
        let (sign, bound) = match direction {
            Direction::AtLeast(bound) => ("≥", bound),
            Direction::Below(bound) => ("<", bound),
        };
        let met = if direction.is_met(figure) { "met" } else { "NOT MET" };
        println!("  {what}: {figure:.3} {unit} (direction {sign} {bound} {unit}: {met})");
    }

    /// Prints a ratio of two sides, with both sides.
    pub fn ratio(&self, what: &str, ratio: f64, ours: &str, peer: &str) {
        println!("  {what}: {ratio:.3} × — satchel {ours}; {peer}");
    }

    /// Prints a fact.
    pub fn fact(&self, fact: &str) {
        println!("  {fact}");
    }

    /// Prints why something was not measured.
    pub fn not_measured(&self, why: &str) {
        println!("  not measured: {why}");
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
    }

    #[test]
    fn twice_and_half_even_out() {
        assert!((geometric_mean(&[2.0, 0.5]) - 1.0).abs() < 1e-12);
    }
}
