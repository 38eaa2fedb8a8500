//! The shadow text of the search: the tokens of what people write, each once, in no order.
//!
//! Characters of scripts without spaces, and digits, are tokens, and so is each of them (and each mark of
//! punctuation) together with the one after it: one character or two are one look-up. Latin and other words are
//! tokens as a whole. Blanks are nothing, so that a phrase is found whether or not someone put blanks between Latin
//! and Han. The index keeps no places; what takes more than one token is proved on the text itself ([`Phrase`]).
//!
//! The tokenizer (`unicode61`) takes letters, digits and private-use characters as token characters and folds
//! capitals and accents; what it does not take, or may be too old to know, is spelled out.

/// Begins the spelled-out form of a character.
const SPELLED: char = '\u{E000}';
/// Ends it, so that no spelled-out form begins another one.
const SPELLED_END: char = '\u{E002}';
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

/// What a text is made of, as the search sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Single(char),
    Mark(char),
    Word(String),
}

/// Cuts a text into pieces.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(text.len() / 3 + 1);
    let mut is_word = false;
    for letter in text.chars().map(narrowed) {
        let part = part(letter);
        match (&part, pieces.last_mut()) {
            (Part::Letter, Some(Piece::Word(word))) if is_word => word.push(letter),
            (Part::Letter, _) => pieces.push(Piece::Word(letter.into())),
            (Part::Single, _) => pieces.push(Piece::Single(letter)),
            (Part::Mark, _) => pieces.push(Piece::Mark(letter)),
            (Part::Blank, _) => {}
        }
        is_word = matches!(part, Part::Letter);
    }
    pieces
}

/// Returns the shadow of a text.
pub(crate) fn shadow(text: &str) -> String {
    let (mut singles, mut words) = (Vec::with_capacity(text.len() * 2 / 3 + 1), Vec::new());
    let mut before = None;
    for piece in pieces(text) {
        let letter = match piece {
            Piece::Word(word) => {
                words.push(word);
                before = None;
                continue;
            }
            Piece::Single(letter) => {
                singles.push((letter, None));
                letter
            }
            Piece::Mark(letter) => letter,
        };
        if let Some(before) = before.replace(letter) {
            singles.push((before, Some(letter)));
        }
    }
    singles.sort_unstable();
    singles.dedup();
    words.sort_unstable();
    words.dedup();
    let mut out = String::with_capacity(singles.len() * 6 + 8);
    for (first, second) in singles {
        out.push(' ');
        put(&mut out, first);
        if let Some(second) = second {
            put(&mut out, second);
        }
    }
    for word in words {
        out.push(' ');
        out.push_str(&word);
    }
    out
}

/// Writes a character as part of a token.
fn put(out: &mut String, letter: char) {
    if is_known(letter) {
        out.push(letter);
    } else {
        out.push_str(&format!("{SPELLED}{:x}{SPELLED_END}", u32::from(letter)));
    }
}

/// What a person looks for.
#[derive(Debug)]
pub(crate) struct Query {
    /// All tokens that must be there, in the language of the index. Only characters of the shadow text reach it,
    /// inside quotes, so no typed sign is ever an operator.
    pub(crate) tokens: String,
    /// What the tokens do not tell: has to be proved on the text.
    pub(crate) phrases: Vec<Phrase>,
}

/// Pieces that must stand one after the other.
#[derive(Debug)]
pub(crate) struct Phrase(Vec<Piece>);

/// Turns what a person typed into a query: every term between blanks is a phrase, all must be found. A term that
/// ends in a word finds longer words too. `None` if nothing is left to look for.
pub(crate) fn query(typed: &str) -> Option<Query> {
    let (mut tokens, mut phrases) = (Vec::new(), Vec::new());
    for term in terms(typed) {
        let pieces = pieces(term);
        if pieces.iter().all(|piece| matches!(piece, Piece::Mark(_))) {
            continue;
        }
        let before = tokens.len();
        for (at, piece) in pieces.iter().enumerate() {
            let next = pieces.get(at + 1);
            match (piece, next) {
                (Piece::Word(word), None) => tokens.push(format!("\"{word}\" *")),
                (Piece::Word(word), Some(_)) => tokens.push(format!("\"{word}\"")),
                (
                    Piece::Single(letter) | Piece::Mark(letter),
                    Some(Piece::Single(next) | Piece::Mark(next)),
                ) => tokens.push(quoted([Some(*letter), Some(*next)])),
                (Piece::Single(letter), _) if at == 0 || matches!(pieces[at - 1], Piece::Word(_)) => {
                    tokens.push(quoted([Some(*letter), None]));
                }
                _ => {}
            }
        }
        if tokens.len() - before > 1
            || matches!(
                pieces[..],
                [Piece::Word(_), Piece::Mark(_), ..] | [Piece::Mark(_), Piece::Word(_), ..]
            )
        {
            phrases.push(Phrase(pieces));
        }
    }
    (!tokens.is_empty()).then(|| Query { tokens: tokens.join(" AND "), phrases })
}

