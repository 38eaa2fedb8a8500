//! What the person chose for the way up, how fast it is, and when what waits will be in the pool.

use satchel_failure::Answer;
use satchel_store::{Direction, TransferFilter, TransferRow, TransferState};
use satchel_sync::arrival::{Arrival, Proposal, Waiting, arrivals};
use satchel_sync::{Night, Rules};
use satchel_terms::{ClipId, Stamp};
use serde::{Deserialize, Serialize};

use crate::DeskError;
use crate::cards::{ArrivalCard, ArrivalsCard, ProposalCard, Settings, Whereabouts};
use crate::clips::way_up;
use crate::room::{Room, now};

/// The setting that keeps the speed of the line between runs.
const SPEED: &str = "uplink-speed";
/// A kept speed is written again when it changed, or after so long.
const KEEP_MS: Stamp = 60_000;
/// How many pieces are told one by one.
const TOLD: usize = 1_000;
/// Minutes by which the clock of the centre is ahead of UTC. Beijing's time is the one that the window shows and that
/// the person types, whatever the computer's own zone is.
pub(crate) const UTC_OFFSET: i32 = 480;
/// Milliseconds of a minute and of a day.
const MINUTE_MS: Stamp = 60_000;
const DAY_MS: Stamp = 1_440 * MINUTE_MS;
/// Minutes of a day.
const DAY: u16 = 1_440;
/// The lowest limit that is taken, in kilobits a second.
const LEAST_KBIT: u32 = 64;

/// How fast the line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Speed {
    /// Bytes in a second.
    rate: u64,
    /// When that was noted.
    at: Stamp,
}

/// Refuses minutes that no day has, and mends a limit that is too low.
pub fn checked(settings: Settings) -> Result<Settings, DeskError> {
    let minutes = [Some(settings.night_from), Some(settings.night_to), settings.bulletin];
    if minutes.into_iter().flatten().any(|minute| minute >= DAY) {
        return Err(DeskError::BadInput { field: "minute" });
    }
    if settings.night_only && settings.night_from == settings.night_to {
        return Err(DeskError::EmptyNight);
    }
    let uplink_kbit = if settings.uplink_kbit == 0 { 0 } else { settings.uplink_kbit.max(LEAST_KBIT) };
    Ok(Settings { uplink_kbit, ..settings })
}

/// The person's rules for originals.
pub fn rules(settings: &Settings) -> Rules {
    let night = Night { from: settings.night_from, to: settings.night_to };
    Rules {
        is_metered: settings.is_metered,
        night: settings.night_only.then_some(night),
        utc_offset: UTC_OFFSET,
    }
}

/// The person's limit in bytes a second.
pub fn limit(settings: &Settings) -> Option<u64> {
    (settings.uplink_kbit > 0).then(|| u64::from(settings.uplink_kbit) * 125)
}

/// The next time that the clock shows this minute of the day.
fn next(minute: u16, utc_offset: i32, now: Stamp) -> Stamp {
    let offset = Stamp::from(utc_offset) * MINUTE_MS;
    let wait = (Stamp::from(minute) * MINUTE_MS - (now + offset)).rem_euclid(DAY_MS);
    now + wait
}

impl Room {
    /// Keeps the measured speed, so that the next run can say something at once.
    pub fn note_speed(&self) {
        let Some(rate) = self.exchange.goodput() else { return };
        let speed = Speed { rate, at: now() };
        let is_known = self
            .speed()
            .is_ok_and(|kept| kept.is_some_and(|kept| kept.rate == rate && speed.at - kept.at < KEEP_MS));
        if !is_known
            && let Ok(value) = serde_json::to_value(speed)
            && let Err(error) = self.library.set_setting(SPEED, &value)
        {
            tracing::warn!(%error, "the speed of the line could not be kept");
        }
    }

    /// The speed as it was kept.
    fn speed(&self) -> Answer<Option<Speed>> {
        Ok(self.library.setting(SPEED)?.and_then(|value| serde_json::from_value(value).ok()))
    }

