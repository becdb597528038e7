//! JSON objects in which every member is there once (RFC 7515 §4, RFC 7519
//! §4): readers that take the first and readers that take the last would
//! otherwise see different tokens.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Reads an object; `None` when it is none or has a member twice.
pub(crate) fn read(json: &[u8]) -> Option<Map<String, Value>> {
    let object: UniqueMembers = serde_json::from_slice(json).ok()?;
    Some(object.0)
}

struct UniqueMembers(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members).map(Self)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = map.next_entry()? {
            if members.insert(name, value).is_some() {
                return Err(Error::custom("a member is there twice"));
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_object_of_any_content() {
        let object = read(br#" {"a":1,"b":{"a":[null]},"":"x"} "#).unwrap();
        assert_eq!(object.len(), 3);
        assert_eq!(object["b"]["a"][0], Value::Null);
        assert!(read(b"{}").unwrap().is_empty());
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused_however_it_is_written() {
        assert!(read(br#"{"iss":"a","iss":"b"}"#).is_none());
        assert!(read(br#"{"iss":"a","exp":1,"iss":"a"}"#).is_none());
        assert!(read(br#"{"iss":"a","\u0069ss":"b"}"#).is_none());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for json in [
            "",
            "{",
            "null",
            "1",
            "\"{}\"",
            "[]",
            "[[\"a\",1]]",
            "{} {}",
            "{}x",
            "{\"a\":}",
        ] {
            assert!(read(json.as_bytes()).is_none(), "{json}");
        }
        assert!(read(b"{\"a\":\"\xff\"}").is_none());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(4000), "]".repeat(4000));
        assert!(read(deep.as_bytes()).is_none());
    }
}
