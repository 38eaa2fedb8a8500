//! Gathering: a card, a folder or files come in, copied, verified by reading back, looked at.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use satchel_capture::{FileReport, FileState, HotFolder, MediaKind as Kind, Plan, ReadyRule, Shelf};
use satchel_failure::{Answer, Failure};
use satchel_jobs::{Gauge, JobKind};
use satchel_media::Tools;
use satchel_store::Library;
use satchel_terms::{ClipId, Hash, JobId, StoryId};

use crate::DeskError;
use crate::cards::{FailedFile, Happened, ImportPlan, ImportReport};
use crate::clips::new_row;
use crate::home::free_bytes;
use crate::room::{Dice, Room, locked};

/// The library as the import's shelf.
struct BlobShelf(Arc<Library>);

impl Shelf for BlobShelf {
    fn has(&self, hash: &Hash, _len: u64) -> bool {
        self.0.blobs().has(hash)
    }
    fn shelve(&self, part: &Path, hash: Hash) -> Result<(), Failure> {
        Ok(self.0.blobs().shelve(part, &hash)?)
    }
}

impl Room {
    /// What an import of a folder, card or file would take in.
    pub fn plan_import(&self, path: &str) -> Answer<ImportPlan> {
        let plan = satchel_capture::plan(&[PathBuf::from(path)])?;
        Ok(self.plan_card(&plan, path))
    }

    fn plan_card(&self, plan: &Plan, source: &str) -> ImportPlan {
        let count = |kinds: &[Kind]| {
            u32::try_from(plan.files.iter().filter(|file| kinds.contains(&file.kind)).count())
                .unwrap_or(u32::MAX)
        };
        ImportPlan {
            files: u32::try_from(plan.files.len()).unwrap_or(u32::MAX),
            bytes: plan.bytes(),
            pictures: count(&[Kind::Photo, Kind::Heic, Kind::Raw]),
            videos: count(&[Kind::Video]),
            audio: count(&[Kind::Audio]),
            not_yet: count(&[Kind::Heic, Kind::Raw]),
            free_bytes: free_bytes(&self.dir),
            source: source.to_owned(),
        }
    }

    /// Takes a folder, card or file in, as a job.
    pub fn start_import(self: &Arc<Self>, path: &str, story: Option<StoryId>) -> Answer<JobId> {
        self.import_all(vec![PathBuf::from(path)], story)
    }

    fn import_all(self: &Arc<Self>, paths: Vec<PathBuf>, story: Option<StoryId>) -> Answer<JobId> {
        let plan = satchel_capture::plan(&paths)?;
        let room = Arc::clone(self);
        let subject = story.map_or_else(String::new, |story| story.to_string());
        self.jobs.start(JobKind::Import, subject, move |job, gauge| room.import(job, &plan, story, gauge))
    }

