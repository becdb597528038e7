//! `COMPLIANCE_ENABLED=false`: report and export do not exist.

use serde_json::Value;

use super::{CARDS, CONTROLS, REPORT};
use crate::support::texts::NO_ROUTE;
use crate::support::{Api, Setup, TENANT_SCOPES};

const OFF: &str = "AGNTCY compliance reporting is not enabled on this instance.";

#[actix_web::test]
async fn switched_off_both_routes_are_404_before_anything_else() {
    let mut setup = Setup::limited();
    setup.http.compliance = false;
    setup.world.limits.per_ip = 1;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    for path in [REPORT, CARDS] {
        for answer in [
            api.get(path).send().await,
            api.get(path).bearer("garbage").send().await,
            api.get(path).bearer(&token).send().await,
        ] {
            let details = answer.refused(404, "NOT_FOUND", OFF);
            assert_eq!(details, Value::Null, "{path}");
            assert_eq!(answer.header("www-authenticate"), None);
            assert_eq!(answer.header("x-ratelimit-limit"), None);
        }
    }
    // Controls and verification are not concerned.
    api.get(CONTROLS).send().await.expect(200);
    let verified = api.get("/api/v1/audit/verify").bearer(&token).send().await;
    assert_eq!(verified.expect(200)["verified"], true);
}

#[actix_web::test]
async fn nothing_but_reading_is_offered() {
    let api = Api::start().await;
    for method in ["POST", "PUT", "DELETE"] {
        for path in [CONTROLS, REPORT, CARDS] {
            let answer = api.call(method, path).send().await;
            answer.refused(404, "NOT_FOUND", NO_ROUTE);
        }
    }
}
