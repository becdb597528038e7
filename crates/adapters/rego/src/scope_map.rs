//! The map from routes to scopes.

use std::collections::BTreeMap;
use std::fmt;

use agentidp_domain::scope::Scope;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::error::PolicyError;
use crate::source::File;

/// Required scopes by `METHOD:/path/pattern`.
#[derive(Debug)]
pub(crate) struct ScopeMap(BTreeMap<String, Vec<Scope>>);

impl ScopeMap {
    pub(crate) fn parse(file: &File) -> Result<Self, PolicyError> {
        serde_json::from_str(&file.text).map_err(|error| PolicyError::Broken {
            file: file.name.clone(),
            line: Some(error.line()).filter(|line| *line > 0),
            reason: error.to_string(),
        })
    }

    /// The scopes of the entry `key`; none when there is no such entry.
    pub(crate) fn required(&self, key: &str) -> Vec<Scope> {
        self.0.get(key).cloned().unwrap_or_default()
    }

    /// The map as the policy sees it.
    pub(crate) fn to_value(&self) -> regorus::Value {
        let entries = self.0.iter().map(|(key, scopes)| {
            let scopes: Vec<regorus::Value> =
                scopes.iter().map(|scope| scope.as_str().into()).collect();
            (regorus::Value::from(key.as_str()), scopes.into())
        });
        regorus::Value::from(entries.collect::<BTreeMap<_, _>>())
    }
}

// By hand rather than through `serde_json::Value`, so that every mistake has
// its line and a key that stands twice is one.
impl<'de> Deserialize<'de> for ScopeMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = ScopeMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of arrays of scopes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ScopeMap, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, scopes)) = map.next_entry::<String, Vec<Name>>()? {
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format_args!("`{key}` is listed twice")));
            }
            entries.insert(key, scopes.into_iter().map(|Name(scope)| scope).collect());
        }
        Ok(ScopeMap(entries))
    }
}

struct Name(Scope);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.parse() {
            Ok(scope) => Ok(Self(scope)),
            Err(_) => Err(D::Error::custom(format_args!("unknown scope `{name}`"))),
        }
    }
}
