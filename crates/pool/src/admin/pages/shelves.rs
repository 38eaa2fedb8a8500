//! What lies in the pool: channels, what stands apart, storage.

use maud::{Markup, html};
use satchel_wire::apart::ApartLine;
use satchel_wire::body::{Channel, Lane};
use satchel_wire::protocol::PersonLine;

use super::Page;
use crate::storage::Report;

/// The channels and from where each is released. Secrets are never shown, only whether there is one.
pub fn channels(page: &Page<'_>, channels: &[(Channel, bool)], people: &[PersonLine]) -> Markup {
    let language = page.look.language;
    html! {
        @if channels.is_empty() { p { (language.say("channels.none")) } }
        @else {
            table class="card" {
                thead { tr {
                    th { (language.say("channel.name")) } th { (language.say("channel.kind")) }
                    th { (language.say("channel.url")) } th { (language.say("channel.account")) }
                    th { (language.say("channel.lane")) } th { (language.say("channel.secret")) }
                } }
                tbody { @for (channel, has_secret) in channels { tr {
                    td { (channel.name) }
                    td { (language.say_code("kind", &format!("{:?}", channel.kind).to_lowercase())) }
                    td { (channel.url) } td { (channel.account) }
                    td { (lane(page, channel, people)) }
                    td { (language.say(match (&channel.lane, has_secret) {
                        (Lane::Device(_), _) => "channel.secret.there",
                        (Lane::Pool, true) => "channel.secret.kept",
                        (Lane::Pool, false) => "channel.secret.missing",
                    })) }
                } } }
            }
        }
    }
}

fn lane(page: &Page<'_>, channel: &Channel, people: &[PersonLine]) -> String {
    let language = page.look.language;
    let Lane::Device(device) = channel.lane else { return language.say("channel.lane.pool") };
    let mut owners = people.iter().filter(|person| person.devices.iter().any(|line| line.device == device));
    let short: String = device.to_string().chars().take(8).collect();
    owners.next().map_or(short.clone(), |person| format!("{} · {short}", person.name))
}

/// What stands apart.
pub fn apart(page: &Page<'_>, lines: &[ApartLine]) -> Markup {
    let (look, language) = (page.look, page.look.language);
    html! {
        p class="muted" { (language.say("apart.note")) }
        @if lines.is_empty() { p { (language.say("apart.none")) } }
        @else {
            table class="card" {
                thead { tr {
                    th { (language.say("apart.at")) } th { (language.say("apart.who")) }
                    th { (language.say("apart.why")) } th { (language.say("apart.size")) }
                    th { (language.say("apart.name")) }
                } }
                tbody { @for line in lines { tr {
                    td { (look.time(line.at)) }
                    td {
                        @match &line.name { Some(name) => { (name) } None => { (language.say("apart.nobody")) } }
                        " " span class="muted" {
                            (language.say(if line.is_signed { "apart.signed" } else { "apart.unsigned" }))
                        }
                    }
                    td { (language.say_code("code", &line.code)) }
                    td { (look.size(line.bytes)) }
                    td { code { (line.id.to_string().chars().take(12).collect::<String>()) } }
                } } }
            }
        }
    }
}

/// What the store holds.
pub fn storage(page: &Page<'_>, report: &Report) -> Markup {
    let (look, language) = (page.look, page.look.language);
    let records: u64 = report.records.iter().map(|sum| sum.count).sum();
    let record_bytes: u64 = report.records.iter().map(|sum| sum.bytes).sum();
    html! {
        table class="card" {
            thead { tr {
                th { (language.say("storage.what")) } th class="figure" { (language.say("storage.count")) }
                th class="figure" { (language.say("storage.bytes")) }
            } }
            tbody {
                tr { td { (language.say("storage.records")) } td class="figure" { (records) }
                    td class="figure" { (look.size(record_bytes)) } }
                @for (name, sum) in &report.blobs { tr {
                    td { (language.say_code("blob", name)) } td class="figure" { (sum.count) }
                    td class="figure" { (look.size(sum.bytes)) }
                } }
                tr { td { (language.say("storage.unfinished")) } td class="figure" { (report.unfinished.whole.count) }
                    td class="figure" { (look.size(report.unfinished.held_bytes)) } }
                tr { td { (language.say("storage.apart")) } td class="figure" { (report.quarantined) } td {} }
            }
        }
        @if let Some(free) = report.disk_free {
            p { (language.fill("storage.free", &[("size", &look.size(free))])) }
        }
    }
}
