//! Writers for the tests: peers that type at random, with dice that say their seed.
#![allow(dead_code)]

use std::collections::HashMap;

use satchel_story::{Document, Edit, Field, Fields, Figure, FigureKind, Seed, TextKind};
use satchel_terms::{ClipId, Hash};
use satchel_testkit::Dice;
use yrs::types::Attrs;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, ClientID, Doc, Map, MapRef, OffsetKind, Options, Text, TextRef, Transact, TransactionMut, Update,
};

pub struct Peer {
    pub document: Document,
    sessions: u64,
}

impl Peer {
    pub fn new(name: u64) -> Self {
        Self { document: Document::new(), sessions: name << 20 }
    }

    pub fn session(&mut self) -> u64 {
        self.sessions += 1;
        self.sessions
    }

    pub fn take(&mut self, update: &[u8]) {
        self.document.apply(update).unwrap();
    }

    pub fn seed(&mut self, dice: &mut Dice) {
        let fields =
            Fields { headline: "暴雨过后".into(), byline: "记者 王五".into(), ..Fields::default() };
        let paragraphs =
            vec!["今天下午雨停了。".into(), "道路已经恢复通行。".into(), "居民回到家中。".into()];
        let client = self.session();
        let update = Document::seed(client, &Seed { fields, paragraphs }, dice).unwrap();
        self.take(&update);
    }

    pub fn edit(&mut self, edit: Edit, dice: &mut Dice) -> Vec<u8> {
        let client = self.session();
        let update = self.document.edit(client, &[edit], dice).unwrap();
        self.take(&update);
        update
    }

    /// Writes with the engine itself, as the editor of the window does.
    pub fn raw(&mut self, work: impl FnOnce(&mut TransactionMut<'_>, &TextRef, &MapRef)) -> Vec<u8> {
        let client = self.session();
        let update = raw_update(&self.document, client, work);
        self.take(&update);
        update
    }
}

pub fn raw_update(
    document: &Document,
    client: u64,
    work: impl FnOnce(&mut TransactionMut<'_>, &TextRef, &MapRef),
) -> Vec<u8> {
    let mut options = Options::with_client_id(ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    let doc = Doc::with_options(options);
    let body = doc.get_or_insert_text("body");
    let blocks = doc.get_or_insert_map("blocks");
    doc.transact_mut().apply_update(Update::decode_v1(&document.state()).unwrap()).unwrap();
    let mut txn = doc.transact_mut();
    work(&mut txn, &body, &blocks);
    txn.encode_update_v1()
}

pub fn any_map(key: &str, value: impl Into<Any>) -> Any {
    Any::from(HashMap::from([(key.to_owned(), value.into())]))
}

const WORDS: [&str; 8] = ["水位回落", "救援队", "12 时", "Mr Li", "，", "𠮷野家", "受灾群众", "安置点"];

pub fn random_act(peer: &mut Peer, act: u8, value: u16, dice: &mut Dice) -> Vec<u8> {
    let value = usize::from(value);
    let word = format!("{}{}", WORDS[value % 8], WORDS[value / 8 % 8]);
    let view = peer.document.view();
    let texts: Vec<usize> = (0..view.blocks.len()).filter(|&at| !view.blocks[at].atom).collect();
    let place = texts.get(value % texts.len().max(1)).copied();
    let edit = match (act % 10, place) {
        (0 | 3, Some(block)) => {
            let has_unknown =
                view.blocks[block].runs.iter().any(|run| matches!(run, satchel_story::Run::Embed { .. }));
            if has_unknown {
                return peer.edit(Edit::Append { kind: TextKind::Quote, text: word }, dice);
            }
            let mut letters: Vec<char> = view.blocks[block].text().chars().collect();
            let at = value / 7 % (letters.len() + 1);
            if act.is_multiple_of(10) {
                letters.splice(at..at, word.chars());
            } else {
                letters.drain(at..(at + 3).min(letters.len()));
            }
            Edit::ReplaceText { block, text: letters.into_iter().collect() }
        }
        (2, _) => Edit::SetField { field: Field::ALL[value % 5], text: word },
        (4, _) => {
            let after = (!view.blocks.is_empty() && value % 2 == 0).then(|| value % view.blocks.len());
            Edit::InsertFigure { after, figure: figure(word, dice) }
        }
        (5, _) => Edit::AppendTable {
            rows: vec![vec![word.clone(), "二".into()], vec!["三".into()]],
            caption: word,
        },
        (6, _) => Edit::Append { kind: TextKind::Heading((value % 4) as u8), text: word },
        (7, _) => return peer.raw(|txn, body, _| format_some(txn, body, value)),
        (8, _) => {
            return peer.raw(|txn, body, _| {
                let at = value as u32 % (body.len(txn) + 1);
                body.insert_embed(txn, at, any_map("star", value as f64 / 3.0));
            });
        }
        (9, _) => {
            return peer.raw(|txn, body, blocks| {
                let ids: Vec<String> = {
                    let mut ids: Vec<_> = blocks.keys(txn).map(str::to_owned).collect();
                    ids.sort();
                    ids
                };
                if let Some(props) = ids.get(value % ids.len().max(1)).and_then(|id| blocks.get(txn, id)) {
                    let props: MapRef = props.cast().unwrap();
                    props.insert(txn, "t", if value % 3 == 0 { "h" } else { "q" });
                } else {
                    body.insert(txn, 0, "尾巴");
                }
            });
        }
        _ => Edit::Append { kind: TextKind::Paragraph, text: word },
    };
    peer.edit(edit, dice)
}

fn format_some(txn: &mut TransactionMut<'_>, body: &TextRef, value: usize) {
    let length = body.len(txn);
    if length == 0 {
        return;
    }
    let from = value as u32 % length;
    let names = ["bold", "italic", "newer"];
    let mark = if value.is_multiple_of(5) { Any::Null } else { Any::from(true) };
    let attributes = Attrs::from([(names[value % 3].into(), mark)]);
    body.format(txn, from, (value as u32 / 9 % 7 + 1).min(length - from), attributes);
}

pub fn figure(caption: String, dice: &mut Dice) -> Figure {
    Figure {
        clip: ClipId::mint(dice),
        blob: Hash([7; 32]),
        kind: FigureKind::Picture,
        caption,
        credit: "李四 摄".into(),
        alt: String::new(),
        size: Some((1920, 1080)),
    }
}
