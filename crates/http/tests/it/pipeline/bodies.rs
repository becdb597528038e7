//! Bodies of every operation that takes one.

use serde_json::{Value, json};

use crate::support::texts::{INVALID_BODY, MEDIA_TYPE, TOO_LARGE};
use crate::support::{Api, OPERATOR_SCOPES, Operation, protected, target};

/// Operations of the description with a JSON body.
fn with_body() -> Vec<Operation> {
    let description = agentidp_http::openapi::generate();
    let has_json = |operation: &Operation| {
        let method = operation.method.to_lowercase();
        let body = &description["paths"][&operation.path][&method]["requestBody"];
        body["content"]
            .get("application/json")
            .is_some_and(Value::is_object)
    };
    protected()
        .into_iter()
        .filter(|operation| has_json(operation) && !operation.is_oauth())
        .collect()
}

#[actix_web::test]
async fn all_of_them_take_small_json_objects_only() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    let operations = with_body();
    assert_eq!(operations.len(), 17, "{operations:?}");
    for operation in operations {
        let send = |media_type: &'static str, body: String| {
            let path = operation.path(&target);
            let (api, method, token) = (&api, operation.method.clone(), token.clone());
            async move {
                let call = api.call(&method, &path).bearer(&token);
                call.raw(media_type, body).send().await
            }
        };
        for body in ["{", "[]", "7", "\"x\""] {
            let answer = send("application/json", body.to_owned()).await;
            answer.invalid(INVALID_BODY, &["body"]);
        }
        for media_type in ["text/plain", "application/x-www-form-urlencoded"] {
            let answer = send(media_type, "{}".to_owned()).await;
            answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", MEDIA_TYPE);
        }
        let answer = send("application/json", " ".repeat(100 * 1024 + 1)).await;
        answer.refused(413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
        let mut body = operation.body(&target).unwrap_or_else(|| json!({}));
        body["nonsense"] = json!(1);
        let answer = send("application/json", body.to_string()).await;
        answer.invalid(INVALID_BODY, &["nonsense"]);
    }
}