fn quoted(letters: [Option<char>; 2]) -> String {
    let mut token = String::from('"');
    letters.into_iter().flatten().for_each(|letter| put(&mut token, letter));
    token.push('"');
    token
}

/// Proves phrases on texts: every phrase must stand in one of them.
pub(crate) fn is_proved(phrases: &[Phrase], texts: &[&str]) -> bool {
    let texts: Vec<Vec<Piece>> = texts.iter().map(|text| pieces(text)).collect();
    phrases.iter().all(|phrase| texts.iter().any(|text| phrase.stands_in(text)))
}

impl Phrase {
    fn stands_in(&self, text: &[Piece]) -> bool {
        let last = self.0.len() - 1;
        text.windows(self.0.len()).any(|window| {
            window.iter().zip(&self.0).enumerate().all(|(at, (one, wanted))| match (one, wanted) {
                (Piece::Word(word), Piece::Word(wanted)) => is_same_word(word, wanted, at == last),
                _ => one == wanted,
            })
        })
    }
}

/// Whether a word is the wanted one, or begins with it where it is still open. How accents fold is left to the
/// tokenizer, which has found the word already.
fn is_same_word(word: &str, wanted: &str, is_open: bool) -> bool {
    if !word.is_ascii() || !wanted.is_ascii() {
        return true;
    }
    let head = if is_open { word.get(..wanted.len()) } else { Some(word) };
    head.is_some_and(|head| head.eq_ignore_ascii_case(wanted))
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

    fn tokens(typed: &str) -> String {
        query(typed).unwrap().tokens
    }

    #[test]
    fn every_han_character_stands_alone_and_with_its_follower_and_latin_words_stay_whole() {
        assert_eq!(shadow("GDP增长5"), " 5 增 增长 长 长5 GDP");
        assert_eq!(
            shadow("元 谋县元谋"),
            " 元 元谋 县 县元 谋 谋县",
            "blanks are nothing, and each comes once"
        );
        assert_eq!(shadow("ＡＢ　𠮷"), " \u{E000}20bb7\u{E002} AB");
        assert_eq!(shadow("2%"), " 2 2\u{E000}25\u{E002}");
    }

    #[test]
    fn one_or_two_characters_are_one_look_up() {
        assert_eq!(tokens("县"), "\"县\"");
        assert_eq!(tokens("元谋"), "\"元谋\"");
        assert_eq!(tokens("vill"), "\"vill\" *");
        assert!(query("元谋 县 vill").unwrap().phrases.is_empty(), "nothing is left to prove");
    }

    #[test]
    fn longer_phrases_are_proved_on_the_text() {
        let long = query("元谋县").unwrap();

        assert_eq!(long.tokens, "\"元谋\" AND \"谋县\"");
        assert!(is_proved(&long.phrases, &["无", "在元 谋县城"]));
        assert!(!is_proved(&long.phrases, &["元谋的谋县", "县"]));
        assert!(is_proved(&query("GDP增").unwrap().phrases, &["全县gdp 增长"]));
        assert!(is_proved(&query("县GD").unwrap().phrases, &["全县gdp 增长"]), "the last word is open");
        assert!(!is_proved(&query("GD增").unwrap().phrases, &["全县gdp 增长"]), "the first is not");
    }

    #[test]
    fn no_typed_sign_becomes_an_operator() {
        assert_eq!(tokens("县\" OR *"), "\"县\u{E000}22\u{E002}\" AND \"OR\" *");
        assert!(query("\"\"  *").is_none());
    }
}
