//! The shadow text of the search: what people write, cut so that the tokenizer sees one token for every Han character.
//!
//! The tokenizer (`unicode61`) takes letters, digits and private-use characters as token characters and a run of
//! them as one token. So characters of scripts without spaces, and digits, stand alone; Latin and other words stay
//! whole; punctuation becomes a token of its own, so that a phrase never reaches across a full stop. Blanks are
//! nothing, so that a phrase is found whether or not someone put blanks between Latin and Han.

/// Begins the token of a mark of punctuation.
const BREAK: char = '\u{E001}';
/// Begins the spelled-out form of a character that the tokenizer is too old to know as a letter.
const SPELLED: char = '\u{E000}';

/// What a character is to the search.
enum Part {
    /// A token of its own.
    Single,
    /// Part of a word.
    Letter,
    /// Nothing.
    Blank,
    /// Punctuation.
    Mark,
}

fn part(letter: char) -> Part {
    match letter {
        '\n' | '\r' => Part::Mark,
        _ if letter.is_whitespace() || letter.is_control() => Part::Blank,
        '0'..='9' => Part::Single,
        '\u{2E80}'..='\u{2FDF}' // radicals
        | '\u{3005}'..='\u{3007}' // iteration mark, closing mark, ideographic zero
        | '\u{3021}'..='\u{3029}'
        | '\u{3041}'..='\u{30FF}' // kana
        | '\u{3105}'..='\u{312F}' // bopomofo
        | '\u{31A0}'..='\u{31FF}'
        | '\u{3400}'..='\u{9FFF}' // Han, extension A and main block
        | '\u{AC00}'..='\u{D7A3}' // Hangul
        | '\u{F900}'..='\u{FAFF}' // compatibility
        | '\u{FF66}'..='\u{FF9D}'
        | '\u{20000}'..='\u{3FFFF}' => Part::Single, // Han, further extensions
        _ if letter.is_alphanumeric() => Part::Letter,
        '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{FE00}'..='\u{FE0F}' => Part::Blank,
        _ if letter.is_ascii() || !is_combining(letter) => Part::Mark,
        _ => Part::Letter,
    }
}

/// Signs that belong to the letter before them in scripts that are written with vowel signs.
fn is_combining(letter: char) -> bool {
    matches!(letter, '\u{900}'..='\u{109F}' | '\u{1780}'..='\u{17D3}' | '\u{1A20}'..='\u{1A7F}')
}

/// Full-width Latin letters and digits as their ordinary forms.
fn narrowed(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        '\u{3000}' => ' ',
        _ => letter,
    }
}

/// Whether the tokenizer of SQLite surely knows the character as a letter.
fn is_known(letter: char) -> bool {
    matches!(letter, '0'..='9' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{3400}'..='\u{4DB5}'
        | '\u{4E00}'..='\u{9FCB}' | '\u{AC00}'..='\u{D7A3}')
}

/// Returns the shadow of a text.
pub(crate) fn shadow(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 4 / 3 + 8);
    let mut is_word = false;
    for letter in text.chars().map(narrowed) {
        match part(letter) {
            Part::Letter => {
                if !is_word {
                    out.push(' ');
                }
                out.push(letter);
                is_word = true;
                continue;
            }
            Part::Single if is_known(letter) => {
                out.push(' ');
                out.push(letter);
            }
            Part::Single => out.push_str(&format!(" {SPELLED}{:x}", u32::from(letter))),
            Part::Mark => out.push_str(&format!(" {BREAK}{:x}", u32::from(letter))),
            Part::Blank => {}
        }
        is_word = false;
    }
    out
}

/// Turns what a person typed into a query: every term between blanks is a phrase, all must be found. A term that
/// ends in a word finds longer words too. `None` if nothing is left to look for.
///
/// Only characters of the shadow text reach the query, inside quotes, so no typed sign is ever an operator.
pub(crate) fn query(typed: &str) -> Option<String> {
    let mut phrases = Vec::new();
    for term in terms(typed) {
        let is_nothing = |letter| matches!(part(narrowed(letter)), Part::Mark | Part::Blank);
        if term.chars().all(is_nothing) {
            continue;
        }
        let phrase = shadow(term);
        let is_open =
            term.chars().map(narrowed).next_back().is_some_and(|last| matches!(part(last), Part::Letter));
        let end = if is_open { " *" } else { "" };
        phrases.push(format!("\"{}\"{end}", phrase.trim().replace('"', "")));
    }
    (!phrases.is_empty()).then(|| phrases.join(" AND "))
}

/// The terms a person typed.
pub(crate) fn terms(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|letter: char| letter.is_whitespace() || letter == '\u{3000}').filter(|term| !term.is_empty())
}

/// The form in which a term is looked for in the original text, letter by letter.
pub(crate) fn folded(letter: char) -> char {
    let letter = narrowed(letter);
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_han_character_stands_alone_and_latin_words_stay_whole() {
        assert_eq!(shadow("GDP增长5.2%"), " GDP 增 长 5 \u{E001}2e 2 \u{E001}25");
        assert_eq!(shadow("ＡＢ　𠮷"), " AB \u{E000}20bb7");
    }

    #[test]
    fn no_typed_sign_becomes_an_operator() {
        assert_eq!(query("县\" OR *").unwrap(), "\"县 \u{E001}22\" AND \"OR\" *");
        assert_eq!(query("\"\"  *"), None);
    }
}
