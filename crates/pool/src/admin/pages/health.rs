//! Backups, what the doctor finds, and the log.

use maud::{Markup, html};

use super::Page;
use crate::LogLine;
use crate::admin::backing::Backing;
use crate::backup::BackedUp;
use crate::doctor::{Finding, Level};

/// When the last backup was, the way to begin one, and what the doctor finds.
pub fn backups(
    page: &Page<'_>,
    last: Option<BackedUp>,
    backing: &Backing,
    folder: Option<&str>,
    findings: &[Finding],
) -> Markup {
    let (look, language) = (page.look, page.look.language);
    html! {
        section class="card" {
            h2 { (language.say("backup")) }
            p { @match last {
                Some(done) => { (language.fill("backup.last", &[("at", &look.time(done.at))])) }
                None => { (language.say("backup.never")) }
            } }
            @match backing {
                Backing::None => {}
                Backing::Runs => { p role="status" { (language.say("backup.runs")) } }
                Backing::Done(new, damaged) => {
                    p role="status" {
                        (language.fill("backup.done", &[("new", &new.to_string()), ("damaged", &damaged.to_string())]))
                    }
                }
                Backing::Failed(why) => { p class="alarm" role="alert" { (language.fill("backup.failed", &[("why", why)])) } }
            }
            @match folder {
                Some(folder) => {
                    p class="muted" { (language.fill("backup.folder", &[("folder", folder)])) }
                    form method="post" action="/admin/backup" {
                        (page.hidden())
                        button type="submit" disabled[*backing == Backing::Runs] { (language.say("backup.go")) }
                    }
                }
                None => { p class="muted" { (language.say("backup.no-folder")) " " code { "backup-folder" } } }
            }
        }
        section class="card" {
            h2 { (language.say("doctor")) }
            table {
                thead { tr {
                    th { (language.say("doctor.what")) } th { (language.say("doctor.state")) }
                    th { (language.say("doctor.found")) }
                } }
                tbody { @for finding in findings { tr {
                    td { (language.say_code("finding", finding.what)) }
                    td { (level(page, finding.level)) }
                    td lang="en" { (finding.found) @if !finding.remedy.is_empty() { br; span class="muted" { (finding.remedy) } } }
                } } }
            }
        }
    }
}

fn level(page: &Page<'_>, level: Level) -> Markup {
    let (class, word) = match level {
        Level::Ok => ("pill ok", "level.ok"),
        Level::Warn => ("pill warn", "level.warn"),
        Level::Bad => ("pill alarm", "level.bad"),
    };
    html! { span class=(class) { (page.look.language.say(word)) } }
}

/// What administrators and the escrow did, the newest first.
pub fn log(page: &Page<'_>, lines: &[LogLine]) -> Markup {
    let (look, language) = (page.look, page.look.language);
    html! {
        @if lines.is_empty() { p { (language.say("log.none")) } }
        @else {
            table class="card" {
                thead { tr {
                    th { (language.say("log.at")) } th { (language.say("log.what")) }
                    th { (language.say("log.who")) } th { (language.say("log.about")) }
                } }
                tbody { @for line in lines { tr {
                    td { (look.time(line.at)) }
                    td { (language.say_code("did", &line.what)) }
                    td { (line.who) } td { (line.about) }
                } } }
            }
        }
    }
}
