//! Canonical JSON.

use agentidp_domain::audit::{canonical_form, canonical_json};
use serde_json::Value;

use crate::{Broken, Property, Seen, Verdict, holds};

/// RFC 8785: the form of a document is that of another writer, reads back as the
/// same document, and is its own form. Numbers that no audit event holds have none.
///
/// Input: a JSON document.
pub struct CanonicalJson;

impl Property for CanonicalJson {
    const NAME: &'static str = "canonical_json";

    fn new() -> Result<Self, Broken> {
        Ok(Self)
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let Ok(value) = serde_json::from_slice::<Value>(input) else {
            return Ok(Seen::Refused);
        };
        let form = form(&value);
        let other = other_writer(&value);
        holds(form == other, || format!("{form:?}, elsewhere {other:?}"))?;
        // The text has members of the same name where only its value has a form.
        let directly = std::str::from_utf8(input).ok().and_then(form_of_text);
        holds(directly.is_none() || directly == form, || {
            format!("{directly:?} of the text, {form:?} of its value")
        })?;
        let Some(text) = form else {
            return Ok(Seen::Refused);
        };
        let again: Value = serde_json::from_str(&text)?;
        holds(again == value, || format!("{text} is another document"))?;
        holds(self::form(&again).as_ref() == Some(&text), || {
            format!("{text} is not its own form")
        })?;
        holds(form_of_text(&text).as_ref() == Some(&text), || {
            format!("{text} is not its own form as a text")
        })?;
        Ok(Seen::Taken)
    }
}

fn form(value: &Value) -> Option<String> {
    let mut out = Vec::new();
    canonical_json(value, &mut out).ok()?;
    String::from_utf8(out).ok()
}

fn form_of_text(text: &str) -> Option<String> {
    let mut out = Vec::new();
    canonical_form(text, &mut out).ok()?;
    String::from_utf8(out).ok()
}

/// RFC 8785 on top of what serde_json writes for scalars.
fn other_writer(value: &Value) -> Option<String> {
    const LARGEST: u64 = 9_007_199_254_740_991;
    Some(match value {
        Value::Number(number) => {
            let whole = number.as_i64()?;
            (whole.unsigned_abs() <= LARGEST).then(|| whole.to_string())?
        }
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(other_writer).collect();
            format!("[{}]", items?.join(","))
        }
        Value::Object(members) => {
            let mut sorted: Vec<(Vec<u16>, String)> = Vec::new();
            for (name, value) in members {
                let member = format!("{}:{}", Value::from(name.as_str()), other_writer(value)?);
                sorted.push((name.encode_utf16().collect(), member));
            }
            sorted.sort();
            let members: Vec<String> = sorted.into_iter().map(|(_, member)| member).collect();
            format!("{{{}}}", members.join(","))
        }
        scalar => scalar.to_string(),
    })
}
