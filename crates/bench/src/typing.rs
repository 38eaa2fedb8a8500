//! A story typed live: every word, phrase or mark that the input method commits is one update, as the window
//! makes them.

use std::collections::HashMap;

use anyhow::Context;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, ClientID, Doc, Map, MapPrelim, MapRef, OffsetKind, Options, Out, Text, TextRef, Transact, Update,
};

use super::prose::Prose;
use satchel_testkit::Dice;

/// One of so many single characters is not committed alone but together with the word after it.
const PHRASE: usize = 3;
/// One slip of the finger in so many strokes: a wrong character comes and goes, two updates.
const SLIP: usize = 50;

/// A story and how it came about.
#[derive(Debug, Clone)]
pub struct Typed {
    /// One update a stroke, Yjs format version 1, in order.
    pub updates: Vec<Vec<u8>>,
    /// What stands there in the end: paragraphs by newline.
    pub text: String,
}

/// Types a story of about so many characters into a new one that stands at `first`.
///
/// # Errors
/// When the engine refuses its own update.
pub fn type_story(seed: u64, characters: usize, first: &[u8]) -> anyhow::Result<Typed> {
    let prose = Prose::new(seed);
    let mut dice = Dice::new(seed ^ 0x7E7E);
    let strokes = prose.strokes(&mut dice, characters);
    let mut typist = Typist::open(first, dice)?;
    typist.enter()?;
    let mut phrase = String::new();
    for stroke in &strokes {
        if *stroke == "\n" {
            typist.enter()?;
            continue;
        }
        phrase.push_str(stroke);
        let is_mark = ["，", "、", "。"].contains(stroke);
        if !is_mark && phrase.chars().count() == 1 && typist.dice.below(PHRASE) == 0 {
            continue;
        }
        if typist.dice.below(SLIP) == 0 {
            typist.put("错");
            typist.take_back();
        }
        typist.put(&std::mem::take(&mut phrase));
    }
    typist.put(&phrase);
    Ok(Typed { updates: typist.updates, text: strokes.concat() })
}

/// An editing session.
struct Typist {
    doc: Doc,
    body: TextRef,
    blocks: MapRef,
    dice: Dice,
    /// Where the next character goes, in UTF-16 units.
    cursor: u32,
    updates: Vec<Vec<u8>>,
}

impl Typist {
    fn open(first: &[u8], mut dice: Dice) -> anyhow::Result<Self> {
        let mut options = Options::with_client_id(ClientID::new(dice.bits() >> 11));
        options.offset_kind = OffsetKind::Utf16;
        options.skip_gc = true;
        let doc = Doc::with_options(options);
        let body = doc.get_or_insert_text("body");
        let blocks = doc.get_or_insert_map("blocks");
        doc.transact_mut().apply_update(Update::decode_v1(first)?)?;
        Ok(Self { doc, body, blocks, dice, cursor: 0, updates: Vec::new() })
    }

    /// Begins a paragraph: the mark that ends it, and its properties.
    fn enter(&mut self) -> anyhow::Result<()> {
        let mut txn = self.doc.transact_mut();
        let end = self.body.len(&txn);
        let id = format!("{:016x}", self.dice.bits());
        self.blocks.insert(&mut txn, id.as_str(), MapPrelim::default());
        let content = Any::from(HashMap::from([("b".to_owned(), Any::from(id.as_str()))]));
        self.body.insert_embed(&mut txn, end, content);
        let props: MapRef = self
            .blocks
            .get(&txn, &id)
            .and_then(|value: Out| value.cast().ok())
            .context("the block that was just made is not there")?;
        props.insert(&mut txn, "t", "p");
        self.cursor = end;
        self.updates.push(txn.encode_update_v1());
        Ok(())
    }

    fn put(&mut self, stroke: &str) {
        let mut txn = self.doc.transact_mut();
        self.body.insert(&mut txn, self.cursor, stroke);
        self.cursor += u32::try_from(stroke.encode_utf16().count()).unwrap_or(u32::MAX);
        self.updates.push(txn.encode_update_v1());
    }

    fn take_back(&mut self) {
        let mut txn = self.doc.transact_mut();
        self.cursor -= 1;
        self.body.remove_range(&mut txn, self.cursor, 1);
        self.updates.push(txn.encode_update_v1());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use satchel_story::{Document, Seed};

    use super::*;

    #[test]
    fn what_was_typed_stands_in_the_story_whatever_it_ends_with() {
        let first = Document::seed(7, &Seed::default(), &mut Dice::new(5)).unwrap();
        for seed in 0..200 {
            let typed = type_story(seed, 60, &first).unwrap();

            let mut document = Document::new();
            document.apply(&first).unwrap();
            typed.updates.iter().for_each(|update| document.apply(update).unwrap());

            assert_eq!(document.plain_body(), typed.text, "seed {seed}");
        }
    }
}
