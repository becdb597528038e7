//! Filters of the list.

use serde_json::json;

use super::{change, ids, list, listed, publish};
use crate::support::{Api, Identity};

/// Three public agents of two organizations, the last one first.
struct Shelf {
    api: Api,
    acme: Identity,
    agents: Vec<Identity>,
}

impl Shelf {
    async fn new() -> Self {
        let api = Api::start().await;
        let acme = api.organization("acme").await;
        let other = api.organization("other").await;
        let records = [
            (
                &acme,
                "Die Ärzte",
                "screener",
                json!(["Resume:Read", "mail:send"]),
            ),
            (&other, "100% R&D_lab", "router", json!(["resume:read"])),
            (
                &acme,
                "talent-team",
                "monitor",
                json!(["mail:send", "screener:x"]),
            ),
        ];
        let mut agents = Vec::new();
        for (index, (by, owner, kind, capabilities)) in records.into_iter().enumerate() {
            let more = json!({"owner": owner, "agentType": kind, "capabilities": capabilities});
            agents.push(publish(&api, by, &format!("a{index}"), more).await);
            api.pass(1);
        }
        Self { api, acme, agents }
    }

    /// Whether the list for these parameters holds exactly the agents with
    /// these numbers.
    async fn finds(&self, parameters: &[(&str, &str)], wanted: &[usize]) {
        let page = listed(&self.api, parameters).await;
        let wanted: Vec<_> = wanted.iter().map(|n| &self.agents[*n].agent).collect();
        assert_eq!(ids(&page), wanted, "{parameters:?}");
        assert_eq!(page["total"], json!(wanted.len()), "{parameters:?}");
    }
}

#[actix_web::test]
async fn every_word_occurs_in_owner_capabilities_or_type() {
    let shelf = Shelf::new().await;
    for (q, wanted) in [
        ("", vec![2, 1, 0]),
        ("   ", vec![2, 1, 0]),
        ("ärzte", vec![0]),
        ("ÄRZTE", vec![0]),
        ("arzte", vec![]),
        ("resume:read", vec![1, 0]),
        ("RESUME:", vec![1, 0]),
        ("screen", vec![2, 0]),
        ("router", vec![1]),
        ("mail screener", vec![2, 0]),
        ("screener\tdie\nMAIL", vec![0]),
        ("mail router", vec![]),
        ("team resume", vec![]),
        ("lab1", vec![]),
        // No other field.
        ("production", vec![]),
        ("1.4.2", vec![]),
        ("example", vec![]),
        ("acme", vec![]),
    ] {
        shelf.finds(&[("q", q)], &wanted).await;
    }
}

#[actix_web::test]
async fn wildcards_and_quotes_are_literals() {
    let shelf = Shelf::new().await;
    for (q, wanted) in [
        ("%", vec![1]),
        ("100%", vec![1]),
        ("r&d", vec![1]),
        ("_", vec![1]),
        ("d_lab", vec![1]),
        ("talent_team", vec![]),
        ("t%m", vec![]),
        ("*", vec![]),
        ("\\", vec![]),
        ("\\%", vec![]),
        ("'", vec![]),
        ("x' OR '1'='1", vec![]),
    ] {
        shelf.finds(&[("q", q)], &wanted).await;
    }
}

#[actix_web::test]
async fn a_capability_is_compared_exactly() {
    let shelf = Shelf::new().await;
    for (capability, wanted) in [
        ("mail:send", vec![2, 0]),
        ("resume:read", vec![1]),
        ("Resume:Read", vec![0]),
        ("RESUME:READ", vec![]),
        ("mail", vec![]),
        ("mail:%", vec![]),
        ("screener", vec![]),
        ("mail:send\",\"screener:x", vec![]),
        ("", vec![]),
        ("x') OR ('1'='1", vec![]),
    ] {
        shelf.finds(&[("capability", capability)], &wanted).await;
    }
}

#[actix_web::test]
async fn a_publisher_is_compared_exactly() {
    let shelf = Shelf::new().await;
    for (publisher, wanted) in [
        ("Die Ärzte", vec![0]),
        ("die Ärzte", vec![]),
        ("Die", vec![]),
        ("100% R&D_lab", vec![1]),
        ("talent_team", vec![]),
        ("%", vec![]),
        ("", vec![]),
        ("x' OR '1'='1", vec![]),
    ] {
        shelf.finds(&[("publisher", publisher)], &wanted).await;
    }
}

#[actix_web::test]
async fn filters_combine() {
    let shelf = Shelf::new().await;
    let capability = ("capability", "mail:send");
    let publisher = ("publisher", "talent-team");
    shelf.finds(&[capability, publisher], &[2]).await;
    shelf.finds(&[("q", "screener"), capability], &[2, 0]).await;
    let all = [("q", "monitor mail"), capability, publisher];
    shelf.finds(&all, &[2]).await;
    shelf.finds(&[("q", "router"), capability], &[]).await;
    shelf.finds(&[("q", "ärzte"), publisher], &[]).await;
    let organization = ("organizationId", shelf.acme.organization.as_str());
    shelf
        .finds(&[organization, ("owner", "x")], &[2, 1, 0])
        .await;
}

#[actix_web::test]
async fn a_plus_is_a_blank() {
    let shelf = Shelf::new().await;
    let page = list(&shelf.api, "?q=mail+screener").await;
    assert_eq!(page["total"], 2);
    let page = list(&shelf.api, "?publisher=Die+%C3%84rzte").await;
    assert_eq!(page["total"], 1);
}

#[actix_web::test]
async fn changes_are_found_at_once() {
    let shelf = Shelf::new().await;
    let new = json!({"owner": "Nobody", "capabilities": ["fresh:thing"], "agentType": "custom"});
    change(&shelf.api, &shelf.acme, &shelf.agents[0], new).await;
    for parameters in [
        [("q", "nobody")],
        [("q", "FRESH")],
        [("q", "custom nobody")],
        [("capability", "fresh:thing")],
        [("publisher", "Nobody")],
    ] {
        shelf.finds(&parameters, &[0]).await;
    }
    for parameters in [
        [("q", "ärzte")],
        [("capability", "Resume:Read")],
        [("publisher", "Die Ärzte")],
    ] {
        shelf.finds(&parameters, &[]).await;
    }
}
