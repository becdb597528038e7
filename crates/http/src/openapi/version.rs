//! From OpenAPI 3.1, which the generator writes, to 3.0, which more tools
//! read. The two differ in how a schema says "or null" and in examples.

use serde_json::{Map, Value, json};

/// Rewrites a description.
pub fn to_3_0(mut document: Value) -> Value {
    rewrite(&mut document);
    if let Some(members) = document.as_object_mut() {
        members.insert("openapi".to_owned(), json!("3.0.3"));
    }
    if let Some(license) = document
        .pointer_mut("/info/license")
        .and_then(Value::as_object_mut)
    {
        license.remove("identifier");
    }
    document
}

fn rewrite(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        Value::Object(members) => {
            members
                .iter_mut()
                .filter(|(name, _)| *name != "example")
                .for_each(|(_, member)| rewrite(member));
            nullable_type(members);
            nullable_union(members);
            one_example(members);
            members.remove("propertyNames");
        }
        _ => {}
    }
}

/// `"type": ["string", "null"]` becomes `"type": "string", "nullable": true`.
fn nullable_type(members: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = members.get("type") else {
        return;
    };
    let named: Vec<Value> = types.iter().filter(|t| *t != "null").cloned().collect();
    let nullable = named.len() < types.len();
    if let Some(only) = named.into_iter().next() {
        members.insert("type".to_owned(), only);
    }
    if nullable {
        members.insert("nullable".to_owned(), Value::Bool(true));
    }
}

/// `"oneOf": [{"type": "null"}, X]` becomes `"nullable": true, "allOf": [X]`.
fn nullable_union(members: &mut Map<String, Value>) {
    let Some(Value::Array(options)) = members.get("oneOf") else {
        return;
    };
    let is_null = |option: &Value| option.get("type") == Some(&json!("null"));
    if !options.iter().any(is_null) {
        return;
    }
    let rest: Vec<Value> = options.iter().filter(|o| !is_null(o)).cloned().collect();
    members.remove("oneOf");
    members.insert("allOf".to_owned(), Value::Array(rest));
    members.insert("nullable".to_owned(), Value::Bool(true));
}

/// `"examples": [x, …]` of a schema becomes `"example": x`.
fn one_example(members: &mut Map<String, Value>) {
    if let Some(Value::Array(examples)) = members.get("examples") {
        let first = examples.first().cloned();
        members.remove("examples");
        if let Some(first) = first {
            members.insert("example".to_owned(), first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_said_the_old_way() {
        let document = to_3_0(json!({
            "openapi": "3.1.0",
            "a": {"type": ["string", "null"], "examples": ["x"]},
            "b": {"oneOf": [{"type": "null"}, {"$ref": "#/c"}]},
        }));
        assert_eq!(
            document,
            json!({
                "openapi": "3.0.3",
                "a": {"type": "string", "nullable": true, "example": "x"},
                "b": {"allOf": [{"$ref": "#/c"}], "nullable": true},
            })
        );
    }
}
