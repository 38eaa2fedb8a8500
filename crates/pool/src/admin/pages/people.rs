//! People and their devices, with the way to shut one out.

use maud::{Markup, html};
use satchel_terms::Role;
use satchel_wire::protocol::{DeviceLine, PersonLine};

use super::Page;

/// Everybody, with devices. `left` are the devices that left a key in escrow.
pub fn people(page: &Page<'_>, people: &[PersonLine], left: &[String]) -> Markup {
    let language = page.look.language;
    html! {
        @if people.is_empty() { p { (language.say("people.none")) } }
        @for person in people {
            section class="card" {
                h2 {
                    (person.name)
                    span class="muted" {
                        @for role in &person.roles { " " (language.say_code("role", word_of(*role))) }
                    }
                }
                table {
                    thead { tr {
                        th { (language.say("device")) }
                        th { (language.say("device.seen")) }
                        th { (language.say("device.until")) }
                        th { (language.say("device.state")) }
                        th { span class="unseen" { (language.say("revoke")) } }
                    } }
                    tbody { @for device in &person.devices { (line(page, &person.name, device, left)) } }
                }
            }
        }
    }
}

fn line(page: &Page<'_>, name: &str, device: &DeviceLine, left: &[String]) -> Markup {
    let (look, language) = (page.look, page.look.language);
    let id = device.device.to_string();
    html! {
        tr {
            td { (device.machine) " " code { (id.chars().take(8).collect::<String>()) } }
            td { @match device.seen_at {
                Some(at) => { (look.time(at)) }
                None => { (language.say("device.never")) }
            } }
            td { (look.time(device.not_after)) }
            td {
                @match &device.revoked {
                    Some(why) => { span class="pill alarm" { (language.say("device.revoked")) } " " (why) }
                    None => { span class="pill ok" { (language.say("device.in")) } }
                }
                @if left.contains(&id) { " " span class="pill" { (language.say("device.escrow")) } }
            }
            td class="act" { @if device.revoked.is_none() { (revoke(page, name, &id)) } }
        }
    }
}

/// Two steps without a script: the first opens, the second needs a reason.
fn revoke(page: &Page<'_>, name: &str, id: &str) -> Markup {
    let language = page.look.language;
    let label = language.fill("revoke.named", &[("name", name)]);
    html! {
        details {
            summary aria-label=(label) { (language.say("revoke")) }
            form method="post" action="/admin/revoke" {
                (page.hidden())
                input type="hidden" name="device" value=(id);
                p { (language.say("revoke.note")) }
                label { (language.say("revoke.reason")) input name="reason" required maxlength="200"; }
                button type="submit" class="alarm" { (language.say("revoke.go")) }
            }
        }
    }
}

const fn word_of(role: Role) -> &'static str {
    match role {
        Role::Reporter => "reporter",
        Role::Editor => "editor",
        Role::Head => "head",
        Role::Chief => "chief",
        Role::Operator => "operator",
        Role::Administrator => "administrator",
    }
}
