//! From the shared document to plain content.

use serde_json::{Map as Object, Value};
use yrs::types::Attrs;
use yrs::types::text::{Diff, YChange};
use yrs::{Any, Array, GetString, Map, Number, Out, ReadTxn, Text};

use super::Gate;
use crate::place::Field;
use crate::revision::{Block, Fields, RevisionView, Run, number};

/// Nested shared types deeper than this read as null.
const DEEPEST: u32 = 64;

/// What an embed in the body stands for.
pub(super) enum Embed<'a> {
    /// Ends the text block with this id.
    End(&'a str),
    /// Is the atomic block with this id.
    Atom(&'a str),
    /// Something of a newer program.
    Unknown,
}

pub(super) fn embed(value: &Out) -> Embed<'_> {
    let Out::Any(Any::Map(map)) = value else { return Embed::Unknown };
    if let Some(Any::String(id)) = map.get("b") {
        return Embed::End(id);
    }
    if let Some(Any::String(id)) = map.get("a") {
        return Embed::Atom(id);
    }
    Embed::Unknown
}

pub(super) fn gate<T: ReadTxn>(txn: &T) -> Gate {
    // An absent number is 1; one that cannot be understood closes the gate.
    let level = |key| match meta(txn, key) {
        None | Some(Value::Null) => 1,
        Some(value) => value.as_i64().filter(|&level| level >= 0).unwrap_or(i64::MAX),
    };
    Gate { min_reader: level("min_reader"), min_writer: level("min_writer"), schema: level("schema") }
}

fn meta<T: ReadTxn>(txn: &T, key: &str) -> Option<Value> {
    let found = txn.get_map("meta").and_then(|meta| meta.get(txn, key));
    found.map(|value| plain(txn, value, 0))
}

pub(super) fn field<T: ReadTxn>(txn: &T, field: Field) -> String {
    txn.get_text(field.root()).map(|text| text.get_string(txn)).unwrap_or_default()
}

pub(super) fn chunks<T: ReadTxn>(txn: &T) -> Vec<Diff<YChange>> {
    txn.get_text("body").map(|body| body.diff(txn, YChange::identity)).unwrap_or_default()
}

pub(super) fn view<T: ReadTxn>(txn: &T) -> RevisionView {
    let mut fields = Fields::default();
    for name in Field::ALL {
        *fields.get_mut(name) = field(txn, name);
    }
    let schema = meta(txn, "schema").and_then(|value| value.as_i64()).unwrap_or(1);
    RevisionView { schema, fields, blocks: blocks(txn) }
}

fn blocks<T: ReadTxn>(txn: &T) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut runs = Vec::new();
    for chunk in chunks(txn) {
        if let Out::Any(Any::String(text)) = &chunk.insert {
            push_text(&mut runs, text, marks(chunk.attributes.as_deref()));
            continue;
        }
        match embed(&chunk.insert) {
            Embed::End(id) => blocks.push(Block::new(false, props(txn, id), std::mem::take(&mut runs))),
            Embed::Atom(id) => {
                close(&mut blocks, &mut runs);
                blocks.push(Block::new(true, props(txn, id), Vec::new()));
            }
            Embed::Unknown => {
                let marks = marks(chunk.attributes.as_deref());
                runs.push(Run::Embed { embed: plain(txn, chunk.insert, 0), marks });
            }
        }
    }
    close(&mut blocks, &mut runs);
    blocks
}

/// Runs that no embed ends are a block of their own: nothing typed is ever dropped.
fn close(blocks: &mut Vec<Block>, runs: &mut Vec<Run>) {
    if !runs.is_empty() {
        blocks.push(Block::new(false, Object::new(), std::mem::take(runs)));
    }
}

fn push_text(runs: &mut Vec<Run>, more: &str, marks: Object<String, Value>) {
    if more.is_empty() {
        return;
    }
    match runs.last_mut() {
        Some(Run::Text { text, marks: last }) if *last == marks => text.push_str(more),
        _ => runs.push(Run::Text { text: more.to_owned(), marks }),
    }
}

fn marks(attributes: Option<&Attrs>) -> Object<String, Value> {
    let Some(attributes) = attributes else { return Object::new() };
    let kept = attributes.iter().filter(|(_, value)| !matches!(value, Any::Null | Any::Undefined));
    kept.map(|(name, value)| (name.to_string(), plain_any(value, 0))).collect()
}

fn props<T: ReadTxn>(txn: &T, id: &str) -> Object<String, Value> {
    let found = txn.get_map("blocks").and_then(|blocks| blocks.get(txn, id));
    match found.map(|value| plain(txn, value, 0)) {
        Some(Value::Object(props)) => props,
        _ => Object::new(),
    }
}

fn plain<T: ReadTxn>(txn: &T, value: Out, depth: u32) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    match value {
        Out::Any(any) => plain_any(&any, depth),
        Out::YText(text) => Value::from(text.get_string(txn)),
        Out::YArray(array) => array.iter(txn).map(|value| plain(txn, value, depth + 1)).collect(),
        Out::YMap(map) => {
            let entries = map.iter(txn).map(|(key, value)| (key.to_owned(), plain(txn, value, depth + 1)));
            Value::Object(entries.collect())
        }
        _ => Value::Null,
    }
}

fn plain_any(value: &Any, depth: u32) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    match value {
        Any::Null | Any::Undefined => Value::Null,
        Any::Bool(value) => Value::Bool(*value),
        #[expect(clippy::cast_precision_loss, reason = "integers beyond 53 bits are written as floats")]
        Any::Number(Number::Int(value)) => number(*value as f64),
        Any::Number(Number::Float(value)) => number(*value),
        Any::String(text) => Value::from(text.as_ref()),
        Any::Buffer(bytes) => Value::from(bytes.to_vec()),
        Any::Array(values) => values.iter().map(|value| plain_any(value, depth + 1)).collect(),
        Any::Map(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), plain_any(value, depth + 1))).collect())
        }
    }
}
