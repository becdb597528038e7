//! A repository that was made again under the name of another one: the ids of
//! the first exchange are required afterwards.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Stage, delete, listed, not_admitted, subject};

fn ids(repository: &Value, owner: &Value) -> Value {
    json!({"repository_id": repository, "repository_owner_id": owner})
}

#[actix_web::test]
async fn the_ids_of_the_first_exchange_are_required_afterwards() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, policy) = stage.linked(&acme, "a").await;
    let run = async |claims: &Value| stage.run_as(claims, &json!({})).await;
    let (one, two) = (json!("1"), json!("2"));
    stage.api.pass(5);
    run(&ids(&one, &one)).await.expect(200);
    let pinned = listed(&stage.api, &acme).await;
    assert_eq!(pinned[0]["createdAt"], policy["createdAt"]);
    assert_ne!(pinned[0]["updatedAt"], policy["updatedAt"]);
    for other in [
        ids(&two, &one),
        ids(&one, &two),
        ids(&two, &two),
        ids(&json!(null), &one),
        ids(&one, &json!(null)),
        ids(&json!(null), &json!(null)),
        ids(&json!(""), &one),
        ids(&json!(["1"]), &one),
        ids(&json!("01"), &one),
    ] {
        not_admitted(&run(&other).await);
    }
    stage.api.pass(5);
    // The same number, however it is written; the policy stays as it is.
    let same = ids(&json!(1), &one);
    assert_eq!(subject(&run(&same).await), agent.agent);
    assert_eq!(listed(&stage.api, &acme).await, pinned);
}

#[actix_web::test]
async fn ids_that_come_later_are_required_from_then_on() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    let run = async |claims: &Value| stage.run_as(claims, &json!({})).await;
    let (none, one, two) = (json!(null), json!("1"), json!("2"));
    run(&ids(&none, &none)).await.expect(200);
    run(&ids(&one, &none)).await.expect(200);
    not_admitted(&run(&ids(&none, &none)).await);
    not_admitted(&run(&ids(&two, &two)).await);
    run(&ids(&one, &one)).await.expect(200);
    not_admitted(&run(&ids(&one, &none)).await);
    not_admitted(&run(&ids(&one, &two)).await);
    run(&ids(&one, &one)).await.expect(200);
}

#[actix_web::test]
async fn a_refused_exchange_notes_nothing() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    let more = json!({"agentId": agent.agent, "branch": "main"});
    stage.policy(&acme, &more).await;
    let (one, two) = (json!("1"), json!("2"));
    stage
        .api
        .set_status(&acme, &agent, "suspended")
        .await
        .expect(200);
    let suspended = stage.run_as(&ids(&two, &two), &json!({})).await;
    assert_eq!(suspended.expect(403)["code"], "AGENT_SUSPENDED");
    stage
        .api
        .set_status(&acme, &agent, "active")
        .await
        .expect(200);
    stage.api.pass(1);
    let mut claims = ids(&two, &two);
    claims["sub"] = json!("repo:acme/app:ref:refs/heads/dev");
    claims["ref"] = json!("refs/heads/dev");
    stage.run_as(&claims, &json!({})).await.expect(403);
    let mut claims = ids(&two, &two);
    claims["aud"] = json!("https://elsewhere.example");
    stage.run_as(&claims, &json!({})).await.expect(401);
    stage.run_as(&ids(&one, &one), &json!({})).await.expect(200);
}

#[actix_web::test]
async fn each_policy_notes_its_own_ids_and_a_new_one_starts_anew() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (a, policy) = stage.linked(&acme, "a").await;
    let (b, _) = stage.linked(&acme, "b").await;
    let run = async |agent: &str, id: &str| {
        let claims = ids(&json!(id), &json!("7"));
        stage.run_as(&claims, &json!({"agentId": agent})).await
    };
    run(&a.agent, "1").await.expect(200);
    run(&b.agent, "2").await.expect(200);
    not_admitted(&run(&a.agent, "2").await);
    not_admitted(&run(&b.agent, "1").await);
    // Who owns the new repository wants it: the policy is made again.
    let id = policy["id"].as_str().unwrap();
    delete(&stage.api, &acme, id).await.no_content();
    stage.policy(&acme, &json!({"agentId": a.agent})).await;
    run(&a.agent, "2").await.expect(200);
    not_admitted(&run(&a.agent, "1").await);
}

#[actix_web::test]
async fn of_two_repositories_at_the_same_time_one_is_admitted() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    // The key set is at hand, so that nothing keeps the calls apart.
    not_admitted(&stage.run_as(&json!({"repository": null}), &json!({})).await);
    let calls = (0..12).map(|index| {
        let id = json!((index % 3).to_string());
        let stage = &stage;
        async move { stage.run_as(&ids(&id, &id), &json!({})).await }
    });
    let answers = join_all(calls).await;
    let admitted: Vec<usize> = (0..12)
        .filter(|index| answers[*index].status == 200)
        .collect();
    assert_eq!(admitted.len(), 4, "{admitted:?}");
    assert!(admitted.iter().all(|index| index % 3 == admitted[0] % 3));
    for (index, answer) in answers.iter().enumerate() {
        if !admitted.contains(&index) {
            not_admitted(answer);
        }
    }
}
