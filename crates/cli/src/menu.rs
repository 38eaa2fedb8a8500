//! The verbs of the command line and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use satchel_terms::{ChannelId, ClipId, CutId, DeviceId, Hash, JobId, PersonId, PushId, StoryId};

use crate::keys::KeysVerb;
use crate::nearby::NearbyVerb;
use crate::parcel::ParcelVerb;

/// The desk without a window.
#[derive(Debug, Parser)]
#[command(name = "satchelctl", version, about = "The desk without a window")]
pub struct Menu {
    /// The library's folder.
    #[arg(long, global = true)]
    pub library: Option<PathBuf>,
    /// Answer on one line.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Where the program stands.
    State,
    /// Founds a centre on this machine, with its pool.
    StartCentre {
        /// Its name.
        #[arg(long)]
        centre: String,
        /// The first person's name.
        #[arg(long)]
        name: String,
    },
    /// Joins a centre by an invitation file.
    Join {
        /// The file.
        invitation: PathBuf,
    },
    /// The list of stories.
    Stories,
    /// Makes a story.
    New {
        /// Its headline.
        headline: String,
        /// brief, feature, interview, comment, voice or photo.
        #[arg(long, default_value = "brief")]
        genre: String,
    },
    /// Opens a story and shows its text and fingerprint.
    Show {
        /// Which one.
        story: StoryId,
    },
    /// Sets fields and adds paragraphs.
    Write(WriteLine),
    /// Takes one change that stands beside the text into it.
    Take {
        /// Of which story.
        story: StoryId,
        /// The record that brought it, as `beside` names it.
        record: Hash,
    },
    /// Sets a story's genre; of several values that stand, this one counts.
    Genre {
        /// Which story.
        story: StoryId,
        /// brief, feature, interview, comment, voice or photo.
        genre: String,
    },
    /// Sets a clip's caption and credit.
    Caption {
        /// Which clip.
        clip: ClipId,
        /// Its caption.
        caption: String,
        /// Its credit.
        #[arg(long, default_value = "")]
        credit: String,
    },
    /// Inserts a clip as a figure at the end.
    Figure {
        /// Into which story.
        story: StoryId,
        /// Which clip.
        clip: ClipId,
        /// Its caption.
        #[arg(long, default_value = "")]
        caption: String,
        /// Its credit.
        #[arg(long, default_value = "")]
        credit: String,
    },
    /// Takes a folder, card or file in and waits for the end.
    Import {
        /// The folder, card or file.
        path: PathBuf,
        /// The story that it is for.
        #[arg(long)]
        story: Option<StoryId>,
    },
    /// The material, of a story or all.
    Clips {
        /// Of which story.
        #[arg(long)]
        story: Option<StoryId>,
    },
    /// Keeps a cut of segments `CLIP:FROM-TO` in milliseconds.
    Cut {
        /// For which story.
        story: StoryId,
        /// Its name.
        #[arg(long, default_value = "cut")]
        name: String,
        /// A segment; several in order.
        #[arg(long, required = true)]
        segment: Vec<String>,
    },
    /// A cut as an edit decision list (CMX 3600), for editing suites.
    CutList {
        /// Which one.
        cut: CutId,
    },
    /// Renders a cut and waits for the end.
    Render {
        /// Which one.
        cut: CutId,
    },
    /// What came from other hands and stands beside the text.
    Beside {
        /// Of which story.
        story: StoryId,
    },
    /// What is missing before filing.
    Preflight {
        /// Which one.
        story: StoryId,
    },
    /// Files a story as it stands.
    File {
        /// Which one.
        story: StoryId,
    },
    /// Talks to the pool until nothing waits, or the time is up.
    Sync {
        /// Seconds at most.
        #[arg(long, default_value_t = 120)]
        within: u64,
    },
    #[command(flatten)]
    Centre(CentreVerb),
}

