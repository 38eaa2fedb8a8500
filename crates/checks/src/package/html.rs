//! HTML that any site can show: plain elements, everything escaped, the same bytes for the same story.

use std::collections::BTreeMap;
use std::fmt::Write;

use satchel_story::{Block, BlockKind, Fields, Run};
use serde_json::{Map, Value};

use crate::preflight::is_web;

/// Lists go no deeper.
const DEEPEST: i64 = 5;

/// Renders the body of a page for reading on any machine; `addresses` says where a picture is, by its fingerprint.
#[must_use]
pub fn page(body: &[Block], addresses: &BTreeMap<String, String>) -> String {
    render(&Fields::default(), body, addresses)
}

/// Renders fields and body. `addresses` says where a medium is, by its fingerprint.
pub fn render(fields: &Fields, body: &[Block], addresses: &BTreeMap<String, String>) -> String {
    let mut page = Page { out: String::new(), lists: Vec::new(), addresses };
    page.line("kicker", &[&fields.kicker]);
    page.line("byline", &[&fields.dateline, &fields.byline]);
    for block in body {
        page.block(block);
    }
    page.close_lists(0);
    page.out
}

struct Page<'a> {
    out: String,
    /// The lists that are open, outermost first; each has its last item open.
    lists: Vec<&'static str>,
    addresses: &'a BTreeMap<String, String>,
}

impl Page<'_> {
    fn line(&mut self, class: &str, texts: &[&str]) {
        let texts: Vec<_> = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        if !texts.is_empty() {
            self.push(format_args!("<p class=\"{class}\">{}</p>\n", escape(&texts.join("\u{3000}"))));
        }
    }

    fn block(&mut self, block: &Block) {
        if block.kind == BlockKind::ListItem {
            return self.item(block);
        }
        self.close_lists(0);
        match block.kind {
            BlockKind::Paragraph if block.runs.is_empty() => {}
            BlockKind::Paragraph => self.push(format_args!("<p>{}</p>\n", inline(&block.runs))),
            BlockKind::Quote => {
                self.push(format_args!("<blockquote><p>{}</p></blockquote>\n", inline(&block.runs)))
            }
            BlockKind::Heading => {
                let level = block.prop_number("level").unwrap_or(1).clamp(1, 3) + 1;
                self.push(format_args!("<h{level}>{}</h{level}>\n", inline(&block.runs)));
            }
            BlockKind::Figure => self.figure(block),
            BlockKind::Table => self.table(block),
            BlockKind::ListItem | BlockKind::Unknown => {}
        }
    }

    fn item(&mut self, block: &Block) {
        let list = if block.prop("list") == "ol" { "ol" } else { "ul" };
        let depth =
            usize::try_from(block.prop_number("depth").unwrap_or(0).clamp(0, DEEPEST)).unwrap_or_default();
        let depth = depth.min(self.lists.len());
        self.close_lists(depth + 1);
        if self.lists.get(depth).is_some_and(|&open| open != list) {
            self.close_lists(depth);
        }
        if self.lists.len() > depth {
            self.out.push_str("</li>\n");
        } else {
            self.push(format_args!("<{list}>\n"));
            self.lists.push(list);
        }
        self.push(format_args!("<li>{}", inline(&block.runs)));
    }

    fn close_lists(&mut self, keep: usize) {
        while self.lists.len() > keep {
            if let Some(list) = self.lists.pop() {
                self.push(format_args!("</li>\n</{list}>\n"));
            }
        }
    }

    fn figure(&mut self, block: &Block) {
        let Some(address) = self.addresses.get(block.prop("blob")) else { return };
        let source = escape(address);
        let (caption, credit) = (block.prop("caption"), block.prop("credit"));
        let alt = if block.prop("alt").is_empty() { caption } else { block.prop("alt") };
        let medium = match block.prop("kind") {
            "video" => format!("<video src=\"{source}\" controls preload=\"metadata\"></video>"),
            "audio" => format!("<audio src=\"{source}\" controls preload=\"metadata\"></audio>"),
            _ => {
                let size = |name, attribute| match block.prop_number(name) {
                    Some(pixels) if pixels > 0 => format!(" {attribute}=\"{pixels}\""),
                    _ => String::new(),
                };
                format!(
                    "<img src=\"{source}\" alt=\"{}\"{}{}>",
                    escape(alt),
                    size("w", "width"),
                    size("h", "height")
                )
            }
        };
        let credit =
            if credit.is_empty() { String::new() } else { format!(" <small>{}</small>", escape(credit)) };
        self.push(format_args!(
            "<figure>{medium}<figcaption>{}{credit}</figcaption></figure>\n",
            escape(caption)
        ));
    }

    fn table(&mut self, block: &Block) {
        self.out.push_str("<table>");
        if !block.prop("caption").is_empty() {
            self.push(format_args!("<caption>{}</caption>", escape(block.prop("caption"))));
        }
        self.out.push_str("<tbody>\n");
        for cells in block.rows() {
            let cells: String = cells.into_iter().map(|cell| format!("<td>{}</td>", breaks(cell))).collect();
            self.push(format_args!("<tr>{cells}</tr>\n"));
        }
        self.out.push_str("</tbody></table>\n");
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(text);
    }
}

fn inline(runs: &[Run]) -> String {
    runs.iter()
        .filter_map(|run| match run {
            Run::Text { text, marks } => Some(marked(text, marks)),
            Run::Embed { .. } => None,
        })
        .collect()
}

fn marked(text: &str, marks: &Map<String, Value>) -> String {
    let mut out = breaks(text);
    for (mark, element) in [("strike", "s"), ("underline", "u"), ("italic", "em"), ("bold", "strong")] {
        if marks.get(mark).is_some_and(|value| value != &Value::Bool(false)) {
            out = format!("<{element}>{out}</{element}>");
        }
    }
    let href =
        marks.get("link").and_then(|link| link.get("href")).and_then(Value::as_str).unwrap_or_default();
    if is_web(href) { format!("<a href=\"{}\">{out}</a>", escape(href)) } else { out }
}

fn breaks(text: &str) -> String {
    escape(text).replace('\n', "<br>")
}

/// Writes a text so that no letter of it is read as HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
