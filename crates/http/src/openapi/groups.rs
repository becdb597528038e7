//! One document per group of routes, cut out of the whole description.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Splits by tag. Each document holds the operations of its group and the
/// schemas they reach.
pub fn split(whole: &Value) -> Vec<(String, Value)> {
    let tags: Vec<&str> = whole
        .get("tags")
        .and_then(Value::as_array)
        .map(|tags| {
            tags.iter()
                .filter_map(|tag| tag.get("name")?.as_str())
                .collect()
        })
        .unwrap_or_default();
    tags.into_iter()
        .map(|tag| (format!("{tag}.json"), document(whole, tag)))
        .collect()
}

fn document(whole: &Value, tag: &str) -> Value {
    let paths = paths(whole, tag);
    let mut reached = BTreeSet::new();
    reach(whole, &Value::Object(paths.clone()), &mut reached);
    let schemas: Map<String, Value> = reached
        .into_iter()
        .filter_map(|name| Some((name.clone(), schema(whole, &name)?.clone())))
        .collect();
    let description = whole
        .get("tags")
        .and_then(Value::as_array)
        .and_then(|tags| tags.iter().find(|t| t.get("name") == Some(&json!(tag))));
    json!({
        "openapi": whole.get("openapi"),
        "info": whole.get("info"),
        "servers": whole.get("servers"),
        "tags": [description],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": whole.pointer("/components/securitySchemes"),
        },
    })
}

fn paths(whole: &Value, tag: &str) -> Map<String, Value> {
    let mut result = Map::new();
    let empty = Map::new();
    let all = whole
        .get("paths")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    for (path, operations) in all {
        let own: Map<String, Value> = operations
            .as_object()
            .unwrap_or(&empty)
            .iter()
            .filter(|(_, operation)| operation.get("tags") == Some(&json!([tag])))
            .map(|(method, operation)| (method.clone(), operation.clone()))
            .collect();
        if !own.is_empty() {
            result.insert(path.clone(), Value::Object(own));
        }
    }
    result
}

fn schema<'a>(whole: &'a Value, name: &str) -> Option<&'a Value> {
    whole.get("components")?.get("schemas")?.get(name)
}

/// Names of all schemas that `value` refers to, directly or not.
fn reach(whole: &Value, value: &Value, reached: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| reach(whole, item, reached)),
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|r| r.strip_prefix("#/components/schemas/"))
                && reached.insert(name.to_owned())
                && let Some(schema) = schema(whole, name)
            {
                reach(whole, schema, reached);
            }
            members.values().for_each(|m| reach(whole, m, reached));
        }
        _ => {}
    }
}
