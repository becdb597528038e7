//! `PUBLIC_AGENT_METADATA=published`: strangers read the facts of published
//! agents only.

use agentidp_domain::did::PublicMetadata;
use serde_json::{Value, json};

use super::{
    addresses, agent, card, change, document, gone, public_agent, resolve, result, unknown,
};
use crate::support::{Api, Identity, Setup};

async fn start() -> (Api, Identity) {
    let mut setup = Setup::default();
    setup.world.public_metadata = PublicMetadata::Published;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    (api, acme)
}

#[actix_web::test]
async fn a_private_agent_shows_its_keys_and_nothing_else() {
    let (api, acme) = start().await;
    let agent = agent(&api, &acme).await;
    let public = document(&api, &agent).await;
    assert_eq!(public.get("agntcy"), None);
    unknown(&card(&api, &agent).await);
    // Authenticated resolution shows the complete document.
    let resolved = result(&resolve(&api, &acme, &agent).await, 200);
    let mut complete = resolved["didDocument"].clone();
    let facts = complete.as_object_mut().unwrap().remove("agntcy").unwrap();
    assert_eq!(facts["owner"], "talent-team");
    assert_eq!(complete, public);
    let text = public.to_string();
    for fact in [
        "talent-team",
        "screener",
        "resume:read",
        "1.4.2",
        "production",
    ] {
        assert!(!text.contains(fact), "{fact}");
    }
}

#[actix_web::test]
async fn a_published_agent_shows_all() {
    let (api, acme) = start().await;
    let agent = public_agent(&api, &acme).await;
    let document = document(&api, &agent).await;
    assert_eq!(document["agntcy"]["owner"], "talent-team");
    let card = card(&api, &agent).await.expect(200);
    assert_eq!(card["name"], "public@acme.example");
}

#[actix_web::test]
async fn publishing_and_withdrawing_take_effect_at_once() {
    let (api, acme) = start().await;
    let agent = agent(&api, &acme).await;
    for public in [false, true, false] {
        change(&api, &acme, &agent, &json!({"isPublic": public})).await;
        let document = document(&api, &agent).await;
        assert_eq!(document.get("agntcy").is_some(), public);
        let card = card(&api, &agent).await;
        if public {
            card.expect(200);
        } else {
            unknown(&card);
        }
    }
}

#[actix_web::test]
async fn the_card_of_a_private_agent_is_unknown_whatever_its_state() {
    let (api, acme) = start().await;
    let (private, public) = (agent(&api, &acme).await, public_agent(&api, &acme).await);
    for status in ["suspended", "active", "decommissioned"] {
        for agent in [&private, &public] {
            api.set_status(&acme, agent, status).await.expect(200);
        }
        unknown(&card(&api, &private).await);
        let shown = card(&api, &public).await;
        if status == "decommissioned" {
            gone(&shown);
        } else {
            shown.expect(200);
        }
    }
    // That the identifier exists is no secret.
    for address in addresses(&private.agent) {
        gone(&api.get(&address).send().await);
    }
}

#[actix_web::test]
async fn without_the_setting_private_agents_are_shown_too() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let shown: Value = document(&api, &agent).await;
    assert_eq!(shown["agntcy"]["owner"], "talent-team");
    card(&api, &agent).await.expect(200);
}
