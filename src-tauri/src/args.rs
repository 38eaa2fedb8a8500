//! What may be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use satchel_desk::Place;
use thiserror::Error;

/// The help text.
pub const USAGE: &str = "Usage: satchel [--library DIR] [--language zh-CN|en] [--safe-graphics]

  --library DIR      opens or creates the library in DIR instead of the one chosen before
  --language CODE    language to begin with, zh-CN or en
  --safe-graphics    draws without the graphics card, for machines that show a blank window
  --help, --version";

/// A command line that cannot be followed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadArgs {
    /// A word that means nothing here.
    #[error("unknown argument {0:?}")]
    Unknown(String),
    /// A switch without its value.
    #[error("{0} needs a value")]
    NoValue(&'static str),
    /// A language that the program does not speak.
    #[error("{0:?} is no language of this program: zh-CN or en")]
    Language(String),
}

/// The command line, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// The library's folder, when one was named.
    pub library: Option<PathBuf>,
    /// The language to begin with, when one was named.
    pub language: Option<String>,
    /// Whether to draw without the graphics card.
    pub safe_graphics: bool,
}

impl Args {
    /// Reads the words after the program's name. Answers none when it only had to print help or version.
    ///
    /// # Errors
    /// Words that mean nothing, a missing value, an unknown language.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Option<Self>, BadArgs> {
        let mut args = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--library") => {
                    args.library = Some(words.next().ok_or(BadArgs::NoValue("--library"))?.into())
                }
                Some("--language") => args.language = Some(language(words.next())?),
                Some("--safe-graphics") => args.safe_graphics = true,
                Some("--help") => return Ok(said(USAGE)),
                Some("--version") => return Ok(said(concat!("satchel ", env!("CARGO_PKG_VERSION")))),
                _ => return Err(BadArgs::Unknown(word.to_string_lossy().into_owned())),
            }
        }
        Ok(Some(args))
    }

    /// What the desk has to know of it.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { library: self.library.clone(), language: self.language.clone(), ..Place::default() }
    }
}

fn said(text: &str) -> Option<Args> {
    println!("{text}");
    None
}

fn language(word: Option<OsString>) -> Result<String, BadArgs> {
    let code = word.ok_or(BadArgs::NoValue("--language"))?.to_string_lossy().into_owned();
    if ["zh-CN", "en"].contains(&code.as_str()) { Ok(code) } else { Err(BadArgs::Language(code)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Option<Args>, BadArgs> {
        Args::read(words.iter().map(OsString::from))
    }

    #[test]
    fn a_library_and_a_language_can_be_named() {
        let args = read(&["--library", "/tmp/a b", "--language", "en"]).unwrap().unwrap();

        assert_eq!(args.library, Some(PathBuf::from("/tmp/a b")));
        assert_eq!(args.language.as_deref(), Some("en"));
        assert!(!args.safe_graphics);
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        assert_eq!(read(&["--libary"]), Err(BadArgs::Unknown("--libary".into())));
        assert_eq!(read(&["--library"]), Err(BadArgs::NoValue("--library")));
        assert_eq!(read(&["--language", "fr"]), Err(BadArgs::Language("fr".into())));
    }
}
