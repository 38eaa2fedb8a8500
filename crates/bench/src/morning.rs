//! `morning`: a desk with five hundred stories starts: its list, and every text read anew.

use std::time::{Duration, Instant};

use anyhow::ensure;
use satchel_store::StoryFilter;
use satchel_story::Document;
use satchel_terms::StoryId;

use super::laptop::Laptop;
use super::report::{Direction, Line, Report, Unit, millis};
use super::typing::type_story;
use super::{Order, page_cache};

/// Takes the measure.
///
/// # Errors
/// When the desk refuses, or a text is not what was typed.
pub fn measure(order: &Order, report: &Report) -> anyhow::Result<()> {
    let (stories, characters) = if order.is_small { (20, 60) } else { (500, 500) };
    let folder = tempfile::Builder::new().prefix("morning-").tempdir_in(&order.folder)?;
    let laptop = Laptop::found(&folder.path().join("library"))?;
    let mut typed: Vec<(StoryId, String)> = Vec::with_capacity(stories);
    for number in 0..stories {
        let (story, first) = laptop.new_story(&format!("第 {number} 篇"))?;
        let text = type_story(order.seed + number as u64, characters, &first)?;
        laptop.keep_all(story, &text.updates)?;
        typed.push((story, text.text));
    }
    let library = laptop.into_library()?;
    page_cache::settle();

    let started = Instant::now();
    let listed = library.stories(&StoryFilter { limit: stories, ..StoryFilter::default() })?;
    let list = started.elapsed();
    ensure!(listed.len() == stories, "{} stories of {stories} are listed", listed.len());

    let (mut reading, mut bytes) = (Duration::ZERO, 0);
    let started = Instant::now();
    for (story, text) in &typed {
        let mut document = Document::new();
        for update in library.doc_updates(*story)? {
            let began = Instant::now();
            document.apply(&update)?;
            reading += began.elapsed();
            bytes += update.len();
        }
        ensure!(document.plain_body() == *text, "a text is not what was typed");
    }
    let all = started.elapsed();
    report.line(Line {
        what: &format!("{stories} stories: the list"),
        ours: millis(list),
        peer: "all their texts",
        theirs: Some(millis(all)),
        unit: Unit::Ms,
        ratio: millis(list) / millis(all).max(0.001),
        direction: Some(Direction::AtMost(200.0)),
    });
    report.line(Line {
        what: &format!("{stories} stories: every text read anew from its records"),
        ours: millis(all),
        peer: "yrs alone, applying the same updates",
        theirs: Some(millis(reading)),
        unit: Unit::Ms,
        ratio: millis(all) / millis(reading).max(0.001),
        direction: Some(Direction::AtMost(500.0)),
    });
    report.fact(&format!("{} bytes of updates; encrypted library, opened before", bytes));
    library.clean_exit()?;
    Ok(())
}
