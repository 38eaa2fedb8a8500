//! Writes the types, commands and events of the border as TypeScript.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use satchel_desk::cards;
use ts_rs::{Config, TS, TypeVisitor};

use super::{COMMANDS, EVENTS};

const HEAD: &str = "// Written by the test `the_window_has_todays_types` from the Rust types; never edited by hand.\n\
    // `BLESS=1 cargo test -p satchel` or `cargo xtask bless` rewrites it.\n";

/// Gathers declarations by name: a type, and everything that it is made of.
struct Gather {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Gather {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() {
            T::visit_dependencies(self);
            T::visit_generics(self);
            return;
        }
        let name = T::ident(&self.config);
        if self.found.contains_key(&name) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{}\nexport {}\n", docs.trim_end(), T::decl(&self.config));
        self.found.insert(name, declaration);
        T::visit_dependencies(self);
    }
}

/// The whole of `ui/src/border/generated.ts`.
#[must_use]
pub fn bindings() -> String {
    let mut gather = Gather { config: Config::new(), found: BTreeMap::new() };
    visit_all(&mut gather);
    let mut text = HEAD.to_owned();
    for declaration in gather.found.values() {
        text.push('\n');
        declaration.trim_start().lines().for_each(|line| tidy(&mut text, line));
    }
    names(&mut text, "Every command of the border.", "COMMANDS", "CommandName", COMMANDS);
    names(&mut text, "Every event of the border.", "EVENTS", "EventName", EVENTS);
    text
}

/// Writes a line without spaces at its end; a comment that holds the sign of its own end is kept whole.
fn tidy(text: &mut String, line: &str) {
    let line = line.trim_end();
    match line.strip_prefix(" * ") {
        Some(comment) => {
            let _ = writeln!(text, " * {}", comment.replace("*/", "*\u{2215}"));
        }
        None => {
            let _ = writeln!(text, "{line}");
        }
    }
}

fn names(text: &mut String, doc: &str, list: &str, kind: &str, names: &[&str]) {
    let _ = write!(text, "\n/** {doc} */\nexport const {list} = [\n");
    for name in names {
        let _ = writeln!(text, "  \"{name}\",");
    }
    let _ = write!(text, "] as const;\n\nexport type {kind} = (typeof {list})[number];\n");
}

/// Visits everything that a command takes or answers; the parts of these come by themselves.
fn visit_all(gather: &mut Gather) {
    macro_rules! visit {
        ($($kind:ty),+ $(,)?) => {{ $(gather.visit::<$kind>();)+ }};
    }
    visit!(
        satchel_failure::Failure,
        satchel_jobs::JobCard,
        satchel_terms::NewsroomId,
        crate::picker::PickKind,
        cards::AppState,
        cards::Place,
        cards::InvitationCard,
        cards::Settings,
        cards::Machine,
        cards::Happened,
        cards::RecoveredCard,
        cards::StoryCard,
        cards::OpenStory,
        cards::Saved,
        cards::RevisionCard,
        cards::BesideCard,
        cards::DiffBlock,
        cards::FindingCard,
        cards::CommentCard,
        cards::HitCard,
        cards::ClipCard,
        cards::ImportPlan,
        cards::ImportReport,
        cards::CutCard,
        cards::CutStep,
        cards::QueueCard,
        cards::ReviewCard,
        cards::Verb,
        cards::ChannelCard,
        cards::ChannelForm,
        cards::PushCard,
        cards::DeliveryCard,
        cards::SyncCard,
        cards::SyncLogLine,
        cards::ArrivalsCard,
        cards::PaperWord,
        cards::ParcelReport,
        cards::NearbyCard,
        cards::ReviewAsk,
        cards::ReviewPlan,
        cards::SlipDue,
        cards::PersonCard,
        cards::KeysCard,
        cards::EscrowCard,
        cards::InvitationMade,
        cards::DeviceFacts,
        cards::ApartCard,
        cards::WritingCard,
    );
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_window_has_todays_types() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/border/generated.ts");
        let today = super::bindings();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &today).unwrap();
        }

        let on_disk = std::fs::read_to_string(&file).unwrap_or_default();

        assert!(on_disk == today, "{} is not current: run `cargo xtask bless`", file.display());
    }

    #[test]
    fn no_number_reaches_the_window_as_a_bigint() {
        assert!(!super::bindings().contains("bigint"), "JSON has no bigint");
    }
}
