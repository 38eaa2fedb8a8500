//! Each verb as calls of the desk.

use std::time::{Duration, Instant};

use satchel_desk::cards::{
    ChannelForm, CutStep, PaperWord, ReasonCard, SegmentCard, SyncCard, Verb as Decide, WritingCard,
};
use satchel_desk::{Answer, Desk, DeskError, Failure};
use satchel_jobs::JobState;
use satchel_story::{Edit, Field, Figure, FigureKind, TextKind};
use satchel_terms::{ClipId, Hash, JobId, Role, Stamp, StoryId};
use serde_json::Value;

use crate::menu::{CentreVerb, UplinkLine, Verb, WriteLine};

/// Carries the verb out and answers what the window would get.
pub async fn act(desk: &Desk, verb: Verb) -> Answer<Value> {
    match verb {
        Verb::State => json(desk.app_state().await?),
        Verb::StartCentre { centre, name } => json(desk.start_centre(centre, name, passphrase()).await?),
        Verb::Join { invitation } => json(desk.join_centre(shown(&invitation), passphrase()).await?),
        Verb::Stories => json(desk.stories().await?),
        Verb::New { headline, genre } => json(desk.create_story(headline, genre).await?),
        Verb::Show { story } => json(desk.open_story(story).await?),
        Verb::Write(line) => write(desk, line).await,
        Verb::Take { story, record } => json(desk.take_branch(story, record).await?),
        Verb::Genre { story, genre } => json(desk.set_genre(story, genre).await?),
        Verb::Caption { clip, caption, credit } => json(desk.caption_clip(clip, caption, credit).await?),
        Verb::Figure { story, clip, caption, credit } => figure(desk, story, clip, (caption, credit)).await,
        Verb::Import { path, story } => {
            let job = desk.start_import(shown(&path), story).await?;
            finish(desk, job).await?;
            all_done(desk).await?;
            json(desk.import_report(job).await?)
        }
        Verb::Clips { story } => json(desk.clips(story).await?),
        Verb::Cut { story, name, segment } => {
            let segments = segment.iter().map(|text| parse_segment(text)).collect::<Answer<Vec<_>>>()?;
            let mut made = desk.create_cut(story, name).await?;
            for (at, segment) in segments.into_iter().enumerate() {
                made = desk.change_cut(made.cut, CutStep::Add { at, segment }).await?;
            }
            json(made)
        }
        Verb::CutList { cut } => json(desk.cut_list(cut).await?),
        Verb::Render { cut } => {
            finish(desk, desk.render_cut(cut).await?).await?;
            all_done(desk).await
        }
        Verb::Beside { story } => json(desk.beside(story).await?),
        Verb::Preflight { story } => json(desk.preflight(story).await?),
        Verb::File { story } => {
            let rev = desk.open_story(story).await?.rev;
            json(desk.file_story(story, rev).await?)
        }
        Verb::Sync { within } => sync(desk, Duration::from_secs(within)).await,
        Verb::Centre(verb) => act_in_the_centre(desk, verb).await,
    }
}

