//! The pool's order on its way down: page after page, each with the cursor that covers it.

use satchel_store::{TakenIn, Took};
use satchel_terms::{ClipId, DeviceId, StoryId};
use satchel_wire::Kind;

use super::judge::{Judged, Unjudged};
use super::talk::{Answer, LibraryAsk, Pin, PoolAsk, Question};
use crate::exchange::Report;
use crate::trust::Trust;
use crate::{FeedPage, Identity, SyncError};

/// One reading of the pool's order, by the line or from a parcel.
#[derive(Debug)]
pub(super) struct Pulling {
    identity: Identity,
    after: u64,
    epoch: u64,
    parcel: Option<FeedPage>,
    is_parcel: bool,
    trust: Option<Trust>,
    /// A page that is being kept: what it vouches for, its next place, the pool's head.
    keeping: Option<(Vec<DeviceId>, u64, u64)>,
    /// Records that stood apart are being judged again.
    is_late: bool,
    is_begun: bool,
}

impl Pulling {
    /// Reads above `after` by the line.
    pub(super) fn new(identity: &Identity, after: u64, trust: Option<Trust>) -> Self {
        Self {
            identity: identity.clone(),
            after,
            epoch: 0,
            parcel: None,
            is_parcel: false,
            trust,
            keeping: None,
            is_late: false,
            is_begun: false,
        }
    }

    /// Reads one page that came by hand.
    pub(super) fn parcel(identity: &Identity, after: u64, page: FeedPage, trust: Option<Trust>) -> Self {
        Self { parcel: Some(page), is_parcel: true, ..Self::new(identity, after, trust) }
    }

    /// The first question.
    pub(super) fn begin(&self) -> Question {
        Question::Library(LibraryAsk::Trust { with_certificates: self.trust.is_none() })
    }

    /// The keys learned, for the next reading.
    pub(super) fn into_trust(self) -> Option<Trust> {
        self.trust
    }

    /// Goes on; none when the feed is read to its end.
    ///
    /// # Errors
    /// Why the reading ended before that. What was kept until then is kept.
    pub(super) fn step(
        &mut self,
        outcome: Result<Answer, SyncError>,
        report: &mut Report,
    ) -> Result<Option<Question>, SyncError> {
        match outcome? {
            Answer::Trust(pin) => self.trusting(pin.ok_or(SyncError::NotOurPool)?),
            Answer::Waiting(waiting) => self.late(waiting),
            Answer::Page(page) => self.page(page, report).map(Some),
            Answer::Judged(judged) => Ok(Some(self.judged(*judged))),
            Answer::Took(took) => self.took(took, report),
            _ => Ok(None),
        }
    }

    /// A fresh set of keys may fit records that stand apart since a crash.
    fn trusting(&mut self, pin: Pin) -> Result<Option<Question>, SyncError> {
        self.epoch = pin.epoch;
        if self.parcel.as_ref().is_some_and(|page| page.epoch != pin.epoch || self.after > pin.cursor) {
            return Err(SyncError::EpochChanged);
        }
        if let Some(trust) = &mut self.trust
            && trust.is_of(&pin.key)
        {
            return Ok(Some(self.next_page()));
        }
        let trust = Trust::new(&self.identity, pin.key, &pin.certificates)?;
        let devices = trust.devices();
        self.trust = Some(trust);
        Ok(Some(Question::Library(LibraryAsk::Waiting(devices))))
    }

    fn late(&mut self, waiting: Vec<TakenIn>) -> Result<Option<Question>, SyncError> {
        let Some(trust) = self.trust.as_ref().filter(|_| !waiting.is_empty()) else {
            return Ok(self.go_on());
        };
        self.is_late = true;
        let records = waiting.into_iter().map(|one| trust.judge(one)).collect();
        Ok(Some(Question::Library(LibraryAsk::Take { records, odd: Vec::new(), cursor: None })))
    }

    fn page(&mut self, page: FeedPage, report: &mut Report) -> Result<Question, SyncError> {
        if page.epoch != self.epoch {
            return Err(SyncError::EpochChanged);
        }
        report.head = page.head;
        let trust = self.trust.take().ok_or(SyncError::Stopped)?;
        Ok(Question::Judge(Box::new(Unjudged { trust, page, after: self.after })))
    }

    fn judged(&mut self, judged: Judged) -> Question {
        let Judged { trust, records, odd, learned, next, head } = judged;
        self.trust = Some(trust);
        self.keeping = Some((learned, next, head));
        Question::Library(LibraryAsk::Take { records, odd, cursor: Some(next) })
    }

    fn took(&mut self, took: Took, report: &mut Report) -> Result<Option<Question>, SyncError> {
        report.took += took.fresh;
        if !self.is_late {
            report.quarantined += took.quarantined;
        }
        self.is_late = false;
        for (kind, subject) in took.subjects {
            match kind {
                Kind::ASSET_ADD | Kind::ASSET_DERIVE => drop(report.clips.insert(ClipId(subject))),
                Kind::DEVICE_CERT | Kind::DEVICE_REVOKE | Kind::ROLE_GRANT | Kind::CHANNEL_SET => {}
                _ => drop(report.stories.insert(StoryId(subject))),
            }
        }
        if let Some((learned, _, _)) = &mut self.keeping
            && !learned.is_empty()
        {
            return Ok(Some(Question::Library(LibraryAsk::Waiting(std::mem::take(learned)))));
        }
        Ok(self.go_on())
    }

    /// The next page, or none when the feed is at its end.
    fn go_on(&mut self) -> Option<Question> {
        let Some((_, next, head)) = self.keeping.take() else {
            return (!self.is_begun).then(|| self.next_page());
        };
        let is_end = self.is_parcel || next <= self.after || next >= head;
        self.after = next;
        (!is_end).then(|| self.next_page())
    }

    fn next_page(&mut self) -> Question {
        self.is_begun = true;
        let after = self.after;
        match (self.parcel.take(), self.trust.take()) {
            (Some(page), Some(trust)) => Question::Judge(Box::new(Unjudged { trust, page, after })),
            (_, trust) => {
                self.trust = trust;
                Question::Pool(PoolAsk::Feed { after })
            }
        }
    }
}
