//! Canonical JSON (RFC 8785) for the values an audit event can hold: texts,
//! booleans, null, integers up to 2^53 − 1, arrays and objects of these.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::{self, Display};
use std::io::Write;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A value that no audit event may hold, and that therefore has no canonical
/// form here: a fraction, or an integer beyond 2^53 − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("value has no canonical form")]
pub struct Unrepresentable;

/// Appends the canonical form of `value` to `out`.
///
/// # Errors
///
/// [`Unrepresentable`] for numbers outside the integers above.
pub fn canonical_json(value: &Value, out: &mut Vec<u8>) -> Result<(), Unrepresentable> {
    Form(out).deserialize(value).map_err(|_| Unrepresentable)
}

/// The same of a document that is there as text, without a [`Value`] in between:
/// stored events are verified by the million.
///
/// # Errors
///
/// [`Unrepresentable`] also for what is no JSON and for members of the same name.
pub fn canonical_form(text: &str, out: &mut Vec<u8>) -> Result<(), Unrepresentable> {
    let mut document = serde_json::Deserializer::from_str(text);
    Form(out)
        .deserialize(&mut document)
        .and_then(|()| document.end())
        .map_err(|_| Unrepresentable)
}

/// Writes what it is shown behind what was written before.
struct Form<'o>(&'o mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Form<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Form<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that has a canonical form")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        let word: &[u8] = if value { b"true" } else { b"false" };
        self.0.extend_from_slice(word);
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        integer(number, number, self.0)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        integer(number, number.unsigned_abs(), self.0)
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        string(text, self.0);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push(b'[');
        let empty = self.0.len();
        loop {
            let end = self.0.len();
            if end > empty {
                self.0.push(b',');
            }
            if items.next_element_seed(Form(self.0))?.is_none() {
                self.0.truncate(end);
                break;
            }
        }
        self.0.push(b']');
        Ok(())
    }

    /// Members are written as they come, and put in order behind the last one.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let start = self.0.len();
        let mut written = Vec::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            let from = self.0.len();
            string(&name.0, self.0);
            self.0.push(b':');
            members.next_value_seed(Form(self.0))?;
            written.push((name, from - start..self.0.len() - start));
        }
        written.sort_unstable_by(|(a, _), (b, _)| a.compare(b));
        let unordered = self.0.split_off(start);
        self.0.push(b'{');
        let mut last: Option<&Name<'_>> = None;
        for (name, place) in &written {
            if last.is_some_and(|last| last.0 == name.0) {
                return Err(A::Error::custom("two members have the same name"));
            }
            if last.is_some() {
                self.0.push(b',');
            }
            let member = unordered.get(place.clone());
            self.0.extend_from_slice(member.unwrap_or_default());
            last = Some(name);
        }
        self.0.push(b'}');
        Ok(())
    }
}

fn integer<E: Error>(number: impl Display, magnitude: u64, out: &mut Vec<u8>) -> Result<(), E> {
    if magnitude > MAX_SAFE_INTEGER {
        return Err(E::custom("the integer is too large"));
    }
    write!(out, "{number}").map_err(E::custom)
}

/// Name of a member, part of the document if it has no escapes there.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl Name<'_> {
    /// RFC 8785 §3.2.3: by UTF-16 code units, which differs from the order of
    /// bytes only beyond the basic plane.
    fn compare(&self, other: &Self) -> Ordering {
        let (a, b) = (&self.0, &other.0);
        if a.is_ascii() && b.is_ascii() {
            a.cmp(b)
        } else {
            a.encode_utf16().cmp(b.encode_utf16())
        }
    }
}

/// Appends `text` as a JSON string (RFC 8785 §3.2.2.2).
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    // Most texts need none, which is seen many bytes at a time.
    if !rest
        .iter()
        .fold(false, |any, byte| any | needs_escape(*byte))
    {
        out.extend_from_slice(rest);
        rest = &[];
    }
    // Whatever lies between two escapes is copied at once.
    while let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) {
        let (verbatim, from) = rest.split_at(at);
        out.extend_from_slice(verbatim);
        let Some((byte, behind)) = from.split_first() else {
            break;
        };
        escape(*byte, out);
        rest = behind;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        0x08 => out.extend_from_slice(b"\\b"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\n' => out.extend_from_slice(b"\\n"),
        0x0c => out.extend_from_slice(b"\\f"),
        b'\r' => out.extend_from_slice(b"\\r"),
        _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        let mut out = Vec::new();
        canonical_json(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..=MAX_SAFE_INTEGER).prop_map(Value::from),
            (-1_000_000_i64..0).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_it_back_gives_the_same_value(value in any_value()) {
            let form = text(&value);
            prop_assert_eq!(serde_json::from_str::<Value>(&form).unwrap(), value);
        }

        #[test]
        fn a_text_has_the_form_of_its_value(value in any_value(), pretty in any::<bool>()) {
            let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let mut form = Vec::new();
            canonical_form(&write(&value).unwrap(), &mut form).unwrap();
            prop_assert_eq!(String::from_utf8(form).unwrap(), text(&value));
        }
    }

    #[test]
    fn texts_that_no_event_holds_have_no_form() {
        for text in [
            "",
            "{",
            "{} {}",
            "nul",
            "1.0",
            "-0",
            "9007199254740992",
            "-9007199254740992",
            r#"{"a":1,"a":1}"#,
            r#"[{"a":1,"b":2,"\u0061":3}]"#,
            r#""\ud800""#,
        ] {
            let form = canonical_form(text, &mut Vec::new());
            assert_eq!(form, Err(Unrepresentable), "{text}");
        }
        let deep = "[".repeat(1_000) + &"]".repeat(1_000);
        assert_eq!(canonical_form(&deep, &mut Vec::new()), Err(Unrepresentable));
    }

    #[test]
    fn members_are_sorted_by_utf16_and_escapes_are_minimal() {
        // U+1F600 is D83D DE00 in UTF-16 and sorts before U+FB33.
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2, "b": "\u{7}\n\"\\é", "a": [true, null]});
        assert_eq!(
            text(&value),
            "{\"a\":[true,null],\"b\":\"\\u0007\\n\\\"\\\\é\",\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
    }

    #[test]
    fn fractions_and_large_integers_have_no_form() {
        for value in [json!(1.5), json!(1.0), json!(9_007_199_254_740_992_u64)] {
            assert_eq!(
                canonical_json(&value, &mut Vec::new()),
                Err(Unrepresentable)
            );
        }
    }
}
