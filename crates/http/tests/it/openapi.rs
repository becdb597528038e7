//! The API description.

use std::collections::{BTreeMap, BTreeSet};

use agentidp_http::PUBLIC;
use serde_json::Value;

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

/// All operations: method, path, description.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            operations.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    operations
}

/// Every `$ref` below a value.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            found.extend(
                members
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            members
                .values()
                .for_each(|member| references(member, found));
        }
        _ => {}
    }
}

#[track_caller]
fn assert_closed(name: &str, document: &Value) {
    let mut found = BTreeSet::new();
    references(document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{name}: {reference} leads nowhere"
        );
    }
}

/// Words of OpenAPI 3.1 that 3.0 does not know.
fn assert_3_0(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(assert_3_0),
        Value::Object(members) => {
            assert!(
                !members.get("type").is_some_and(Value::is_array),
                "{members:?}"
            );
            assert_ne!(
                members.get("type"),
                Some(&Value::from("null")),
                "{members:?}"
            );
            for word in [
                "const",
                "$defs",
                "propertyNames",
                "contentMediaType",
                "prefixItems",
            ] {
                assert!(!members.contains_key(word), "{word}: {members:?}");
            }
            members.values().for_each(assert_3_0);
        }
        _ => {}
    }
}

#[test]
fn it_is_openapi_3_0_with_references_that_lead_somewhere() {
    let whole = agentidp_http::openapi::generate();
    assert!(whole["openapi"].as_str().unwrap().starts_with("3.0."));
    assert_eq!(whole["info"]["title"], "AgentIdP");
    assert_eq!(whole["info"]["license"]["name"], "MIT");
    assert_closed("openapi.json", &whole);
    assert_3_0(&whole);
    for scheme in ["bearer", "basic"] {
        let scheme_type = &whole["components"]["securitySchemes"][scheme]["type"];
        assert_eq!(scheme_type, "http");
    }
}

#[test]
fn every_operation_says_what_it_is() {
    let whole = agentidp_http::openapi::generate();
    let tags: BTreeSet<&str> = whole["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut summaries = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&whole) {
        let at = format!("{method} {path}");
        let summary = operation["summary"].as_str().unwrap();
        assert!(
            !summary.is_empty() && !summary.ends_with('.'),
            "{at}: {summary}"
        );
        assert!(
            summaries.insert(summary.to_owned(), at.clone()).is_none(),
            "{at}: {summary}"
        );
        assert!(
            !operation["description"].as_str().unwrap().is_empty(),
            "{at}"
        );
        let own = operation["tags"].as_array().unwrap();
        assert_eq!(own.len(), 1, "{at}");
        assert!(tags.contains(own[0].as_str().unwrap()), "{at}: {own:?}");
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{at}: {id} is used twice");
    }
}

#[test]
fn every_answer_but_an_empty_one_has_a_schema() {
    let whole = agentidp_http::openapi::generate();
    for (method, path, operation) in operations(&whole) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{method} {path}"
        );
        for (status, response) in responses {
            let at = format!("{method} {path} {status}");
            assert!(
                !response["description"].as_str().unwrap().is_empty(),
                "{at}"
            );
            if status == "204" {
                assert!(response.get("content").is_none(), "{at}");
                continue;
            }
            let content = response["content"].as_object().unwrap();
            assert!(
                content.values().all(|media| media.get("schema").is_some()),
                "{at}"
            );
        }
        if let Some(body) = operation.get("requestBody") {
            let content = body["content"].as_object().unwrap();
            assert!(
                !content.is_empty() && content.values().all(|media| media.get("schema").is_some())
            );
        }
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .map(|parameters| parameters.iter().collect::<Vec<_>>())
            .unwrap_or_default()
            .into_iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_path: BTreeSet<&str> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        assert_eq!(declared, in_path, "{method} {path}");
    }
}

#[test]
fn every_refusal_of_the_pipeline_is_described() {
    let whole = agentidp_http::openapi::generate();
    for (method, path, operation) in operations(&whole) {
        let responses = operation["responses"].as_object().unwrap();
        let has = |status: &str| responses.contains_key(status);
        let is_public = PUBLIC.contains(&(method.as_str(), path.as_str()));
        // The token endpoints take client credentials.
        let is_protected = !is_public || path.ends_with("/token") && !path.contains("/oidc/");
        let limited = ["/agents/", "/oidc/", "/marketplace/"];
        let is_limited = is_protected || limited.iter().any(|part| path.contains(part));
        for status in ["401", "403"] {
            assert!(has(status) || !is_protected, "{method} {path} {status}");
        }
        for status in ["429", "500", "503"] {
            assert!(has(status) || !is_limited, "{method} {path} {status}");
        }
        if operation.get("requestBody").is_some() {
            // Events of Stripe are bytes, whatever their type is called.
            let has_type = path != "/api/v1/billing/webhook";
            assert!(has("400") && has("413"), "{method} {path}");
            assert_eq!(has("415"), has_type, "{method} {path}");
        }
        let has_path_id = path.contains('{');
        assert!(has("404") || !has_path_id, "{method} {path}");
        assert_eq!(
            operation.get("security").is_some(),
            is_protected,
            "{method} {path}"
        );
    }
}

#[test]
fn the_groups_together_are_the_whole() {
    let documents = agentidp_http::openapi::documents();
    let (whole, groups): (Vec<_>, Vec<_>) = documents
        .iter()
        .partition(|(name, _)| name == "openapi.json");
    let [(_, whole)] = whole[..] else {
        panic!("one whole document");
    };
    assert_eq!(whole, &agentidp_http::openapi::generate());
    let mut seen = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    for (name, group) in groups {
        assert_closed(name, group);
        assert_eq!(
            (&group["openapi"], &group["info"]),
            (&whole["openapi"], &whole["info"])
        );
        let tag = name.strip_suffix(".json").unwrap();
        assert_eq!(group["tags"][0]["name"], tag);
        let own = operations(group);
        assert!(!own.is_empty(), "{name}");
        for (method, path, operation) in own {
            assert_eq!(operation["tags"][0], tag);
            assert!(seen.insert((method, path), operation.clone()).is_none());
        }
        for (schema, definition) in group["components"]["schemas"].as_object().unwrap() {
            schemas.insert(schema.clone(), definition.clone());
        }
    }
    let expected: BTreeMap<_, _> = operations(whole)
        .into_iter()
        .map(|(method, path, operation)| ((method, path), operation.clone()))
        .collect();
    assert_eq!(seen, expected);
    let all = whole["components"]["schemas"].as_object().unwrap();
    assert_eq!(
        schemas,
        all.clone().into_iter().collect(),
        "no schema is unused or lost"
    );
}
