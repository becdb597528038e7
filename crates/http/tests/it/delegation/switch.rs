//! `A2A_ENABLED=false`: the routes do not exist.

use uuid::Uuid;

use super::{DELEGATE, VERIFY, wish};
use crate::support::Setup;

const OFF: &str = "Agent-to-agent delegation is not enabled on this instance.";

#[actix_web::test]
async fn switched_off_the_three_routes_are_404_before_anything_else() {
    let mut setup = Setup::limited();
    setup.http.delegation = false;
    setup.world.limits.per_ip = 1;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    let revocation = format!("{DELEGATE}/{}", Uuid::new_v4());
    for (method, path) in [
        ("POST", DELEGATE),
        ("POST", VERIFY),
        ("DELETE", revocation.as_str()),
    ] {
        let call = || api.call(method, path);
        for answer in [
            call().send().await,
            call().bearer("garbage").send().await,
            call().bearer(&token).send().await,
            call().bearer(&token).json(&wish(&acme)).send().await,
            call().bearer(&token).raw("text/plain", "{").send().await,
        ] {
            let details = answer.refused(404, "NOT_FOUND", OFF);
            assert_eq!(details, serde_json::Value::Null);
            assert_eq!(answer.header("www-authenticate"), None);
            assert_eq!(answer.header("x-ratelimit-limit"), None);
        }
    }
    // The rest of the API is not concerned.
    api.login(&acme).await.expect(200);
    let read = api.get(&acme.path()).bearer(&token).send().await;
    read.expect(200);
}
