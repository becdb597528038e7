//! How a text is written in the files of other languages, so that it is that
//! text and nothing else: it cannot end a string, a comment or a line.

use std::fmt::Write as _;

/// A place in a file, by what may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Rest of a line comment, in any of the languages.
    Comment,
    /// Value in a `.env` file, as shells read it; brings its own quotes.
    DotEnv,
    /// Inside a Go string, `"…"`.
    Go,
    /// Inside a Java string, `"…"`.
    Java,
    /// Inside a JSON string (RFC 8259), which is also one of TypeScript.
    Json,
    /// Running text in Markdown (CommonMark).
    Markdown,
    /// Text in a Maven `pom.xml`: XML, where `${…}` means something.
    Maven,
    /// Inside a Python string, `"…"`.
    Python,
    /// Inside a Rust string, `"…"`.
    Rust,
    /// Inside a basic TOML string (TOML 1.0), `"…"`.
    Toml,
}

impl Format {
    /// The format that a placeholder names.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "comment" => Self::Comment,
            "env" => Self::DotEnv,
            "go" => Self::Go,
            "java" => Self::Java,
            "json" => Self::Json,
            "md" => Self::Markdown,
            "maven" => Self::Maven,
            "python" => Self::Python,
            "rust" => Self::Rust,
            "toml" => Self::Toml,
            _ => return None,
        })
    }

    /// The text as it is written there.
    pub(super) fn escape(self, text: &str) -> String {
        match self {
            Self::Comment => mapped(text, |c, out| match c {
                // Java reads `\u000a` in a comment as the end of its line.
                '\\' => out.push(char::REPLACEMENT_CHARACTER),
                c => out.push(visible(c)),
            }),
            Self::DotEnv => dot_env(&mapped(text, |c, out| out.push(visible(c)))),
            Self::Markdown => mapped(text, |c, out| {
                if "\\`*_{}[]<>()#+!|~&$".contains(c) {
                    out.push('\\');
                }
                out.push(visible(c));
            }),
            Self::Maven => mapped(text, maven),
            Self::Json => literal(text, utf16_units),
            Self::Java => literal(text, |c, out| {
                // Unicode escapes are read before strings are: one of a line
                // end would end the line.
                if c.is_ascii() {
                    push(out, format_args!("\\{:03o}", u32::from(c)));
                } else {
                    utf16_units(c, out);
                }
            }),
            Self::Go | Self::Python | Self::Toml => literal(text, |c, out| match u32::from(c) {
                code @ ..=0xffff => push(out, format_args!("\\u{code:04x}")),
                code => push(out, format_args!("\\U{code:08x}")),
            }),
            Self::Rust => literal(text, |c, out| {
                push(out, format_args!("\\u{{{:x}}}", u32::from(c)));
            }),
        }
    }

    /// A list as it is written there: entries of an array where there are
    /// arrays, running text elsewhere.
    pub(super) fn list(self, items: &[String]) -> String {
        let items: Vec<String> = items.iter().map(|item| self.escape(item)).collect();
        match self {
            Self::Json | Self::Toml => {
                let quoted: Vec<String> = items.iter().map(|item| format!("\"{item}\"")).collect();
                quoted.join(", ")
            }
            _ if items.is_empty() => "none".to_owned(),
            _ => items.join(", "),
        }
    }
}

/// Characters that end lines, turn the direction of text or are not seen: in a
/// source file they mislead whoever reads it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn visible(c: char) -> char {
    if is_hidden(c) {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

fn mapped(text: &str, write: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| write(c, &mut out));
    out
}

/// Inside double quotes; `hidden` writes what is not seen.
fn literal(text: &str, hidden: impl Fn(char, &mut String)) -> String {
    mapped(text, |c, out| match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        c if is_hidden(c) => hidden(c, out),
        c => out.push(c),
    })
}

fn utf16_units(c: char, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        push(out, format_args!("\\u{unit:04x}"));
    }
}

