//! What all pages have around them.

use maud::{DOCTYPE, Markup, html};
use satchel_terms::Stamp;
use time::{OffsetDateTime, UtcOffset};

use crate::admin::words::Language;

/// The pages in the order of the menu: path and word.
const MENU: [(&str, &str); 6] = [
    ("/admin", "people"),
    ("/admin/channels", "channels"),
    ("/admin/quarantine", "apart"),
    ("/admin/storage", "storage"),
    ("/admin/backups", "backups"),
    ("/admin/log", "log"),
];

/// How values are shown: in which language, at which distance from UTC.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The language.
    pub language: Language,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

impl Look {
    /// A time as the clock on the wall of the centre shows it.
    pub fn time(self, at: Stamp) -> String {
        let offset =
            UtcOffset::from_whole_seconds(i32::from(self.offset_minutes) * 60).unwrap_or(UtcOffset::UTC);
        let Ok(moment) = OffsetDateTime::from_unix_timestamp(at.div_euclid(1_000)) else {
            return String::new();
        };
        let here = moment.to_offset(offset);
        let (date, clock) = (here.date(), here.time());
        format!("{date} {:02}:{:02}", clock.hour(), clock.minute())
    }

    /// Bytes in the unit that people use.
    pub fn size(self, bytes: u64) -> String {
        let mut value = bytes as f64;
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 1_000.0 {
                return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
            }
            value /= 1_000.0;
        }
        format!("{value:.1} TB")
    }

    /// Where its times are.
    fn zone(self) -> String {
        let (hours, minutes) = (self.offset_minutes / 60, (self.offset_minutes % 60).abs());
        format!("UTC{hours:+03}:{minutes:02}")
    }
}

/// A page for one who is signed in.
pub struct Page<'a> {
    /// How it looks.
    pub look: Look,
    /// Its path.
    pub path: &'a str,
    /// The centre.
    pub centre: &'a str,
    /// Who is signed in.
    pub who: &'a str,
    /// The seal of its forms.
    pub seal: &'a str,
    /// What an action that has just ended has to say.
    pub told: Option<String>,
}

impl Page<'_> {
    /// The page around a body.
    pub fn around(&self, body: &Markup) -> Markup {
        let language = self.look.language;
        let title = MENU.iter().find(|(path, _)| *path == self.path).map_or("people", |(_, word)| word);
        document(
            language,
            &format!("{} · {}", language.say(title), self.centre),
            &html! {
                header {
                    div class="brand" {
                        strong { (language.say("title")) }
                        span class="muted" { (self.centre) }
                    }
                    nav aria-label=(language.say("menu")) {
                        @for (path, word) in MENU {
                            a href=(at(path, language)) aria-current=[(path == self.path).then_some("page")] {
                                (language.say(word))
                            }
                        }
                    }
                    div class="who" {
                        span class="muted" { (self.who) }
                        a href=(at(self.path, language.other())) lang=(language.other().code()) {
                            (language.other().say("language"))
                        }
                        form method="post" action="/admin/leave" {
                            (self.hidden())
                            button type="submit" class="quiet" { (language.say("leave")) }
                        }
                    }
                }
                main {
                    h1 { (language.say(title)) }
                    @if let Some(told) = &self.told { p class="told" role="status" { (told) } }
                    (body)
                }
                footer class="muted" { (language.fill("zone", &[("zone", &self.look.zone())])) }
            },
        )
    }

    /// The fields that every form has: its seal and its language.
    pub fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name="seal" value=(self.seal);
            input type="hidden" name="lang" value=(self.look.language.code());
        }
    }
}

fn at(path: &str, language: Language) -> String {
    format!("{path}?lang={}", language.code())
}

/// The page behind a link: one press signs in. Opening it changes nothing, so that no program that looks at links
/// before their reader does uses it up.
pub fn enter(language: Language, secret: &str) -> Markup {
    document(
        language,
        &language.say("title"),
        &html! {
            main class="alone" {
                h1 { (language.say("title")) }
                p { (language.say("enter.note")) }
                form method="post" action="/admin/enter" {
                    input type="hidden" name="secret" value=(secret);
                    input type="hidden" name="lang" value=(language.code());
                    button type="submit" { (language.say("enter.go")) }
                }
            }
        },
    )
}

/// The page for all others: it tells nothing of the pool.
pub fn outside(language: Language, word: &str) -> Markup {
    document(
        language,
        &language.say("title"),
        &html! {
            main class="alone" {
                h1 { (language.say("title")) }
                p { (language.say(word)) }
                p class="muted" { (language.say("outside.how")) " " code { "satchel-pool admin link" } }
            }
        },
    )
}

fn document(language: Language, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/admin/style.css";
            }
            body { (body) }
        }
    }
}
