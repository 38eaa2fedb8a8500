//! The page itself: no script, nothing from outside, A4 when it is printed.

use std::fmt::Write;

use satchel_checks::escape;

use super::Sheet;

/// Stands for a picture that is not here: a grey square of one pixel.
pub const NO_PICTURE: &str = "data:image/gif;base64,R0lGODlhAQABAIAAANDQ0P///ywAAAAAAQABAAACAkQBADs=";

const STYLE: &str = include_str!("page.css");

/// Draws the page.
pub fn draw(sheet: &Sheet) -> String {
    let Sheet { words, .. } = sheet;
    let mut out = String::new();
    let title = words.own("title");
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{} – {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        words.language,
        escape(&title),
        escape(&sheet.headline),
    );
    let _ = write!(
        out,
        "<header><p class=\"title\">{}</p><p class=\"careful\">{}</p></header>\n<h1>{}</h1>\n",
        escape(&title),
        escape(&words.own("careful")),
        escape(&sheet.headline)
    );
    if !sheet.deck.is_empty() {
        let _ = writeln!(out, "<p class=\"deck\">{}</p>", escape(&sheet.deck));
    }
    facts(&mut out, sheet);
    let _ = writeln!(out, "<main>\n{}</main>", sheet.body);
    if sheet.left_out > 0 {
        let key = if sheet.left_out == 1 { "left-out_one" } else { "left-out_other" };
        let told = words.filled(key, &[("count", sheet.left_out.to_string())]);
        let _ = writeln!(out, "<p class=\"careful\">{}</p>", escape(&told));
    }
    signing(&mut out, sheet);
    out.push_str("</body>\n</html>\n");
    out
}

fn facts(out: &mut String, sheet: &Sheet) {
    out.push_str("<table class=\"facts\"><tbody>\n");
    for (label, value) in &sheet.facts {
        let _ = writeln!(out, "<tr><th>{}</th><td>{}</td></tr>", escape(label), escape(value));
    }
    let _ = writeln!(
        out,
        "<tr><th>{}</th><td><code>{}</code></td></tr>\n</tbody></table>",
        escape(&sheet.words.own("fingerprint")),
        sheet.fingerprint
    );
}

/// Who signed so far, and the box for the one who reads this.
fn signing(out: &mut String, sheet: &Sheet) {
    let own = |key: &str| escape(&sheet.words.own(key));
    let _ = writeln!(out, "<section class=\"signing\">\n<h2>{}</h2>", own("signed"));
    if sheet.signatures.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", own("signed.none"));
    } else {
        out.push_str("<table class=\"signed\"><tbody>\n");
        for cells in &sheet.signatures {
            let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
            let _ = writeln!(out, "<tr>{cells}</tr>");
        }
        out.push_str("</tbody></table>\n");
    }
    let choices: String = ["box.pass", "box.return", "box.reject"]
        .iter()
        .map(|key| format!("<span class=\"choice\"><i></i>{}</span>", own(key)))
        .collect();
    let _ = writeln!(
        out,
        "<table class=\"box\"><tbody>\n<tr><th>{}</th><td colspan=\"3\">{choices}</td></tr>\n\
         <tr class=\"tall\"><th>{}</th><td colspan=\"3\"></td></tr>\n\
         <tr><th>{}</th><td></td><th>{}</th><td></td></tr>\n<tr><th>{}</th><td colspan=\"3\"></td></tr>\n\
         <tr><th>{}</th><td colspan=\"3\"><code>{}</code></td></tr>\n</tbody></table>",
        own("box.act"),
        own("box.remarks"),
        own("box.name"),
        own("box.date"),
        own("box.signature"),
        own("fingerprint"),
        sheet.fingerprint
    );
    let _ = writeln!(out, "<p class=\"small\">{} {}</p>\n</section>", own("fingerprint.what"), own("enter"));
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::*;

    fn sheet(headline: &str) -> Sheet {
        Sheet {
            words: Words::of("zh-CN"),
            headline: headline.into(),
            deck: String::new(),
            facts: vec![("a".into(), "<b>".into())],
            fingerprint: "0123 4567".into(),
            signatures: Vec::new(),
            body: "<p>x</p>\n".into(),
            left_out: 0,
        }
    }

    #[test]
    fn what_a_person_wrote_never_becomes_markup() {
        let page = draw(&sheet("<script>alert(1)</script>"));
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;") && page.contains("&lt;b&gt;"));
    }

    #[test]
    fn the_page_asks_nobody_for_anything() {
        let page = draw(&sheet("x"));
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src=\"/"));
        assert!(page.contains("default-src 'none'"));
    }
}
