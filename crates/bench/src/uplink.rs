//! `uplink`: what a bad line carries, beside one `curl` stream, `rsync` and tus-js-client on the same line in the same
//! run; what is sent again after cuts; how long text takes beside an upload.
//!
//! The peers send as the system of most laptops does, taking loss for congestion (Cubic). Satchel is measured so, as on
//! Windows and macOS, and once more by the rule that it asks Linux for (BBR).
//!
//! The line is one of real packets where this machine gives a network device ([`TunLine`]), so that all senders are the
//! system's own; else the modelled one, and the report says so.

mod peers;
mod sender;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use satchel_testkit::{Dice, Link, LinkPlan, TunLine, free_port};

use self::peers::{Curl, Rsync, TusJs};
use self::sender::Sender;
use super::Order;
use super::pool::PoolProgram;
use super::report::{Direction, Line, Report, Unit, percentile};

/// Loss in percent, and the share of the line that should be of use (sync.md 8).
const LOSSES: [(u32, f64); 4] = [(0, 0.85), (1, 0.65), (3, 0.55), (8, 0.40)];
/// By which rules Satchel is measured: that of most laptops first, that of its choice last.
const RULES: [&str; 2] = ["cubic", "bbr"];
/// The share of bytes that should be of use at 3 % loss (sync.md 8).
const USEFUL: f64 = 0.90;
/// The line, in bits a second.
const RATE: u64 = 4_000_000;
/// The line of the text measure.
const SLOW_RATE: u64 = 1_000_000;
/// Text should take no longer, in milliseconds.
const TEXT_MS: f64 = 3_000.0;
/// How long text may take before the measure gives up.
const TEXT_PATIENCE: Duration = Duration::from_secs(120);

/// One bad line that all senders share.
enum Road {
    Packets(TunLine),
    Model(LinkPlan),
}

/// A way to one server over the road; a modelled one has a line of its own for each server.
struct Way {
    to: SocketAddr,
    _link: Option<Link>,
}

impl Road {
    fn open(plan: LinkPlan, ports: &[u16], report: &Report) -> Self {
        match TunLine::open(plan, ports.to_vec()) {
            Ok(line) => {
                report.fact("the line carries real packets; all senders are the system's own");
                Self::Packets(line)
            }
            Err(error) => {
                report.fact(&format!("the line is modelled, for {error:#}"));
                Self::Model(plan)
            }
        }
    }

    fn losing(&mut self, percent: u32) {
        match self {
            Self::Packets(line) => line.set_loss(percent * 10_000),
            Self::Model(plan) => *plan = plan.losing(percent),
        }
    }

    fn at_rate(&mut self, rate: u64) {
        match self {
            Self::Packets(line) => line.set_rate(rate),
            Self::Model(plan) => *plan = plan.at_rate(rate),
        }
    }

    fn to(&self, port: u16) -> anyhow::Result<Way> {
        Ok(match self {
            Self::Packets(line) => Way { to: SocketAddr::from((line.far(), port)), _link: None },
            Self::Model(plan) => {
                let link = Link::lay(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), *plan)?;
                Way { to: link.address(), _link: Some(link) }
            }
        })
    }

    /// Bytes that went onto the line upwards, with headers and repetitions, where they can be counted.
    fn went_up(&self) -> Option<u64> {
        match self {
            Self::Packets(line) => Some(line.went_up()),
            Self::Model(_) => None,
        }
    }
}

/// Takes the measure.
///
/// # Errors
/// When the pool program is missing, or a server does not start.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("uplink-").tempdir_in(&order.folder)?;
    let [pool_port, curl_port, rsync_port] = [free_port()?, free_port()?, free_port()?];
    let everywhere = IpAddr::from(Ipv4Addr::UNSPECIFIED);
    let pool = PoolProgram::start(folder.path(), SocketAddr::new(everywhere, pool_port))?;
    let plan = LinkPlan::village(order.seed).at_rate(RATE);
    let mut road = Road::open(plan, &[pool_port, curl_port, rsync_port], report);
    report.fact("4 Mbit/s, 200 ms there and back, a queue of 200 KB; loss both ways");

    let mut sender = Sender::join(&pool, folder.path())?;
    let peers = Peers {
        curl: (Curl::serve(curl_port)?, curl_port),
        rsync: (Rsync::serve(rsync_port, folder.path())?, rsync_port),
        tus: TusJs::ready()?,
        token: sender.token(&format!("http://127.0.0.1:{pool_port}"))?,
    };
    goodput(order, report, &mut road, (&mut sender, pool_port), &peers)?;
    for rule in RULES.into_iter().filter(|_| order.wants("text")) {
        sender.sends_by(rule);
        text(order, report, &mut road, (&mut sender, rule), pool_port)?;
    }
    if order.wants("cuts") { again(order, report, &mut sender, pool_port) } else { Ok(()) }
}

/// Who sends beside us.
struct Peers {
    curl: (Curl, u16),
    rsync: (Rsync, u16),
    tus: TusJs,
    token: String,
}

/// What arrived, in how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brought {
    bytes: u64,
    took: Duration,
}

impl Brought {
    fn megabits(self) -> f64 {
        self.bytes as f64 * 8.0 / 1e6 / self.took.as_secs_f64().max(0.001)
    }
}

