//! Canonical JSON (RFC 8785) for the values an audit event can hold: texts,
//! booleans, null, integers up to 2^53 − 1, arrays and objects of these.

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
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::String(text) => string(text, out),
        Value::Number(number) => {
            let magnitude = number
                .as_u64()
                .or_else(|| number.as_i64().map(i64::unsigned_abs))
                .ok_or(Unrepresentable)?;
            if magnitude > MAX_SAFE_INTEGER {
                return Err(Unrepresentable);
            }
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                canonical_json(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => object(members, out)?,
    }
    Ok(())
}

fn object(
    members: &serde_json::Map<String, Value>,
    out: &mut Vec<u8>,
) -> Result<(), Unrepresentable> {
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    // RFC 8785 §3.2.3: by UTF-16 code units, which differs from the order of
    // bytes only beyond the basic plane.
    members.sort_unstable_by(|(a, _), (b, _)| {
        if a.is_ascii() && b.is_ascii() {
            a.cmp(b)
        } else {
            a.encode_utf16().cmp(b.encode_utf16())
        }
    });
    out.push(b'{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        string(name, out);
        out.push(b':');
        canonical_json(value, out)?;
    }
    out.push(b'}');
    Ok(())
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
