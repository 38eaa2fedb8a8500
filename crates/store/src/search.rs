//! Full-text search that finds a single Han character.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::readers::READERS;
use crate::shadow::{Query, folded, is_proved, query, shadow, terms};
use crate::{Library, StoreError};

/// Characters of context before the first finding in a snippet.
const BEFORE: usize = 16;
/// Characters of a snippet in all.
const LENGTH: usize = 72;
/// Fewer findings than this are not worth a reader of their own.
const LEAST_SHARE: usize = 8;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HitKind {
    /// A story.
    Story,
    /// A clip.
    Clip,
}

impl HitKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Story => "story",
            Self::Clip => "clip",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Its story or clip id.
    pub id: [u8; 16],
    /// Its headline or name.
    pub title: String,
    /// A passage of the original text around the first finding, without line breaks.
    pub snippet: String,
    /// Where the findings stand in the snippet: start and end in UTF-16 units, as a window counts.
    pub marks: Vec<(u32, u32)>,
}

impl Library {
    /// Looks for what a person typed: all terms between blanks, each as a phrase. Findings in titles come first,
    /// then the rest, what was changed last first.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn search(&self, typed: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let Some(query) = query(typed) else { return Ok(Vec::new()) };
        let wanted: Vec<Vec<char>> = terms(typed).map(|term| term.chars().map(folded).collect()).collect();
        let rows = self.read(|conn| {
            let mut rows = matching(conn, Place::Title, &query, limit)?;
            if rows.len() < limit {
                for row in matching(conn, Place::Anywhere, &query, limit)? {
                    if rows.len() < limit && !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
            Ok(rows)
        })?;
        self.hits(&rows, &wanted)
    }

    /// Fetches the findings with all readers at once: they lie far apart, and a disk answers several questions in the
    /// time of one.
    fn hits(&self, rows: &[i64], wanted: &[Vec<char>]) -> Result<Vec<Hit>, StoreError> {
        let share = rows.len().div_ceil(READERS).max(LEAST_SHARE);
        let fetch = |rows: &[i64]| {
            self.read(|conn| rows.iter().map(|row| hit(conn, *row, wanted)).collect::<Result<Vec<_>, _>>())
        };
        let fetch = &fetch;
        std::thread::scope(|scope| {
            let hands: Vec<_> = rows.chunks(share).map(|rows| scope.spawn(move || fetch(rows))).collect();
            let mut hits = Vec::with_capacity(rows.len());
            for hand in hands {
                hits.extend(hand.join().map_err(|_| StoreError::Closed)??.into_iter().flatten());
            }
            Ok(hits)
        })
    }

    /// How many stories and clips hold what a person typed. Looks at every one of them when it is more than two
    /// characters.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn search_count(&self, typed: &str) -> Result<u64, StoreError> {
        let Some(query) = query(typed) else { return Ok(0) };
        self.read(|conn| Ok(matching(conn, Place::Anywhere, &query, usize::MAX)?.len() as u64))
    }
}

/// Where the findings may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Title,
    Anywhere,
}

/// The newest that hold what is looked for.
fn matching(conn: &Connection, place: Place, query: &Query, limit: usize) -> Result<Vec<i64>, StoreError> {
    let index = if place == Place::Title { "search_title" } else { "search" };
    let sql = format!("SELECT rowid FROM {index} WHERE {index} MATCH ?1 ORDER BY rowid DESC");
    let mut question = conn.prepare_cached(&sql)?;
    let mut candidates = question.query([&query.tokens])?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(candidate) = candidates.next()? else { break };
        let row = candidate.get(0)?;
        if query.phrases.is_empty() || holds(conn, row, place, query)? {
            found.push(row);
        }
    }
    Ok(found)
}

/// Whether what a row says holds the phrases, not only their tokens.
fn holds(conn: &Connection, row: i64, place: Place, query: &Query) -> Result<bool, StoreError> {
    let mut question = conn.prepare_cached("SELECT title, body FROM search_doc WHERE row = ?1")?;
    let mut rows = question.query([row])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let title = row.get_ref(0)?.as_str().unwrap_or_default();
    if place == Place::Title {
        return Ok(is_proved(&query.phrases, &[title]));
    }
    Ok(is_proved(&query.phrases, &[title, row.get_ref(1)?.as_str().unwrap_or_default()]))
}

