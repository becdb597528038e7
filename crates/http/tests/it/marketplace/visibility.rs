//! Who is shown, and to whom.

use agentidp_domain::token::TokenType;
use serde_json::json;
use uuid::Uuid;

use super::{LIST, card, change, ids, list, place, publish, unknown};
use crate::support::{Api, Identity, OPERATOR_SCOPES, TENANT_SCOPES};

async fn is_shown(api: &Api, agent: &Identity) -> bool {
    let page = list(api, "").await;
    let listed = ids(&page).contains(&agent.agent.as_str());
    assert_eq!(page["total"], json!(ids(&page).len()));
    if listed {
        card(api, agent).await;
    } else {
        unknown(&api.get(&place(agent)).send().await);
    }
    listed
}

#[actix_web::test]
async fn only_agents_that_were_made_public() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let private = api.silent_agent(&acme, "private", &["agents:read"]).await;
    let public = publish(&api, &acme, "public", json!({})).await;
    assert_eq!(ids(&list(&api, "").await), [public.agent.as_str()]);
    for agent in [&private, &acme, &api.operator] {
        assert!(!is_shown(&api, agent).await);
    }
    for shown in [true, false, true] {
        change(&api, &acme, &private, json!({"isPublic": shown})).await;
        assert_eq!(is_shown(&api, &private).await, shown);
    }
}

#[actix_web::test]
async fn only_active_agents() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    for (status, shown) in [
        ("suspended", false),
        ("active", true),
        ("decommissioned", false),
    ] {
        api.set_status(&acme, &agent, status).await.expect(200);
        assert_eq!(is_shown(&api, &agent).await, shown, "{status}");
    }
}

#[actix_web::test]
async fn only_of_active_organizations() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    let neighbour = publish(&api, &other, "b", json!({})).await;
    for (status, shown) in [("suspended", false), ("active", true)] {
        let body = json!({"status": status});
        api.set_organization(&acme, &body).await.expect(200);
        assert_eq!(is_shown(&api, &agent).await, shown, "{status}");
        assert!(is_shown(&api, &neighbour).await);
    }
    let token = api.token(&api.operator, "admin:orgs");
    let call = api.delete(&acme.organization_path()).bearer(&token);
    call.send().await.no_content();
    assert!(!is_shown(&api, &agent).await);
    assert!(is_shown(&api, &neighbour).await);
}

#[actix_web::test]
async fn agents_of_all_organizations_stand_side_by_side() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let mut wanted = Vec::new();
    for (by, name) in [(&acme, "a"), (&api.operator, "b"), (&other, "c")] {
        wanted.push(publish(&api, by, name, json!({})).await.agent);
        api.pass(1);
    }
    wanted.reverse();
    let page = list(&api, "").await;
    assert_eq!(ids(&page), wanted);
    assert_eq!(page["total"], 3);
}

#[actix_web::test]
async fn a_token_is_ignored_whatever_it_is() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    let other = api.organization("other").await;
    let mut expired = api.claims(&acme, TENANT_SCOPES);
    expired["exp"] = json!(api.now() - 1);
    let tokens = [
        api.token(&acme, TENANT_SCOPES),
        api.token(&other, "openid"),
        api.token(&api.operator, OPERATOR_SCOPES),
        api.sign(TokenType::AccessToken, &expired),
        "garbage".to_owned(),
    ];
    let private = api.silent_agent(&acme, "private", &["agents:read"]).await;
    for path in [LIST.to_owned(), place(&agent)] {
        let plain = api.get(&path).send().await;
        plain.expect(200);
        for token in &tokens {
            let answer = api.get(&path).bearer(token).send().await;
            assert_eq!((answer.status, &answer.body), (200, &plain.body));
            let foreign = api.get(&place(&private)).bearer(token).send().await;
            unknown(&foreign);
        }
        let basic = api.get(&path).basic(&acme.agent, "wrong").send().await;
        assert_eq!((basic.status, basic.body), (200, plain.body));
    }
}

#[actix_web::test]
async fn unknown_and_malformed_ids_are_unknown_agents() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let public = publish(&api, &acme, "a", json!({})).await.agent;
    let ids = [
        Uuid::new_v4().to_string(),
        "x".to_owned(),
        "42".to_owned(),
        public.replace('-', ""),
        format!("{public}0"),
        format!("{public}%20"),
        "%ff".to_owned(),
        "%00".to_owned(),
        acme.organization.clone(),
    ];
    for id in ids {
        unknown(&api.get(&format!("{LIST}/{id}")).send().await);
    }
    // The text of a UUID may be of either case (RFC 9562 §4).
    let upper = format!("{LIST}/{}", public.to_uppercase());
    let shown = api.get(&upper).send().await.expect(200);
    assert_eq!(shown["agentId"], json!(public));
}
