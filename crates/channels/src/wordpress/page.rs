//! Comparing texts across HTML: only letters and digits count.

/// The letters and digits of an HTML text in order: tags, signs, spaces and case are left out, entities read.
///
/// Themes turn quotes, dashes and spaces into others; letters they leave alone.
pub(super) fn letters(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(sign) = rest.chars().next() {
        rest = match sign {
            '<' => after_tag(rest),
            '&' => after_entity(rest, &mut out),
            _ => {
                push(sign, &mut out);
                &rest[sign.len_utf8()..]
            }
        };
    }
    out
}

fn push(sign: char, out: &mut String) {
    if sign.is_alphanumeric() {
        out.extend(sign.to_lowercase());
    }
}

/// Skips a tag or a comment; a `<` that begins neither is a sign like others.
fn after_tag(text: &str) -> &str {
    if text.starts_with("<!--") {
        return text.find("-->").map_or("", |end| &text[end + 3..]);
    }
    let begins_tag = text[1..].starts_with(|next: char| next.is_ascii_alphabetic() || "/!?".contains(next));
    match text.find('>') {
        Some(end) if begins_tag => &text[end + 1..],
        _ => &text[1..],
    }
}

/// Reads a numeric entity as its sign; named ones stand for signs that do not count.
fn after_entity<'a>(text: &'a str, out: &mut String) -> &'a str {
    let Some(end) = text.char_indices().take(12).find(|(_, sign)| *sign == ';').map(|(at, _)| at) else {
        return &text[1..];
    };
    let name = &text[1..end];
    if name.is_empty() || !name.chars().all(|sign| sign == '#' || sign.is_ascii_alphanumeric()) {
        return &text[1..];
    }
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        };
        if let Some(sign) = code.and_then(char::from_u32) {
            push(sign, out);
        }
    }
    &text[end + 1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_theme_does_to_signs_does_not_count() {
        let ours = r#"He said "3 < 4" & left – 记者’s A"#;
        let theirs = "<h1>He said &#8220;3 &lt; 4&#8221; &#038; left &#x2013; 记者&rsquo;s&nbsp;&#65;</h1>";

        assert_eq!(letters(ours), letters(theirs));
    }

    #[test]
    fn a_lost_word_counts() {
        assert_ne!(letters("<p>one two</p>"), letters("<p>one</p>"));
        assert_eq!(letters("<!-- wp:paragraph --><p>one</p>"), "one");
        assert_eq!(letters("AT&T;x"), letters("AT&T;x"));
    }
}