fn maven(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&apos;"),
        // A property of the pom; there is no other way to write `${`.
        '$' => out.push_str("${dollar}"),
        c => out.push(visible(c)),
    }
}

fn dot_env(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-:/@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let escaped = mapped(text, |c, out| {
        if "\\\"$`".contains(c) {
            out.push('\\');
        }
        out.push(c);
    });
    format!("\"{escaped}\"")
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    out.write_fmt(text).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Quotes, escapes, markup, interpolation, line ends, a turn of direction,
    /// a letter beyond ASCII and one beyond the basic plane.
    const AWKWARD: &str = "\"'\\<&>$`{}\n\u{202e}é😀";

    #[test]
    fn strings_stay_inside_their_quotes() {
        let expected = [
            (Format::Json, "\\\"'\\\\<&>$`{}\\u000a\\u202eé😀"),
            (Format::Java, "\\\"'\\\\<&>$`{}\\012\\u202eé😀"),
            (Format::Go, "\\\"'\\\\<&>$`{}\\u000a\\u202eé😀"),
            (Format::Python, "\\\"'\\\\<&>$`{}\\u000a\\u202eé😀"),
            (Format::Toml, "\\\"'\\\\<&>$`{}\\u000a\\u202eé😀"),
            (Format::Rust, "\\\"'\\\\<&>$`{}\\u{a}\\u{202e}é😀"),
        ];
        for (format, text) in expected {
            assert_eq!(format.escape(AWKWARD), text, "{format:?}");
        }
    }

    #[test]
    fn markup_is_text() {
        let expected = [
            (Format::Comment, "\"'\u{fffd}<&>$`{}\u{fffd}\u{fffd}é😀"),
            (
                Format::Markdown,
                "\"'\\\\\\<\\&\\>\\$\\`\\{\\}\u{fffd}\u{fffd}é😀",
            ),
            (
                Format::Maven,
                "&quot;&apos;\\&lt;&amp;&gt;${dollar}`{}\u{fffd}\u{fffd}é😀",
            ),
            (
                Format::DotEnv,
                "\"\\\"'\\\\<&>\\$\\`{}\u{fffd}\u{fffd}é😀\"",
            ),
        ];
        for (format, text) in expected {
            assert_eq!(format.escape(AWKWARD), text, "{format:?}");
        }
    }

    #[test]
    fn values_of_dot_env_have_quotes_only_where_they_need_them() {
        for (text, written) in [
            ("screener-001", "screener-001"),
            ("https://api.example:8443/a", "https://api.example:8443/a"),
            ("", "''"),
            ("a b#c", "'a b#c'"),
            ("$HOME", "'$HOME'"),
            ("o'neil", "\"o'neil\""),
            ("'`reboot`$x", "\"'\\`reboot\\`\\$x\""),
        ] {
            assert_eq!(Format::DotEnv.escape(text), written);
        }
    }

    #[test]
    fn lists_are_arrays_where_there_are_arrays() {
        let items = ["resume:read".to_owned(), "*".to_owned()];
        assert_eq!(Format::Json.list(&items), "\"resume:read\", \"*\"");
        assert_eq!(Format::Toml.list(&[]), "");
        assert_eq!(Format::Markdown.list(&items), "resume:read, \\*");
        assert_eq!(Format::Maven.list(&[]), "none");
    }

    proptest! {
        #[test]
        fn json_reads_back_what_was_written(text in any::<String>()) {
            let written = format!("\"{}\"", Format::Json.escape(&text));
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }

        /// Whatever splits lines or ends a string somewhere is not there.
        #[test]
        fn nothing_hidden_is_left_anywhere(text in any::<String>()) {
            for format in [
                Format::Comment, Format::DotEnv, Format::Go, Format::Java, Format::Json,
                Format::Markdown, Format::Maven, Format::Python, Format::Rust, Format::Toml,
            ] {
                let written = format.escape(&text);
                prop_assert!(!written.contains(is_hidden), "{:?}: {:?}", format, written);
            }
        }
    }
}