/// What a person does with others: reviewing, releasing, inviting, exchanging.
#[derive(Debug, Subcommand)]
pub enum CentreVerb {
    /// Stories that wait for a review.
    Queue,
    /// A story on the reviewer's table.
    Review {
        /// Which one.
        story: StoryId,
    },
    /// Takes a story for reading.
    Claim {
        /// Which one.
        story: StoryId,
    },
    /// Gives it back to the queue.
    LetGo {
        /// Which one.
        story: StoryId,
    },
    /// Takes the own story back before anybody opened it.
    Withdraw {
        /// Which one.
        story: StoryId,
    },
    /// Passes it, or signs it off at the last level.
    Pass {
        /// Which one.
        story: StoryId,
        /// The fingerprint that was read; the one that stands when left out.
        #[arg(long)]
        rev: Option<Hash>,
        /// Who signed the sheet on paper that this pass enters. The pass is your own.
        #[arg(long)]
        paper_by: Option<String>,
        /// The date on the sheet.
        #[arg(long, default_value = "")]
        paper_date: String,
        /// The remarks on the sheet.
        #[arg(long, default_value = "")]
        paper_remarks: String,
    },
    /// Returns it for change.
    Return {
        /// Which one.
        story: StoryId,
        /// fact, wording, structure, picture, source or other.
        #[arg(long, default_value = "other")]
        code: String,
        /// What to do.
        #[arg(long)]
        note: String,
    },
    /// Adds a remark.
    Comment {
        /// On which story.
        story: StoryId,
        /// question, advice, must or praise.
        #[arg(long, default_value = "advice")]
        kind: String,
        /// The passage.
        #[arg(long, default_value = "")]
        quote: String,
        /// What is said.
        text: String,
    },
    /// The channels.
    Channels,
    /// Sets a channel up; the secret is read from `SATCHEL_CHANNEL_SECRET`.
    Channel {
        /// Its name.
        name: String,
        /// folder, sftp or wordpress.
        #[arg(long)]
        kind: String,
        /// Address or folder.
        #[arg(long)]
        url: String,
        /// Account.
        #[arg(long, default_value = "")]
        account: String,
        /// Public address prefix of a folder.
        #[arg(long, default_value = "")]
        public_url: String,
    },
    /// Signed stories with where they went.
    PushList,
    /// Checks a story against a channel's rules.
    Rehearse {
        /// Which story.
        story: StoryId,
        /// Which channel.
        channel: ChannelId,
    },
    /// Releases a signed story on a channel, once.
    Release {
        /// Which story.
        story: StoryId,
        /// Which channel.
        channel: ChannelId,
    },
    /// Says what became of a release of unknown outcome.
    Resolve {
        /// Which release.
        push: PushId,
        /// It went out.
        #[arg(long)]
        released: bool,
        /// Its address.
        #[arg(long, default_value = "")]
        url: String,
        /// How it was found out.
        #[arg(long)]
        reason: String,
    },
    /// The people of the centre.
    People,
    /// Writes an invitation file.
    Invite {
        /// For whom.
        name: String,
        /// Parts in the work; several.
        #[arg(long, required = true)]
        role: Vec<String>,
        /// Where the file goes; only the text and the squares are shown when left out.
        #[arg(long)]
        folder: Option<PathBuf>,
        /// A person who is here already, for another laptop: the id that `people` shows.
        #[arg(long)]
        person: Option<PersonId>,
    },
    /// The library's keys: passphrase, keyring, the centre's escrow.
    #[command(subcommand)]
    Keys(KeysVerb),
    /// What the pool keeps apart.
    Quarantine,
    /// Copies a record that the pool keeps apart into a folder.
    ExportApart {
        /// Which one.
        id: Hash,
        /// Where to.
        #[arg(long)]
        folder: PathBuf,
    },
    /// Says who is writing a story, or asks for the edit baton.
    Writing {
        /// Which story.
        story: StoryId,
        /// look, take, give-back or break.
        #[arg(default_value = "look")]
        wish: String,
    },
    /// Takes a laptop's rights away.
    Revoke {
        /// Which one.
        device: DeviceId,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Finds stories and clips.
    Search {
        /// What.
        query: String,
    },
    /// Long work.
    Jobs,
    /// Asks a job to stop.
    Cancel {
        /// Which one.
        job: JobId,
    },
    /// The state of the exchange with the pool.
    SyncState,
    /// When what waits will be in the pool, and what would be there in time for the bulletin.
    Arrivals,
    /// Sends what waits of a clip at once, in spite of metered lines and windows.
    SendNow {
        /// Which one.
        clip: ClipId,
        /// Takes the word back.
        #[arg(long)]
        not: bool,
    },
    /// Chooses how material goes up; shows the settings. What is left out stays as it is.
    Uplink(UplinkLine),
    /// The exchange by stick, where there is no line.
    #[command(subcommand)]
    Parcel(ParcelVerb),
    /// The exchange with laptops nearby, where there is no pool.
    #[command(subcommand)]
    Nearby(NearbyVerb),
    /// The log of the exchange.
    SyncLog {
        /// Only lines with this.
        #[arg(default_value = "")]
        query: String,
    },
    /// Facts for support.
    Diagnostics,
}

/// What is set and added in a story.
#[derive(Debug, Args)]
pub struct WriteLine {
    /// Which one.
    pub story: StoryId,
    /// Sets the headline.
    #[arg(long)]
    pub headline: Option<String>,
    /// Sets the kicker.
    #[arg(long)]
    pub kicker: Option<String>,
    /// Sets the deck.
    #[arg(long)]
    pub deck: Option<String>,
    /// Sets the dateline.
    #[arg(long)]
    pub dateline: Option<String>,
    /// Sets the byline.
    #[arg(long)]
    pub byline: Option<String>,
    /// Adds a paragraph; may be given several times.
    #[arg(long)]
    pub paragraph: Vec<String>,
}

/// What is changed of the way up.
#[derive(Debug, Args)]
pub struct UplinkLine {
    /// Most kilobits in a second; 0 for no limit.
    #[arg(long)]
    pub kbit: Option<u32>,
    /// Whether the line is paid for by the byte: true or false.
    #[arg(long)]
    pub metered: Option<bool>,
    /// The window for originals, as 22:00-06:00; `always` for none.
    #[arg(long)]
    pub night: Option<String>,
    /// The bulletin's hour, as 18:00; `none` for none.
    #[arg(long)]
    pub bulletin: Option<String>,
}