    /// When what waits will be in the pool.
    pub fn arrivals(&self) -> Answer<ArrivalsCard> {
        self.note_speed();
        let speed = self.speed()?;
        let settings = self.settings()?;
        let rules = rules(&settings);
        let now = now();
        let bulletin = settings.bulletin.map(|minute| next(minute, rules.utc_offset, now));
        let rate = speed.map(|speed| limit(&settings).map_or(speed.rate, |limit| limit.min(speed.rate)));
        let (made, rows): (Vec<_>, Vec<_>) =
            self.going_up()?.into_iter().partition(|row| way_up(row) == Whereabouts::Making);
        let waiting = rows.iter().map(|row| self.waiting(row)).collect::<Answer<Vec<_>>>()?;
        let told = arrivals(&waiting, rate, &rules, now, bulletin);
        let all = told.iter().map(|one| one.arrives).collect::<Option<Vec<_>>>();
        let misses = |one: &&Arrival| one.late_ms.is_some() || !one.proposals.is_empty();
        let late = told.iter().filter(misses).count();
        let travelling = rows.iter().zip(told);
        let made = made.iter().map(|row| (row, Arrival::unknown(row.root)));
        let more = (travelling.len() + made.len()).saturating_sub(TOLD);
        let items = travelling.chain(made).take(TOLD).map(|(row, one)| self.arrival(row, one));
        Ok(ArrivalsCard {
            rate,
            measured: speed.map(|speed| speed.at),
            bulletin,
            all: all.and_then(|all| all.into_iter().max()),
            late: u32::try_from(late).unwrap_or(u32::MAX),
            items: items.collect::<Answer<_>>()?,
            more: u32::try_from(more).unwrap_or(u32::MAX),
        })
    }

    /// What goes up, in its order: what moves already stays before others of its kind.
    fn going_up(&self) -> Answer<Vec<TransferRow>> {
        let filter =
            TransferFilter { direction: Some(Direction::Up), limit: 10_000, ..TransferFilter::default() };
        let mut rows = self.library.transfers(&filter)?;
        rows.retain(|row| matches!(row.state, TransferState::Waiting | TransferState::Moving));
        rows.sort_by_key(|row| (row.lane, !row.is_urgent, row.state != TransferState::Moving));
        Ok(rows)
    }

    fn waiting(&self, row: &TransferRow) -> Answer<Waiting> {
        let clip = self.library.clip(ClipId(row.subject))?.filter(|clip| clip.blob == row.root);
        Ok(Waiting {
            root: row.root,
            left: row.total.saturating_sub(row.done_bytes),
            lane: row.lane,
            is_urgent: row.is_urgent,
            plays_ms: clip.filter(|clip| clip.kind == "video").and_then(|clip| clip.duration_ms),
        })
    }

    fn arrival(&self, row: &TransferRow, one: Arrival) -> Answer<ArrivalCard> {
        let item = self.item(row)?;
        let clip = self.library.clip(ClipId(row.subject))?.map(|clip| clip.clip);
        Ok(ArrivalCard {
            blob: row.root,
            clip,
            story: item.story,
            title: item.title,
            what: item.what,
            whereabouts: item.whereabouts,
            left: row.total.saturating_sub(row.done_bytes),
            is_urgent: row.is_urgent,
            arrives: one.arrives,
            late_ms: one.late_ms,
            proposals: one.proposals.into_iter().map(proposal).collect(),
        })
    }

    /// Sends what waits of a clip at once, in spite of metered lines and windows; or no longer.
    pub fn send_now(&self, clip: ClipId, is_urgent: bool) -> Answer<()> {
        let mut is_any = false;
        for row in self.going_up()?.iter().filter(|row| row.subject == clip.bytes()) {
            is_any |= self.library.transfer_hurry(row.root, Direction::Up, is_urgent)?;
        }
        if !is_any {
            return Err(DeskError::Unknown { what: "clip" }.into());
        }
        self.send_soon();
        Ok(())
    }
}

fn proposal(one: Proposal) -> ProposalCard {
    match one {
        Proposal::SendNow { arrives } => ProposalCard::SendNow { arrives },
        Proposal::Smaller { bits, bytes, arrives } => ProposalCard::Smaller { bits, bytes, arrives },
        Proposal::Carry => ProposalCard::Carry,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_next_bulletin_is_today_or_tomorrow_by_the_local_clock() {
        let noon_in_beijing = 20_000 * DAY_MS + 4 * 60 * MINUTE_MS;

        assert_eq!(next(18 * 60, 480, noon_in_beijing), noon_in_beijing + 6 * 60 * MINUTE_MS);
        assert_eq!(next(7 * 60, 480, noon_in_beijing), noon_in_beijing + 19 * 60 * MINUTE_MS);
        assert_eq!(next(12 * 60, 480, noon_in_beijing), noon_in_beijing);
    }

    #[test]
    fn settings_of_an_older_program_are_read_and_bad_minutes_are_refused() {
        let old: Settings = serde_json::from_str(r#"{"language":"en","syncOn":false}"#).unwrap();
        assert_eq!((old.uplink_kbit, old.is_metered, old.bulletin), (0, false, None));

        assert!(checked(Settings { bulletin: Some(1_440), ..Settings::default() }).is_err());
        assert!(checked(Settings { night_only: true, night_to: 1_320, ..Settings::default() }).is_err());
        let low = checked(Settings { uplink_kbit: 3, ..Settings::default() }).unwrap();
        assert_eq!((low.uplink_kbit, limit(&low)), (64, Some(8_000)));
    }
}
