//! Full-text search that finds a single Han character.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::records::int;
use crate::shadow::{folded, query, shadow, terms};
use crate::{Library, StoreError};

/// Characters of context before the first finding in a snippet.
const BEFORE: usize = 16;
/// Characters of a snippet in all.
const LENGTH: usize = 72;

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
        let Some(phrases) = query(typed) else { return Ok(Vec::new()) };
        let wanted: Vec<Vec<char>> = terms(typed).map(|term| term.chars().map(folded).collect()).collect();
        self.read(|conn| {
            let mut rows = matching(conn, &format!("{{title}} : ({phrases})"), limit)?;
            if rows.len() < limit {
                for row in matching(conn, &phrases, limit)? {
                    if rows.len() < limit && !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
            rows.into_iter().map(|row| hit(conn, row, &wanted)).collect()
        })
    }

    /// How many stories and clips hold what a person typed.
    ///
    /// # Errors
    /// Any [`StoreError`] of a read.
    pub fn search_count(&self, typed: &str) -> Result<u64, StoreError> {
        let Some(phrases) = query(typed) else { return Ok(0) };
        self.read(|conn| {
            let mut question = conn.prepare_cached("SELECT count(*) FROM search WHERE search MATCH ?1")?;
            Ok(question.query_row([phrases], |row| row.get::<_, i64>(0))?.unsigned_abs())
        })
    }
}

fn matching(conn: &Connection, phrases: &str, limit: usize) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2";
    let mut question = conn.prepare_cached(sql)?;
    let rows = question.query_map(params![phrases, int(limit as u64)], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn hit(conn: &Connection, row: i64, wanted: &[Vec<char>]) -> Result<Hit, StoreError> {
    let mut question = conn.prepare_cached("SELECT kind, id, title, body FROM search_doc WHERE row = ?1")?;
    let (kind, id, title, body): (String, [u8; 16], String, String) =
        question.query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let kind = if kind == "clip" { HitKind::Clip } else { HitKind::Story };
    let (snippet, marks) = snippet(&body, wanted);
    Ok(Hit { kind, id, title, snippet, marks })
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
        conn.prepare_cached("DELETE FROM search_doc WHERE row = ?1")?.execute([row])?;
    }
    conn.prepare_cached("INSERT INTO search_doc (kind, id, title, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![kind.word(), id, title, body])?;
    conn.prepare_cached("INSERT INTO search (rowid, title, body) VALUES (?1, ?2, ?3)")?.execute(params![
        conn.last_insert_rowid(),
        shadow(title),
        shadow(body)
    ])?;
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