async fn act_in_the_centre(desk: &Desk, verb: CentreVerb) -> Answer<Value> {
    match verb {
        CentreVerb::Queue => json(desk.queue().await?),
        CentreVerb::Review { story } => json(desk.review(story).await?),
        CentreVerb::Claim { story } => json(desk.decide(story, Decide::Claim).await?),
        CentreVerb::LetGo { story } => json(desk.decide(story, Decide::Release).await?),
        CentreVerb::Withdraw { story } => json(desk.decide(story, Decide::Withdraw).await?),
        CentreVerb::Pass { story, rev, paper_by, paper_date: date, paper_remarks: remarks } => {
            let rev = read_rev(desk, story, rev).await?;
            match paper_by {
                None => json(desk.decide(story, Decide::Pass { rev }).await?),
                Some(by) => json(desk.pass_on_paper(story, rev, PaperWord { by, date, remarks }).await?),
            }
        }
        CentreVerb::Return { story, code, note } => {
            let rev = read_rev(desk, story, None).await?;
            let reasons = vec![ReasonCard { code, place: String::new(), note }];
            json(desk.decide(story, Decide::Return { rev, reasons }).await?)
        }
        CentreVerb::Comment { story, kind, quote, text } => {
            json(desk.add_comment(story, kind, quote, text, None).await?)
        }
        CentreVerb::Channels => json(desk.channels().await?),
        CentreVerb::Channel { name, kind, url, account, public_url } => {
            let secret = std::env::var("SATCHEL_CHANNEL_SECRET").unwrap_or_default();
            json(
                desk.save_channel(ChannelForm {
                    channel: None,
                    name,
                    kind,
                    url,
                    account,
                    public_url,
                    secret,
                })
                .await?,
            )
        }
        CentreVerb::PushList => json(desk.push_list().await?),
        CentreVerb::Rehearse { story, channel } => json(desk.rehearse(story, channel).await?),
        CentreVerb::Release { story, channel } => {
            let card = desk.release(story, channel).await?;
            all_done(desk).await?;
            json(card)
        }
        CentreVerb::Resolve { push, released, url, reason } => {
            json(desk.resolve_push(push, released, url, reason).await?)
        }
        CentreVerb::People => json(desk.people().await?),
        CentreVerb::Invite { name, role, folder, person } => {
            let roles = role.into_iter().map(parse_role).collect::<Answer<Vec<_>>>()?;
            let folder = folder.as_deref().map(shown).unwrap_or_default();
            json(desk.invite(name, roles, folder, person).await?)
        }
        CentreVerb::Keys(verb) => verb.act(desk).await,
        CentreVerb::Quarantine => json(desk.quarantine().await?),
        CentreVerb::ExportApart { id, folder } => json(desk.export_apart(id, shown(&folder)).await?),
        CentreVerb::Writing { story, wish } => json(writing(desk, story, wish).await?),
        CentreVerb::Revoke { device, reason } => json(desk.revoke_device(device, reason).await?),
        CentreVerb::Search { query } => json(desk.search(query).await?),
        CentreVerb::Jobs => json(desk.jobs().await?),
        CentreVerb::Cancel { job } => json(desk.cancel_job(job).await?),
        CentreVerb::SyncState => json(desk.sync_state().await?),
        CentreVerb::Arrivals => json(desk.arrivals().await?),
        CentreVerb::SendNow { clip, not } => json(desk.send_now(clip, !not).await?),
        CentreVerb::Uplink(line) => uplink(desk, line).await,
        CentreVerb::Parcel(verb) => verb.act(desk).await,
        CentreVerb::Nearby(verb) => verb.act(desk).await,
        CentreVerb::SyncLog { query } => json(desk.sync_log(query).await?),
        CentreVerb::Diagnostics => json(desk.diagnostics().await?),
    }
}

/// Changes what is named of the settings of the way up.
async fn uplink(desk: &Desk, line: UplinkLine) -> Answer<Value> {
    let UplinkLine { kbit, metered, night, bulletin } = line;
    let mut settings = desk.settings().await?;
    settings.uplink_kbit = kbit.unwrap_or(settings.uplink_kbit);
    settings.is_metered = metered.unwrap_or(settings.is_metered);
    if let Some(night) = night {
        settings.night_only = night != "always";
        if settings.night_only {
            let bad = || Failure::from(DeskError::BadInput { field: "night" });
            let (from, to) = night.split_once('-').ok_or_else(bad)?;
            (settings.night_from, settings.night_to) = (minute(from)?, minute(to)?);
        }
    }
    if let Some(hour) = bulletin {
        settings.bulletin = if hour == "none" { None } else { Some(minute(&hour)?) };
    }
    json(desk.save_settings(settings).await?)
}

/// Reads `18:00` as the minute of the day.
fn minute(text: &str) -> Answer<u16> {
    let bad = || Failure::from(DeskError::BadInput { field: "minute" });
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let (hour, minute): (u16, u16) = (hour.parse().map_err(|_| bad())?, minute.parse().map_err(|_| bad())?);
    if hour < 24 && minute < 60 { Ok(hour * 60 + minute) } else { Err(bad()) }
}

async fn write(desk: &Desk, line: WriteLine) -> Answer<Value> {
    let WriteLine { story, headline, kicker, deck, dateline, byline, paragraph } = line;
    let fields = [
        (Field::Headline, headline),
        (Field::Kicker, kicker),
        (Field::Deck, deck),
        (Field::Dateline, dateline),
        (Field::Byline, byline),
    ];
    let mut edits: Vec<Edit> =
        fields.into_iter().filter_map(|(field, text)| Some(Edit::SetField { field, text: text? })).collect();
    edits.extend(paragraph.into_iter().map(|text| Edit::Append { kind: TextKind::Paragraph, text }));
    json(desk.edit_story(story, edits).await?)
}

