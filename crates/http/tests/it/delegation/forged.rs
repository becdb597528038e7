//! Tokens that are not genuine: they reveal nothing.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Pair, nothing, text, verify, verify_with};
use crate::support::Api;

async fn reveals_nothing(api: &Api, pair: &Pair, token: &str) {
    assert_eq!(
        verify(api, &pair.delegator, token).await,
        nothing(),
        "{token}"
    );
}

fn parts(chain: &Value) -> [String; 4] {
    let token = text(chain, "delegationToken");
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

/// The token with one part replaced.
fn changed(parts: &[String; 4], index: usize, part: &str) -> String {
    let mut parts = parts.clone();
    parts[index] = part.to_owned();
    parts.join(".")
}

#[actix_web::test]
async fn no_part_can_be_exchanged() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    api.pass(10);
    let other = parts(&pair.chain(&api).await);
    let own = parts(&chain);
    for (index, part) in other.iter().enumerate() {
        reveals_nothing(&api, &pair, &changed(&own, index, part)).await;
    }
    let unknown = Uuid::new_v4().to_string();
    reveals_nothing(&api, &pair, &changed(&own, 0, &unknown)).await;
    for index in [1, 2] {
        let time: i64 = own[index].parse().unwrap();
        for part in [
            (time + 1).to_string(),
            (time - 1).to_string(),
            format!("0{time}"),
            "0".to_owned(),
            "9".repeat(20),
        ] {
            reveals_nothing(&api, &pair, &changed(&own, index, &part)).await;
        }
    }
    let [id, from, to, signature] = own.clone();
    reveals_nothing(&api, &pair, &format!("{id}.{to}.{from}.{signature}")).await;
    // The token itself is as good as before.
    assert_eq!(
        verify(&api, &pair.admin, &own.join(".")).await["valid"],
        true
    );
}

#[actix_web::test]
async fn no_character_of_the_signature_can_be_changed_or_left_out() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let own = parts(&pair.chain(&api).await);
    let signature = &own[3];
    for position in 0..signature.len() {
        let mut bytes = signature.clone().into_bytes();
        bytes[position] = if bytes[position] == b'0' { b'1' } else { b'0' };
        let altered = String::from_utf8(bytes).unwrap();
        reveals_nothing(&api, &pair, &changed(&own, 3, &altered)).await;
    }
    let half = &signature[..32];
    for altered in [
        signature[1..].to_owned(),
        signature[..63].to_owned(),
        half.to_owned(),
        "0".to_owned(),
        "0".repeat(64),
        format!("{signature}0"),
        format!("{signature}{signature}"),
        format!(" {}", &signature[1..]),
        "g".repeat(64),
        "\u{e4}".repeat(32),
    ] {
        reveals_nothing(&api, &pair, &changed(&own, 3, &altered)).await;
    }
}

#[actix_web::test]
async fn there_is_one_way_to_write_a_token() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let own = parts(&pair.chain(&api).await);
    // Nearly every token has letters in both.
    let upper = own.join(".").to_uppercase();
    assert_ne!(upper, own.join("."));
    reveals_nothing(&api, &pair, &upper).await;
    for index in [0, 3] {
        let upper = own[index].to_uppercase();
        if upper != own[index] {
            reveals_nothing(&api, &pair, &changed(&own, index, &upper)).await;
        }
    }
}

#[actix_web::test]
async fn another_installations_delegation_is_unknown() {
    let (api, elsewhere) = (Api::start().await, Api::start().await);
    let pair = Pair::new(&api, "acme").await;
    let other = Pair::new(&elsewhere, "acme").await;
    let foreign = other.chain(&elsewhere).await;
    reveals_nothing(&api, &pair, text(&foreign, "delegationToken")).await;
    // Its signature does not help a chain of ours.
    let own = parts(&pair.chain(&api).await);
    let forged = changed(&own, 3, text(&foreign, "signature"));
    reveals_nothing(&api, &pair, &forged).await;
}

#[actix_web::test]
async fn a_forgery_is_recorded_as_a_failure() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let other = api.organization("other").await;
    let chain = pair.chain(&api).await;
    let forged = changed(&parts(&chain), 3, &"0".repeat(64));
    let before = api.event_count(&pair.admin).await;
    let body = json!({"delegationToken": forged});
    let answer = verify_with(&api, &other, &body).await;
    assert_eq!(answer.expect(200), nothing());
    assert_eq!(api.event_count(&pair.admin).await, before);
    let event = api.events(&other, "delegation.verified").await.pop();
    let event = event.unwrap();
    assert_eq!(event["outcome"], "failure");
    assert_eq!(event["metadata"], json!({"chainId": chain["id"]}));
}
