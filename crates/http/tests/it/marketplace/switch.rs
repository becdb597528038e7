//! `MARKETPLACE_ENABLED=false`: the routes do not exist.

use serde_json::{Value, json};

use super::{LIST, place, publish};
use crate::support::{Setup, TENANT_SCOPES};

const OFF: &str = "The Agent Marketplace is not enabled on this instance.";

#[actix_web::test]
async fn switched_off_both_routes_are_404_before_anything_else() {
    let mut setup = Setup::limited();
    setup.http.marketplace = false;
    setup.world.limits.per_ip = 1;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    let token = api.token(&acme, TENANT_SCOPES);
    for path in [
        LIST.to_owned(),
        format!("{LIST}?limit=0&q=%00"),
        place(&agent),
        format!("{LIST}/x"),
    ] {
        for answer in [
            api.get(&path).send().await,
            api.get(&path).bearer("garbage").send().await,
            api.get(&path).bearer(&token).send().await,
        ] {
            let details = answer.refused(404, "NOT_FOUND", OFF);
            assert_eq!(details, Value::Null, "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("x-ratelimit-limit"), None);
        }
    }
    // The rest of the API is not concerned.
    let document = format!("{}/did", agent.path());
    api.get(&document).send().await.expect(200);
    let read = api.get(&agent.path()).bearer(&token).send().await;
    assert_eq!(read.expect(200)["isPublic"], true);
}

#[actix_web::test]
async fn the_other_switch_does_not_concern_it() {
    let mut setup = Setup::default();
    setup.http.delegation = false;
    let api = setup.start().await;
    api.get(LIST).send().await.expect(200);
}
