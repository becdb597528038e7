//! `X-Request-Id`.

use crate::support::Api;

#[actix_web::test]
async fn a_harmless_id_is_kept_on_every_answer() {
    let api = Api::start().await;
    let longest = "x".repeat(128);
    for id in [
        "a",
        "A.b_c-1",
        "8f14e45f-ceea-467f-a0e6-7c5f0b3c1c2d",
        longest.as_str(),
    ] {
        for path in ["/health", "/nothing", "/api/v1/agents"] {
            let answer = api.get(path).header("x-request-id", id).send().await;
            assert_eq!(answer.header("x-request-id"), Some(id));
        }
    }
}

#[actix_web::test]
async fn other_ids_are_replaced_by_a_new_uuid() {
    let api = Api::start().await;
    let longer = "x".repeat(129);
    let mut seen = Vec::new();
    for id in [&b""[..], b"a b", b"<x>", b"a;b", b"\xe9", longer.as_bytes()] {
        let answer = api.get("/health").header("x-request-id", id).send().await;
        seen.push(answer.header("x-request-id").unwrap().to_owned());
    }
    seen.push(
        api.get("/health")
            .send()
            .await
            .header("x-request-id")
            .unwrap()
            .to_owned(),
    );
    for id in &seen {
        assert_eq!(id.parse::<uuid::Uuid>().unwrap().get_version_num(), 4);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}
