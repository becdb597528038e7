//! Entries of a secret engine of kind KV version 2, as
//! <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2> has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Versions that are kept when nothing else was configured.
const MAX_VERSIONS: usize = 10;

/// Time is not the matter of any test.
const TIME: &str = "2026-11-26T09:00:00.000000000Z";

/// What happened to a request.
pub(super) enum Outcome {
    /// The member `data` of the answer.
    Data(Value),
    /// The same, with status 404: a version that was deleted.
    Gone(Value),
    /// Done, there is nothing to tell.
    Done,
    /// There is no such entry.
    Missing,
    /// Not a valid request, with Vault's text.
    Invalid(&'static str),
}

/// A version of an entry.
#[derive(Clone)]
struct Version {
    /// Until they are destroyed.
    fields: Option<Value>,
    deleted: bool,
}

/// An entry.
#[derive(Clone, Default)]
struct Secret {
    versions: BTreeMap<u64, Version>,
    current: u64,
}

/// All entries of an engine, by name.
#[derive(Clone, Default)]
pub(super) struct Engine {
    secrets: BTreeMap<String, Secret>,
}

impl Engine {
    pub(super) fn read(&self, name: &str, version: u64) -> Outcome {
        let Some(secret) = self.secrets.get(name) else {
            return Outcome::Missing;
        };
        let number = if version == 0 {
            secret.current
        } else {
            version
        };
        let Some(version) = secret.versions.get(&number) else {
            return Outcome::Missing;
        };
        let metadata = described(number, version);
        match version.fields.as_ref().filter(|_| !version.deleted) {
            Some(fields) => Outcome::Data(json!({"data": fields, "metadata": metadata})),
            None => Outcome::Gone(json!({"data": null, "metadata": metadata})),
        }
    }

    pub(super) fn write(&mut self, name: &str, body: &Value) -> Outcome {
        let Some(fields) = body.get("data").filter(|data| data.is_object()) else {
            return Outcome::Invalid("no data provided");
        };
        let present = self.secrets.get(name).map_or(0, |secret| secret.current);
        let wanted = body.pointer("/options/cas").and_then(Value::as_u64);
        if wanted.is_some_and(|wanted| wanted != present) {
            return Outcome::Invalid("check-and-set parameter did not match the current version");
        }
        let secret = self.secrets.entry(name.to_owned()).or_default();
        secret.current += 1;
        let version = Version {
            fields: Some(fields.clone()),
            deleted: false,
        };
        let metadata = described(secret.current, &version);
        secret.versions.insert(secret.current, version);
        while secret.versions.len() > MAX_VERSIONS {
            secret.versions.pop_first();
        }
        Outcome::Data(metadata)
    }

    /// Deletes the newest version so that it can come back.
    pub(super) fn delete_newest(&mut self, name: &str) -> Outcome {
        let newest = self.secrets.get(name).map(|secret| secret.current);
        if let Some(newest) = newest {
            self.change(name, &[newest], |version| version.deleted = true);
        }
        Outcome::Done
    }

    /// `delete`, `undelete` or `destroy` of the versions that `body` names.
    pub(super) fn change_versions(&mut self, verb: &str, name: &str, body: &Value) -> Outcome {
        let numbers: Vec<u64> = body
            .get("versions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        if numbers.is_empty() {
            return Outcome::Invalid("no version number provided");
        }
        self.change(name, &numbers, |version| match verb {
            "undelete" => version.deleted = false,
            "destroy" => version.fields = None,
            _ => version.deleted = true,
        });
        Outcome::Done
    }

    fn change(&mut self, name: &str, numbers: &[u64], change: impl Fn(&mut Version)) {
        let Some(secret) = self.secrets.get_mut(name) else {
            return;
        };
        for number in numbers {
            if let Some(version) = secret.versions.get_mut(number) {
                change(version);
            }
        }
    }

    pub(super) fn metadata(&self, name: &str) -> Outcome {
        let Some(secret) = self.secrets.get(name) else {
            return Outcome::Missing;
        };
        let versions: Map<String, Value> = secret
            .versions
            .iter()
            .map(|(number, version)| (number.to_string(), described(*number, version)))
            .collect();
        Outcome::Data(json!({
            "cas_required": false, "created_time": TIME, "current_version": secret.current,
            "custom_metadata": null, "delete_version_after": "0s", "max_versions": 0,
            "oldest_version": 0, "updated_time": TIME, "versions": versions,
        }))
    }

    /// Removes an entry with all its versions for good.
    pub(super) fn remove(&mut self, name: &str) -> Outcome {
        self.secrets.remove(name);
        Outcome::Done
    }

    /// What lies in a folder; names of folders end with a slash.
    pub(super) fn list(&self, folder: &str) -> Outcome {
        let prefix = match folder.trim_matches('/') {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let keys: BTreeSet<&str> = self
            .secrets
            .keys()
            .filter_map(|name| name.strip_prefix(&prefix))
            .map(|rest| rest.find('/').map_or(rest, |end| rest.split_at(end + 1).0))
            .collect();
        if keys.is_empty() {
            return Outcome::Missing;
        }
        Outcome::Data(json!({ "keys": keys }))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.secrets.contains_key(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.secrets.keys()
    }

    /// The fields of every version that was not destroyed, oldest first.
    pub(super) fn versions(&self, name: &str) -> Vec<Value> {
        let secret = self.secrets.get(name);
        secret
            .into_iter()
            .flat_map(|secret| secret.versions.values())
            .filter_map(|version| version.fields.clone())
            .collect()
    }
}

fn described(number: u64, version: &Version) -> Value {
    json!({
        "created_time": TIME, "custom_metadata": null,
        "deletion_time": if version.deleted { TIME } else { "" },
        "destroyed": version.fields.is_none(), "version": number,
    })
}
