//! Feels without asking anybody that the laptop stands on another network, or that its lid was closed.
//!
//! A wait for news may lie on its line for half an hour. The system's probes find out in two minutes that the line is
//! dead; a laptop that was carried elsewhere knows it at once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::{Duration, Instant};

use satchel_terms::Stamp;

use crate::Habits;

/// How often it feels.
const LOOK: Duration = Duration::from_secs(5);
/// A look that comes so much too late comes after a sleep.
const SLEPT: Duration = Duration::from_secs(30);
/// Places that nobody has (RFC 5737, RFC 3849): the system tells by which of its addresses it would go there.
const ELSEWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

/// The laptop's own addresses towards the world.
type Ways = [Option<IpAddr>; 2];

/// What was felt last.
#[derive(Debug)]
pub(super) struct Senses {
    ways: Ways,
    wall: Stamp,
    at: Instant,
}

impl Senses {
    /// Begins with what is.
    pub(super) fn new(wall: Stamp) -> Self {
        Self { ways: ways(), wall, at: Instant::now() }
    }

    /// Returns when something is different. May be dropped at any time.
    pub(super) async fn feel(&mut self, habits: &Habits) {
        loop {
            tokio::time::sleep((self.at + LOOK).saturating_duration_since(Instant::now())).await;
            if self.is_other(ways(), habits.now(), Instant::now()) {
                return;
            }
        }
    }

    /// Whether this is another network than at the last look, or that look was before a sleep. Some systems' steady
    /// clocks stand still while they sleep, others' do not.
    fn is_other(&mut self, ways: Ways, wall: Stamp, at: Instant) -> bool {
        let by_wall = Duration::from_millis(u64::try_from(wall - self.wall).unwrap_or(0));
        let passed = by_wall.max(at.saturating_duration_since(self.at));
        let is_other = ways != self.ways || passed > LOOK + SLEPT;
        *self = Self { ways, wall, at };
        is_other
    }
}

/// By which addresses packets would leave; none goes anywhere for it.
fn ways() -> Ways {
    ELSEWHERE.map(|place| {
        let any: IpAddr =
            if place.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0)).ok()?;
        socket.connect((place, 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Ways = [Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 7))), None];
    const HOTSPOT: Ways = [Some(IpAddr::V4(Ipv4Addr::new(10, 8, 0, 2))), None];

    fn senses() -> Senses {
        Senses { ways: HOME, wall: 1_000_000, at: Instant::now() }
    }

    #[test]
    fn the_same_network_is_felt_as_nothing_and_another_one_once() {
        let mut senses = senses();
        let mut look = |ways, after: u64| {
            let (wall, at) =
                (senses.wall + after.cast_signed() * 1_000, senses.at + Duration::from_secs(after));
            senses.is_other(ways, wall, at)
        };

        assert!(!look(HOME, 5));
        assert!(look(HOTSPOT, 5));
        assert!(!look(HOTSPOT, 5));
        assert!(look([None, None], 5), "no network is another one too");
        assert!(!look([None, None], 30), "a busy machine is not a sleeping one");
    }

    #[test]
    fn a_closed_lid_is_felt_on_either_clock_and_a_clock_put_back_is_not_one() {
        let (mut stands, mut runs, mut back) = (senses(), senses(), senses());
        let five = Duration::from_secs(5);

        assert!(stands.is_other(HOME, stands.wall + 3_600_000, stands.at + five));
        assert!(runs.is_other(HOME, runs.wall + 5_000, runs.at + Duration::from_secs(3_600)));
        assert!(!back.is_other(HOME, back.wall - 86_400_000, back.at + five));
    }
}
