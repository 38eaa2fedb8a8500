//! The desk's public verbs: each hands over to the room on a worker thread.
//!
//! Every verb answers a [`Failure`](satchel_failure::Failure) whose code names what went wrong; before there is
//! an open library that is `desk.no-library` or `desk.locked`.

use satchel_failure::Answer;
use satchel_jobs::JobCard;
use satchel_terms::{ChannelId, ClipId, CommentId, CutId, DeviceId, Hash, JobId, PushId, Role, StoryId};

use crate::cards::{
    ArrivalsCard, BesideCard, ChannelCard, ChannelForm, ClipCard, CommentCard, CutCard, CutStep,
    DeliveryCard, DiffBlock, FindingCard, HitCard, ImportPlan, ImportReport, NearbyCard, OpenStory,
    ParcelReport, PersonCard, PushCard, QueueCard, RecoveredCard, ReviewCard, RevisionCard, Saved, Settings,
    StoryCard, SyncCard, SyncLogLine, Verb,
};
use crate::{Desk, MediaFile, MediaKind};

/// Writes the verbs: name, parameters, answer, and the room's own word for it.
macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident($($param:ident: $kind:ty),*) -> $answer:ty = |$room:ident| $act:expr;)*) => {
        impl Desk {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// What went wrong, with its code and the way out.
            pub async fn $name(&self $(, $param: $kind)*) -> Answer<$answer> {
                self.work(move |$room| $act).await
            }
        )*}
    };
}

