//! The endpoints: which there are, who may use them, what they answer.

use serde_json::{Map, Value, json};

use super::engine::{Engine, Outcome};
use super::server::Request;
use super::state::State;

/// Members of every answer that has a body and is no error.
fn envelope(data: &Value) -> Value {
    json!({
        "request_id": "7f4142e0-e9e6-b3f4-868e-ffa222534043", "lease_id": "",
        "renewable": false, "lease_duration": 0, "data": data,
        "wrap_info": null, "warnings": null, "auth": null,
    })
}

fn errors(status: u16, messages: &[&str]) -> (u16, String) {
    (status, json!({ "errors": messages }).to_string())
}

/// Answers a request as the server would.
pub(super) fn answer(state: &mut State, request: &Request) -> (u16, String) {
    let Some(path) = request.path.strip_prefix("/v1/") else {
        return errors(404, &[]);
    };
    if path == "sys/health" {
        return health(state);
    }
    if state.sealed {
        return errors(503, &["Vault is sealed"]);
    }
    if request.token.as_deref() != Some(&state.token) {
        return errors(403, &["permission denied"]);
    }
    let body = serde_json::from_slice(&request.body).unwrap_or_default();
    match path {
        "auth/token/lookup-self" => (200, envelope(&token(state)).to_string()),
        "sys/capabilities-self" => (200, envelope(&capabilities(state, &body)).to_string()),
        _ => secret(state, request, path, &body),
    }
}

fn health(state: &State) -> (u16, String) {
    let status = match state.health {
        Some(status) => status,
        None if state.sealed => 503,
        None => 200,
    };
    let body = json!({
        "initialized": status != 501, "sealed": status == 503, "standby": status != 200,
        "performance_standby": status == 473, "replication_performance_mode": "disabled",
        "replication_dr_mode": "disabled", "server_time_utc": 1_795_662_237,
        "version": "1.14.0", "cluster_name": "vault-cluster", "cluster_id": "22ffe55c",
    });
    (status, body.to_string())
}

fn token(state: &State) -> Value {
    let ends = state.token_ttl.map(|_| "2026-11-26T10:00:00.000000000Z");
    json!({
        "accessor": "R7WwTItpXP808wmynEkv4AiB", "creation_time": 1_795_662_234,
        "creation_ttl": state.token_ttl.unwrap_or(0), "display_name": "token",
        "entity_id": "", "expire_time": ends, "explicit_max_ttl": 0, "id": state.token,
        "meta": null, "num_uses": 0, "orphan": true, "path": "auth/token/create",
        "policies": ["agentidp", "default"], "renewable": ends.is_some(),
        "ttl": state.token_ttl.unwrap_or(0), "type": "service",
    })
}

fn capabilities(state: &State, body: &Value) -> Value {
    let paths = body.get("paths").and_then(Value::as_array);
    let found: Map<String, Value> = paths
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|path| (path.to_owned(), json!(state.capabilities(path))))
        .collect();
    Value::Object(found)
}

/// A request to a secret engine.
fn secret(state: &mut State, request: &Request, path: &str, body: &Value) -> (u16, String) {
    let Some((mount, verb, name)) = state.route(path) else {
        let text = format!("no handler for route \"{path}\". route entry not found.");
        return errors(404, &[&text]);
    };
    let listing = request.method == "LIST" || request.query.contains("list=true");
    let needed = match request.method.as_str() {
        _ if listing => "list",
        "GET" => "read",
        "DELETE" => "delete",
        _ if verb == "data" && !state.engine(&mount).has(&name) => "create",
        _ => "update",
    };
    if !state.may(path, needed) {
        return errors(403, &["1 error occurred:\n\t* permission denied\n\n"]);
    }
    let engine = state.engine(&mount);
    let outcome = match (request.method.as_str(), verb.as_str()) {
        (_, "metadata") if listing => engine.list(&name),
        ("GET", "data") => engine.read(&name, version(&request.query)),
        ("POST" | "PUT", "data") => engine.write(&name, body),
        ("DELETE", "data") => engine.delete_newest(&name),
        ("GET", "metadata") => engine.metadata(&name),
        ("DELETE", "metadata") => engine.remove(&name),
        ("POST" | "PUT", "delete" | "undelete" | "destroy") => {
            engine.change_versions(&verb, &name, body)
        }
        _ => return errors(405, &["1 error occurred:\n\t* unsupported operation\n\n"]),
    };
    match outcome {
        Outcome::Data(data) => (200, envelope(&data).to_string()),
        Outcome::Gone(data) => (404, envelope(&data).to_string()),
        Outcome::Done => (204, String::new()),
        Outcome::Missing => errors(404, &[]),
        Outcome::Invalid(text) => errors(400, &[text]),
    }
}

fn version(query: &str) -> u64 {
    query
        .split('&')
        .find_map(|part| part.strip_prefix("version=")?.parse().ok())
        .unwrap_or(0)
}

impl State {
    /// The engine mounted at `mount`, which exists.
    fn engine(&mut self, mount: &str) -> &mut Engine {
        self.mounts.entry(mount.to_owned()).or_default()
    }

    /// Mount, verb and name of a path.
    fn route(&self, path: &str) -> Option<(String, String, String)> {
        let mount = self
            .mounts
            .keys()
            .filter(|mount| {
                path.strip_prefix(mount.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            })
            .max_by_key(|mount| mount.len())?;
        let rest = path.strip_prefix(mount.as_str())?.strip_prefix('/')?;
        let (verb, name) = rest.split_once('/').unwrap_or((rest, ""));
        Some((mount.clone(), verb.to_owned(), name.to_owned()))
    }
}