fn goodput(
    order: &Order,
    report: &Report,
    road: &mut Road,
    (sender, pool_port): (&mut Sender, u16),
    peers: &Peers,
) -> anyhow::Result<()> {
    let (length, patience) = if order.is_small { (6 << 20, 40) } else { (24 << 20, 100) };
    let patience = Duration::from_secs(patience);
    let mut dice = Dice::new(order.seed);
    for (percent, share) in LOSSES {
        if !order.wants("goodput") && !order.wants(&format!("goodput-{percent}")) {
            continue;
        }
        road.losing(percent);
        let line = RATE as f64 / 1e6;
        let mut ours = 0.0;
        for rule in RULES {
            sender.sends_by(rule);
            let film = film(&order.folder, &mut dice, length)?;
            let before = road.went_up();
            let brought = sender.send(&road.to(pool_port)?.url(), film.path(), patience)?;
            ours = brought.megabits();
            report.line(Line {
                what: &format!("goodput at {percent} % loss, sending by {rule}"),
                ours,
                peer: "the line",
                theirs: Some(line),
                unit: Unit::MbitS,
                ratio: ours / line,
                direction: Some(Direction::RatioAtLeast(share)),
            });
            if let Some(wire) = road.went_up().zip(before).map(|(after, before)| after - before) {
                let useful = brought.bytes as f64 / wire as f64;
                let direction = (percent == 3).then_some(Direction::RatioAtLeast(USEFUL));
                report.line(Line {
                    what: &format!("bytes of use of those on the line at {percent} %, by {rule}"),
                    ours: brought.bytes as f64 / f64::from(1 << 20),
                    peer: "the line",
                    theirs: Some(wire as f64 / f64::from(1 << 20)),
                    unit: Unit::MiB,
                    ratio: useful,
                    direction,
                });
            }
        }
        let film = film(&order.folder, &mut dice, length)?;
        let (curl, rsync) = (&peers.curl, &peers.rsync);
        let beside = [
            ("one curl stream", curl.0.send(road.to(curl.1)?.to, film.path(), patience)?),
            ("rsync", rsync.0.send(road.to(rsync.1)?.to, film.path(), patience)?),
            (
                "tus-js-client",
                peers.tus.send(&road.to(pool_port)?.url(), &peers.token, film.path(), patience)?,
            ),
        ];
        for (peer, theirs) in beside {
            report.line(Line {
                what: &format!("goodput at {percent} % loss, sending by {}", RULES[RULES.len() - 1]),
                ours,
                peer,
                theirs: Some(theirs.megabits()),
                unit: Unit::MbitS,
                ratio: ours / theirs.megabits().max(0.001),
                direction: None,
            });
        }
    }
    road.losing(0);
    Ok(())
}

impl Way {
    fn url(&self) -> String {
        format!("http://{}", self.to)
    }
}

/// Text beside an upload that fills a slow line, and on the same line alone.
fn text(
    order: &Order,
    report: &Report,
    road: &mut Road,
    (sender, rule): (&mut Sender, &str),
    pool_port: u16,
) -> anyhow::Result<()> {
    road.at_rate(SLOW_RATE);
    let count = if order.is_small { 5 } else { 30 };
    let way = road.to(pool_port)?;
    let mut alone = sender.texts(&way.url(), None, count, TEXT_PATIENCE)?;
    let film = film(&order.folder, &mut Dice::new(order.seed ^ rule.len() as u64), 64 << 20)?;
    let mut beside = sender.texts(&way.url(), Some(film.path()), count, TEXT_PATIENCE)?;
    road.at_rate(RATE);
    alone.sort_unstable();
    beside.sort_unstable();
    let (ours, theirs) =
        (percentile(&beside, 0.95).as_secs_f64() * 1e3, percentile(&alone, 0.95).as_secs_f64() * 1e3);
    report.line(Line {
        what: &format!("text beside a large upload by {rule} at 1 Mbit/s, p95"),
        ours,
        peer: "text on the quiet line",
        theirs: Some(theirs),
        unit: Unit::Ms,
        ratio: ours / theirs.max(0.001),
        direction: Some(Direction::AtMost(TEXT_MS)),
    });
    report.fact(&format!("{count} texts each; the middle one took {:?} beside it", percentile(&beside, 0.5)));
    Ok(())
}

/// What goes up again after the laptop's exchange was ended in the middle and the line cut.
fn again(order: &Order, report: &Report, sender: &mut Sender, pool_port: u16) -> anyhow::Result<()> {
    let (length, cuts) = if order.is_small { (8 << 20, 3) } else { (64 << 20, 20) };
    let plan = LinkPlan { delay: Duration::from_millis(20), ..LinkPlan::village(order.seed) };
    let link = Link::lay(SocketAddr::from((Ipv4Addr::LOCALHOST, pool_port)), plan.at_rate(16_000_000))?;
    let film = film(&order.folder, &mut Dice::new(order.seed ^ 2), length)?;
    let done = sender.send_with_cuts(&link, film.path(), length / (cuts + 1), cuts)?;
    let again = link.went_up().saturating_sub(length) as f64 / f64::from(1 << 20);
    let bound = (done * 16 * (256 << 10)) as f64 / f64::from(1 << 20);
    report.line(Line {
        what: "sent again after kills, with all headers",
        ours: again,
        peer: "256 KiB a stream and kill",
        theirs: Some(bound),
        unit: Unit::MiB,
        ratio: again / bound.max(0.001),
        direction: Some(Direction::AtMost(bound)),
    });
    report.fact(&format!(
        "{done} kills during {} MiB; nothing the pool had acknowledged was lost",
        length >> 20
    ));
    Ok(())
}

/// A film that no disk has seen: nothing of it is at the pool.
fn film(folder: &Path, dice: &mut Dice, length: u64) -> anyhow::Result<tempfile::NamedTempFile> {
    let mut bytes = vec![0; usize::try_from(length)?];
    dice.fill(&mut bytes);
    let file = tempfile::Builder::new().prefix("film-").tempfile_in(folder)?;
    std::fs::write(file.path(), bytes).context("the film does not fit on the disk")?;
    Ok(file)
}

/// Runs `look` until it says so or the time is over.
pub(crate) fn until(patience: Duration, mut look: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < patience {
        if look() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    look()
}