/// One finding; none when it went away since it was found.
fn hit(conn: &Connection, row: i64, wanted: &[Vec<char>]) -> Result<Option<Hit>, StoreError> {
    let mut question = conn.prepare_cached("SELECT kind, id, title, body FROM search_doc WHERE row = ?1")?;
    let found: Option<(String, [u8; 16], String, String)> = question
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    Ok(found.map(|(kind, id, title, body)| {
        let kind = if kind == "clip" { HitKind::Clip } else { HitKind::Story };
        let (snippet, marks) = snippet(&body, wanted);
        Hit { kind, id, title, snippet, marks }
    }))
}

/// Replaces what the search knows of one thing.
pub(crate) fn replace(
    conn: &Connection,
    kind: HitKind,
    id: [u8; 16],
    title: &str,
    body: &str,
) -> Result<(), StoreError> {
    let old: Option<(i64, String, String)> = conn
        .prepare_cached("SELECT row, title, body FROM search_doc WHERE kind = ?1 AND id = ?2")?
        .query_row(params![kind.word(), id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    if let Some((row, old_title, old_body)) = old {
        if old_title == title && old_body == body {
            return Ok(());
        }
        conn.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([row])?;
        conn.prepare_cached("DELETE FROM search_title WHERE rowid = ?1")?.execute([row])?;
        conn.prepare_cached("DELETE FROM search_doc WHERE row = ?1")?.execute([row])?;
    }
    conn.prepare_cached("INSERT INTO search_doc (kind, id, title, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![kind.word(), id, title, body])?;
    let row = conn.last_insert_rowid();
    conn.prepare_cached("INSERT INTO search (rowid, text) VALUES (?1, ?2)")?
        .execute(params![row, shadow(&format!("{title}\n{body}"))])?;
    conn.prepare_cached("INSERT INTO search_title (rowid, title) VALUES (?1, ?2)")?
        .execute(params![row, shadow(title)])?;
    Ok(())
}

/// Cuts a passage around the first finding and marks all findings in it. Blanks inside a finding are allowed for.
fn snippet(body: &str, wanted: &[Vec<char>]) -> (String, Vec<(u32, u32)>) {
    let letters: Vec<char> = body.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let first = (0..letters.len()).find(|at| wanted.iter().any(|term| reach(&letters, *at, term).is_some()));
    let start = first.unwrap_or(0).saturating_sub(BEFORE);
    let passage = &letters[start..letters.len().min(start + LENGTH)];
    let mut marks = Vec::new();
    let (mut at, mut units) = (0, 0_u32);
    while at < passage.len() {
        let end = wanted.iter().filter_map(|term| reach(passage, at, term)).max();
        let next = end.unwrap_or(at + 1);
        let length: usize = passage[at..next].iter().map(|letter| letter.len_utf16()).sum();
        let after = units + u32::try_from(length).unwrap_or(0);
        if end.is_some() {
            marks.push((units, after));
        }
        (at, units) = (next, after);
    }
    (passage.iter().collect(), marks)
}

/// Where `term` ends if it begins at `at`.
fn reach(letters: &[char], at: usize, term: &[char]) -> Option<usize> {
    let mut here = at;
    for (count, wanted) in term.iter().enumerate() {
        while count > 0 && letters.get(here).is_some_and(|letter| letter.is_whitespace()) {
            here += 1;
        }
        if folded(*letters.get(here)?) != *wanted {
            return None;
        }
        here += 1;
    }
    (here > at).then_some(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_made_of_the_original_text() {
        let term: Vec<char> = "县".chars().collect();

        let (text, marks) = snippet("元谋县\n番茄 ABC", &[term]);

        assert_eq!(text, "元谋县 番茄 ABC");
        assert_eq!(marks, [(2, 3)]);
    }
}