verbs! {
    /// What the person chose.
    settings() -> Settings = |room| room.settings();
    /// Keeps what the person chose.
    save_settings(settings: Settings) -> Settings = |room| {
        let saved = room.save_settings(settings)?;
        room.watch_hot_folder();
        room.exchange.set_paused(!saved.sync_on);
        room.exchange.obey(&saved);
        Ok(saved)
    };
    /// What was being written when the program went down.
    recovered() -> Vec<RecoveredCard> = |room| room.recovered();
    /// The recovery was seen.
    recovery_seen() -> () = |room| room.recovery_seen();
    /// All stories, newest change first.
    stories() -> Vec<StoryCard> = |room| room.stories();
    /// One story's card.
    story(story: StoryId) -> StoryCard = |room| room.card(story);
    /// Makes a story.
    create_story(headline: String, genre: String) -> StoryCard = |room| room.create_story(&headline, &genre);
    /// Opens a story with its whole update log.
    open_story(story: StoryId) -> OpenStory = |room| room.open_story(story);
    /// Keeps one update of the editor (base64). When this answers, the words are on the disk.
    keep_update(story: StoryId, session: String, update: String) -> Saved =
        |room| room.keep_update(story, &session, &update);
    /// Seals what was typed into signed records.
    seal_story(story: StoryId) -> StoryCard = |room| room.seal_story(story);
    /// Compares the window's fingerprint of the text with the core's.
    check_rev(story: StoryId, rev: Hash) -> bool = |room| room.check_rev(story, rev);
    /// Keeps a version.
    checkpoint(story: StoryId) -> RevisionCard = |room| room.checkpoint(story);
    /// The kept versions.
    revisions(story: StoryId) -> Vec<RevisionCard> = |room| room.revisions(story);
    /// What changed between two kept versions.
    compare(older: Hash, newer: Hash) -> Vec<DiffBlock> = |room| room.compare(older, newer);
    /// What stands beside the text of a story under review.
    beside(story: StoryId) -> BesideCard = |room| room.beside(story);
    /// Sets the genre.
    set_genre(story: StoryId, genre: String) -> StoryCard = |room| room.set_genre(story, &genre);
    /// Changes a story without a window.
    edit_story(story: StoryId, edits: Vec<satchel_story::Edit>) -> StoryCard =
        |room| room.edit_story(story, &edits);
    /// What is missing before filing.
    preflight(story: StoryId) -> Vec<FindingCard> = |room| room.preflight(story);
    /// Files a story: freezes this version and queues it for the pool.
    file_story(story: StoryId, rev: Hash) -> StoryCard = |room| room.file_story(story, rev);
    /// The remarks on a story.
    comments(story: StoryId) -> Vec<CommentCard> = |room| room.comments(story);
    /// Adds a remark or an answer.
    add_comment(story: StoryId, kind: String, quote: String, text: String, answers: Option<CommentId>) -> CommentCard =
        |room| room.add_comment(story, &kind, &quote, &text, answers);
    /// Finds stories and clips.
    search(query: String) -> Vec<HitCard> = |room| room.search(&query);
    /// The material of a story, or all of it.
    clips(story: Option<StoryId>) -> Vec<ClipCard> = |room| room.clips(story);
    /// One clip.
    clip(clip: ClipId) -> ClipCard = |room| room.clip(clip);
    /// Sets caption and credit.
    caption_clip(clip: ClipId, caption: String, credit: String) -> ClipCard =
        |room| room.caption_clip(clip, &caption, &credit);
    /// Puts a clip into a story's material, or takes it out.
    attach_clip(clip: ClipId, story: Option<StoryId>) -> ClipCard = |room| room.attach_clip(clip, story);
    /// Asks the pool for the original.
    fetch_original(clip: ClipId) -> () = |room| room.fetch_original(clip);
    /// Opens bytes for the window's player and pictures.
    media(kind: MediaKind, clip: ClipId) -> MediaFile = |room| room.media(kind, clip);
    /// What an import would take in.
    plan_import(path: String) -> ImportPlan = |room| room.plan_import(&path);
    /// Takes a folder, card or file in.
    start_import(path: String, story: Option<StoryId>) -> JobId = |room| room.start_import(&path, story);
    /// What became of an import.
    import_report(job: JobId) -> ImportReport = |room| room.import_report(job);
    /// What lies ready in the hot folder.
    hot_offers() -> Option<ImportPlan> = |room| room.hot_offers();
    /// Takes in what lies ready in the hot folder.
    take_hot(story: Option<StoryId>) -> JobId = |room| room.take_hot(story);
    /// The cuts of a story.
    cuts(story: StoryId) -> Vec<CutCard> = |room| room.cuts(story);
    /// Begins a cut.
    create_cut(story: StoryId, name: String) -> CutCard = |room| room.create_cut(story, &name);
    /// Carries out one step on a cut.
    change_cut(cut: CutId, step: CutStep) -> CutCard = |room| room.change_cut(cut, step);
    /// A cut as an edit decision list (CMX 3600).
    cut_list(cut: CutId) -> String = |room| room.cut_list(cut);
    /// Renders a cut into one MP4.
    render_cut(cut: CutId) -> JobId = |room| room.render_cut(cut);
    /// Stories that wait for a review.
    queue() -> Vec<QueueCard> = |room| room.queue();
    /// A story on the reviewer's table.
    review(story: StoryId) -> ReviewCard = |room| room.review(story);
    /// Decides as the person at this laptop.
    decide(story: StoryId, verb: Verb) -> ReviewCard = |room| room.decide(story, verb);
    /// The channels of the centre.
    channels() -> Vec<ChannelCard> = |room| room.channels();
    /// Sets a channel up.
    save_channel(form: ChannelForm) -> ChannelCard = |room| room.save_channel(form);
    /// Signed stories with where they went.
    push_list() -> Vec<PushCard> = |room| room.push_list();
    /// Checks a signed story against a channel's rules, without a network.
    rehearse(story: StoryId, channel: ChannelId) -> Vec<FindingCard> = |room| room.rehearse(story, channel);
    /// Releases a signed story on a channel, once.
    release(story: StoryId, channel: ChannelId) -> DeliveryCard = |room| room.release(story, channel);
    /// A person says what became of a release of unknown outcome.
    resolve_push(push: PushId, released: bool, url: String, reason: String) -> DeliveryCard =
        |room| room.resolve_push(push, released, &url, &reason);
    /// The state of the exchange with the pool.
    sync_state() -> SyncCard = |room| room.sync_state();
    /// Talks to the pool now.
    sync_now() -> () = |room| {
        room.seal_all()?;
        room.exchange.nudge();
        Ok(())
    };
    /// When what waits will be in the pool, and what would be there in time for the bulletin.
    arrivals() -> ArrivalsCard = |room| room.arrivals();
    /// Sends what waits of a clip at once, in spite of metered lines and windows; or no longer.
    send_now(clip: ClipId, is_urgent: bool) -> () = |room| room.send_now(clip, is_urgent);
    /// The permanent log of the exchange.
    sync_log(query: String) -> Vec<SyncLogLine> = |room| room.sync_log(&query);
    /// Makes a parcel for the pool in a folder, of everything that it has not acknowledged.
    make_parcel(folder: String, originals: bool) -> JobId = |room| room.make_parcel(&folder, originals);
    /// Takes in receipts and parcels for this laptop from a folder.
    take_parcel(folder: String) -> JobId = |room| room.take_parcel(&folder);
    /// How the exchange with laptops nearby stands.
    nearby_state() -> NearbyCard = |room| room.nearby_state();
    /// Switches the exchange with laptops nearby on, listening at one address or on every network, or off.
    set_nearby(is_on: bool, listen: Option<String>) -> NearbyCard =
        |room| room.set_nearby(is_on, listen.as_deref());
    /// Meets the laptop at a typed address.
    meet_nearby(place: String) -> NearbyCard = |room| room.meet_nearby(&place);
    /// What became of a parcel.
    parcel_report(job: JobId) -> ParcelReport = |room| room.parcel_report(job);
    /// The people of the centre.
    people() -> Vec<PersonCard> = |room| room.people();
    /// Writes an invitation file for a new person into a folder and answers its path.
    invite(name: String, roles: Vec<Role>, folder: String) -> String = |room| room.invite(&name, &roles, &folder);
    /// Takes a laptop's rights away.
    revoke_device(device: DeviceId, reason: String) -> () = |room| room.revoke_device(device, &reason);
    /// Long work, newest first.
    jobs() -> Vec<JobCard> = |room| room.jobs.cards();
    /// Asks a job to stop at its next safe point.
    cancel_job(job: JobId) -> () = |room| room.jobs.cancel(job);
    /// Facts for support; never a word of a story.
    diagnostics() -> String = |room| room.diagnostics();
}