    fn import(
        self: &Arc<Self>,
        job: JobId,
        plan: &Plan,
        story: Option<StoryId>,
        gauge: &Gauge,
    ) -> Answer<()> {
        let fresh: Mutex<Vec<ClipId>> = Mutex::new(Vec::new());
        let tell = |_: usize, report: &FileReport| {
            if let Some(clip) = self.note_file(report, story) {
                locked(&fresh).push(clip);
            }
        };
        let growing = self.dir.join("parts");
        let shelf = BlobShelf(Arc::clone(&self.library));
        let outcome = satchel_capture::offload(plan, &growing, &shelf, gauge, &tell);
        let report = report_of(&outcome);
        locked(&self.reports).insert(job.to_string(), report);
        gauge.enter("looking");
        self.look_at_new(&locked(&fresh).clone())?;
        match outcome.cut_short {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// A file is safe: its row is written before anything is made from it.
    fn note_file(&self, report: &FileReport, story: Option<StoryId>) -> Option<ClipId> {
        let FileState::Verified { hash } = report.state else {
            if let (FileState::Duplicate { hash }, Some(story)) = (&report.state, story) {
                self.attach_duplicate(*hash, story);
            }
            return None;
        };
        let clip = ClipId::mint(&mut Dice);
        let row = new_row(clip, report.source.name.clone(), hash, report.source.seen.len, story);
        match self.library.index_clip(&row) {
            Ok(()) => Some(clip),
            Err(error) => {
                tracing::error!(%error, "a clip could not be noted");
                None
            }
        }
    }

    /// A file that is here already still belongs to the story it is imported for, if it has none yet.
    fn attach_duplicate(&self, blob: Hash, story: StoryId) {
        let Ok(rows) = self.library.clips_by_blob(blob) else { return };
        if let Some(row) = rows.into_iter().find(|row| row.story.is_none()) {
            let _ = self.attach_clip(row.clip, Some(story));
        }
    }

    /// Looks at clips that came in, then starts their proxies.
    fn look_at_new(self: &Arc<Self>, clips: &[ClipId]) -> Answer<()> {
        if clips.is_empty() {
            return Ok(());
        }
        let tools = tokio::runtime::Handle::current().block_on(Tools::find(None))?;
        for clip in clips {
            self.look_at_clip(&tools, *clip)?;
        }
        for clip in clips {
            self.start_proxy(*clip)?;
        }
        self.tell(Happened::ClipsChanged { clip: None });
        Ok(())
    }

    /// Clips that an unclean exit left unseen are looked at now.
    pub fn look_at_left(self: &Arc<Self>) -> Answer<()> {
        let filter = satchel_store::ClipFilter { limit: 10_000, ..Default::default() };
        let rows = self.library.clips(&filter)?;
        let left: Vec<ClipId> = rows.iter().filter(|row| row.state == "new").map(|row| row.clip).collect();
        for row in rows.iter().filter(|row| row.state == "ready" && self.library.blobs().has(&row.blob)) {
            self.start_proxy(row.clip)?;
        }
        self.look_at_new(&left)
    }

    /// What became of an import.
    pub fn import_report(&self, job: JobId) -> Answer<ImportReport> {
        Ok(locked(&self.reports).get(&job.to_string()).cloned().ok_or(DeskError::Unknown { what: "job" })?)
    }

    /// Watches the hot folder, if one is set.
    pub fn watch_hot_folder(self: &Arc<Self>) {
        let Ok(settings) = self.settings() else { return };
        let dir = PathBuf::from(&settings.hot_folder);
        let round = {
            let mut round = locked(&self.hot_round);
            *round += 1;
            *round
        };
        if settings.hot_folder.is_empty() || !dir.is_dir() {
            return;
        }
        let room = Arc::downgrade(self);
        std::thread::spawn(move || {
            let Ok((_watch, ready)) = HotFolder::watch(&dir, ReadyRule::default()) else { return };
            loop {
                let file = ready.recv_timeout(Duration::from_secs(1));
                let Some(room) = room.upgrade() else { return };
                if *locked(&room.hot_round) != round {
                    return;
                }
                match file {
                    Ok(file) => {
                        locked(&room.hot).push(file.path);
                        room.tell(Happened::HotFolderReady);
                    }
                    Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                    Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        });
    }

    /// What lies ready in the hot folder; none when nothing does.
    pub fn hot_offers(&self) -> Answer<Option<ImportPlan>> {
        let paths = locked(&self.hot).clone();
        if paths.is_empty() {
            return Ok(None);
        }
        let there: Vec<PathBuf> = paths.into_iter().filter(|path| path.exists()).collect();
        let plan = satchel_capture::plan(&there)?;
        Ok(Some(self.plan_card(&plan, &self.settings()?.hot_folder)))
    }

    /// Takes in what lies ready in the hot folder.
    pub fn take_hot(self: &Arc<Self>, story: Option<StoryId>) -> Answer<JobId> {
        let paths: Vec<PathBuf> =
            std::mem::take(&mut *locked(&self.hot)).into_iter().filter(|path| path.exists()).collect();
        self.tell(Happened::HotFolderReady);
        self.import_all(paths, story)
    }
}

fn report_of(outcome: &satchel_capture::Outcome) -> ImportReport {
    let mut report = ImportReport { taken: 0, duplicates: 0, failed: Vec::new() };
    for file in &outcome.files {
        match &file.state {
            FileState::Verified { .. } => report.taken += 1,
            FileState::Duplicate { .. } => report.duplicates += 1,
            FileState::Failed(error) => report.failed.push(FailedFile {
                name: file.source.name.clone(),
                code: satchel_failure::Explain::code(error).to_owned(),
            }),
            FileState::Planned | FileState::Copied { .. } => {
                report
                    .failed
                    .push(FailedFile { name: file.source.name.clone(), code: "capture.stopped".into() });
            }
        }
    }
    report
}
