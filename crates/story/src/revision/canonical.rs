//! The canonical text of a revision, byte for byte as `docs/FORMATS.md` section 2 says.

use serde_json::{Map, Value};

use super::{Block, Fields, RevisionView, Run};

/// The largest integer that Yjs and yrs both hold exactly: 2^53 − 1.
const SAFE: f64 = 9_007_199_254_740_991.0;

/// Writes the canonical bytes.
pub fn write(view: &RevisionView) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.extend(b"{\"blocks\":[");
    for (index, block) in view.blocks.iter().enumerate() {
        comma(index, &mut out);
        write_block(block, &mut out);
    }
    out.push(b']');
    let fields = &view.fields;
    let named = [
        ("byline", &fields.byline),
        ("dateline", &fields.dateline),
        ("deck", &fields.deck),
        ("headline", &fields.headline),
        ("kicker", &fields.kicker),
    ];
    for (name, text) in named {
        out.push(b',');
        write_text(name, &mut out);
        out.push(b':');
        write_text(text, &mut out);
    }
    out.extend(format!(",\"schema\":{}}}", view.schema).bytes());
    out
}

/// Writes any value with sorted keys and no white space.
pub fn json_text(value: &Value) -> String {
    let mut out = Vec::new();
    write_value(value, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A number as it stands in the canonical form: an integer, or the bits of a float as text.
pub fn number(value: f64) -> Value {
    if value.trunc() == value && value.abs() <= SAFE {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be an integer within 53 bits")]
        return Value::from(value as i64);
    }
    let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
    Value::from(format!("f64:{bits:016x}"))
}

fn comma(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

fn write_block(block: &Block, out: &mut Vec<u8>) {
    out.extend(if block.atom { b"{\"atom\":true,\"props\":".as_slice() } else { b"{\"props\":" });
    write_object(&block.props, out);
    if !block.atom {
        out.extend(b",\"runs\":[");
        for (index, run) in block.runs.iter().enumerate() {
            comma(index, out);
            write_run(run, out);
        }
        out.push(b']');
    }
    out.push(b'}');
}

fn write_run(run: &Run, out: &mut Vec<u8>) {
    out.push(b'[');
    let marks = match run {
        Run::Text { text, marks } => {
            write_text(text, out);
            marks
        }
        Run::Embed { embed, marks } => {
            write_value(embed, out);
            marks
        }
    };
    out.push(b',');
    write_object(marks, out);
    out.push(b']');
}

fn write_object(object: &Map<String, Value>, out: &mut Vec<u8>) {
    let mut keys: Vec<_> = object.iter().collect();
    keys.sort_by(|left, right| left.0.cmp(right.0));
    out.push(b'{');
    for (index, (key, value)) in keys.into_iter().enumerate() {
        comma(index, out);
        write_text(key, out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(found) => write_number(found, out),
        Value::String(text) => write_text(text, out),
        Value::Array(values) => {
            out.push(b'[');
            for (index, value) in values.iter().enumerate() {
                comma(index, out);
                write_value(value, out);
            }
            out.push(b']');
        }
        Value::Object(object) => write_object(object, out),
    }
}

fn write_number(found: &serde_json::Number, out: &mut Vec<u8>) {
    match number(found.as_f64().unwrap_or(f64::NAN)) {
        Value::String(text) => write_text(&text, out),
        exact => out.extend(exact.to_string().bytes()),
    }
}

/// Escapes as ECMAScript's `JSON.stringify`.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            0x08 => out.extend(b"\\b"),
            0x0c => out.extend(b"\\f"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x00..0x20 => out.extend(format!("\\u{byte:04x}").bytes()),
            other => out.push(other),
        }
    }
    out.push(b'"');
}

/// Reads canonical bytes; `None` when they are no revision.
pub fn parse(bytes: &[u8]) -> Option<RevisionView> {
    let Value::Object(mut root) = serde_json::from_slice(bytes).ok()? else { return None };
    let blocks = root.remove("blocks")?;
    let Value::Array(blocks) = blocks else { return None };
    let mut text = |name: &str| root.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let fields = Fields {
        headline: text("headline")?,
        kicker: text("kicker")?,
        deck: text("deck")?,
        dateline: text("dateline")?,
        byline: text("byline")?,
    };
    let schema = root.get("schema")?.as_i64()?;
    let blocks = blocks.into_iter().map(parse_block).collect::<Option<_>>()?;
    Some(RevisionView { schema, fields, blocks })
}

fn parse_block(value: Value) -> Option<Block> {
    let Value::Object(mut found) = value else { return None };
    let Value::Object(props) = found.remove("props")? else { return None };
    if found.contains_key("atom") {
        return Some(Block::new(true, props, Vec::new()));
    }
    let Value::Array(runs) = found.remove("runs")? else { return None };
    Some(Block::new(false, props, runs.into_iter().map(parse_run).collect::<Option<_>>()?))
}

fn parse_run(value: Value) -> Option<Run> {
    let Value::Array(pair) = value else { return None };
    let [content, Value::Object(marks)] = <[Value; 2]>::try_from(pair).ok()? else { return None };
    Some(match content {
        Value::String(text) => Run::Text { text, marks },
        embed => Run::Embed { embed, marks },
    })
}