async fn figure(desk: &Desk, story: StoryId, clip: ClipId, words: (String, String)) -> Answer<Value> {
    let card = desk.clip(clip).await?;
    let kind = match card.kind.as_str() {
        "video" => FigureKind::Video,
        "audio" => FigureKind::Audio,
        _ => FigureKind::Picture,
    };
    let figure = Figure {
        clip,
        blob: card.blob,
        kind,
        caption: words.0,
        credit: words.1,
        alt: String::new(),
        size: card.width.zip(card.height),
    };
    json(desk.edit_story(story, vec![Edit::InsertFigure { after: None, figure }]).await?)
}

/// Waits until a job is over.
pub async fn finish(desk: &Desk, job: JobId) -> Answer<()> {
    loop {
        let cards = desk.jobs().await?;
        let Some(card) = cards.into_iter().find(|card| card.id == job) else { return Ok(()) };
        match card.state {
            JobState::Failed => return card.failure.map_or(Ok(()), Err),
            state if state.is_over() => return Ok(()),
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Waits until no job is open.
async fn all_done(desk: &Desk) -> Answer<Value> {
    loop {
        let cards = desk.jobs().await?;
        if cards.iter().all(|card| card.state.is_over()) {
            return json(cards);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Talks to the pool until nothing waits, and once more if something did: what the pool made of it comes after.
async fn sync(desk: &Desk, within: Duration) -> Answer<Value> {
    let until = Instant::now() + within;
    let before = desk.sync_state().await?;
    let mut state = talk(desk, before.last_answer, until).await?;
    if owes(&before) {
        state = talk(desk, state.last_answer, until).await?;
    }
    json(state)
}

/// Whether the pool still lacks something of ours.
fn owes(state: &SyncCard) -> bool {
    state.records_waiting > 0 || state.items_waiting > 0 || state.items_making > 0
}

/// Calls the pool, until it has answered after `begun` and nothing waits, or the time is over.
async fn talk(desk: &Desk, begun: Option<Stamp>, until: Instant) -> Answer<SyncCard> {
    desk.sync_now().await?;
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let state = desk.sync_state().await?;
        let has_spoken = state.last_answer > begun;
        let is_quiet = !owes(&state) && state.state != "busy";
        if (has_spoken && is_quiet) || Instant::now() > until {
            return Ok(state);
        }
    }
}

/// Asks for the edit baton; a program that has just started waits until it has heard of the pool.
async fn writing(desk: &Desk, story: StoryId, wish: String) -> Answer<Option<WritingCard>> {
    let until = Instant::now() + Duration::from_secs(10);
    while desk.sync_state().await?.state == "offline" && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    desk.writing(story, wish).await
}

async fn read_rev(desk: &Desk, story: StoryId, rev: Option<Hash>) -> Answer<Hash> {
    match rev {
        Some(rev) => Ok(rev),
        None => Ok(desk.open_story(story).await?.rev),
    }
}

fn parse_segment(text: &str) -> Answer<SegmentCard> {
    let bad = || Failure::from(DeskError::BadInput { field: "segment" });
    let (clip, range) = text.split_once(':').ok_or_else(bad)?;
    let (from, to) = range.split_once('-').ok_or_else(bad)?;
    Ok(SegmentCard {
        clip: clip.parse().map_err(|_| bad())?,
        from_ms: from.parse().map_err(|_| bad())?,
        to_ms: to.parse().map_err(|_| bad())?,
    })
}

fn parse_role(text: String) -> Answer<Role> {
    serde_json::from_value(Value::String(text)).map_err(|_| DeskError::BadInput { field: "role" }.into())
}

fn passphrase() -> Option<String> {
    std::env::var("SATCHEL_PASSPHRASE").ok()
}

/// A path as the desk takes it.
pub fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// An answer as JSON.
pub fn json(answer: impl serde::Serialize) -> Answer<Value> {
    Ok(serde_json::to_value(answer).map_err(|error| DeskError::Broken(error.to_string()))?)
}
