//! Text that others wrote, without what would steer the terminal: control
//! characters (C0, DEL, C1), marks that turn the direction of writing around
//! (UAX #9) and separators of lines. Each of them is shown as JSON writes it.

use std::borrow::Cow;

/// A value, on one line.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, &[])
}

/// A message, which may have several lines.
pub(crate) fn message(text: &str) -> Cow<'_, str> {
    escaped(text, &['\n', '\t'])
}

/// A JSON document in other words that mean the same: what steers a terminal
/// stands only in its strings, the ends of its lines never do.
pub(crate) fn document(json: &str) -> Cow<'_, str> {
    escaped(json, &['\n'])
}

/// `text` without what steers a terminal, except for what is `kept`.
fn escaped<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let is_escaped = |c: char| steers(c) && !kept.contains(&c);
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if !is_escaped(c) => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            // None of them needs more than four digits.
            c => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(safe)
}

fn steers(c: char) -> bool {
    let turns_or_breaks = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c.is_control() || turns_or_breaks
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_value_stays_on_its_line() {
        let hostile = "a\u{1b}[2J\u{7}\r\nb\tc\u{7f}\u{9b}31m\u{202e}d\u{2028}e";
        assert_eq!(
            one_line(hostile),
            "a\\u001b[2J\\u0007\\r\\nb\\tc\\u007f\\u009b31m\\u202ed\\u2028e"
        );
        assert!(matches!(one_line("plain ü 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_message_keeps_its_lines() {
        assert_eq!(message("a\nb\tc\r\u{2066}"), "a\nb\tc\\r\\u2066");
    }

    #[test]
    fn a_document_means_the_same_and_steers_nothing() {
        let hostile = "a\u{1b}\u{7f}\u{85}\u{9b}\n\u{61c}\u{200e}\u{200f}\u{202a}\u{2069}\\u{}";
        let value = json!({ hostile: [hostile] });
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let safe = document(&pretty);
        assert!(safe.chars().all(|c| c == '\n' || !steers(c)), "{safe}");
        assert!(safe.contains("\\u009b"), "{safe}");
        assert_eq!(safe.lines().count(), 5, "{safe}");
        let read: Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(read, value);
    }
}
