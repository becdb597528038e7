//! Rules of searches in the public marketplace.

use agentidp_domain::agent::AgentType;
use agentidp_domain::marketplace::{MarketplaceQuery, SearchWords};
use agentidp_domain::organization::OrganizationStatus;

use super::marketplace::{capabilities, find, ids, owner, public, search, stored};
use crate::fixtures::{
    at, change_agent, change_organization, page, store_agent, stored_organization,
};
use crate::harness::Target;

fn words(text: &str) -> MarketplaceQuery {
    MarketplaceQuery {
        words: SearchWords::parse(text).unwrap(),
        ..MarketplaceQuery::default()
    }
}

fn capability(capability: &str) -> MarketplaceQuery {
    MarketplaceQuery {
        capability: Some(capability.to_owned()),
        ..MarketplaceQuery::default()
    }
}

fn publisher(publisher: &str) -> MarketplaceQuery {
    MarketplaceQuery {
        publisher: Some(publisher.to_owned()),
        ..MarketplaceQuery::default()
    }
}

pub async fn pages_of_words(target: &Target) {
    let organization = stored_organization(target).await;
    let mut wanted = Vec::new();
    for seconds in 0..5 {
        // One without the word lies before each with it.
        for name in ["talent team", "somebody else"] {
            let mut agent = public(organization);
            agent.owner = owner(name);
            agent.published_at = Some(at(seconds));
            store_agent(target, &agent).await;
            if name == "talent team" {
                wanted.insert(0, agent.agent_id);
            }
        }
    }
    let mut seen = Vec::new();
    for number in 1..=3 {
        let query = MarketplaceQuery {
            page: page(number, 2),
            ..words("TEAM talent")
        };
        let found = search(target, &query).await;
        assert_eq!(found.total, 5);
        seen.extend(found.items.into_iter().map(|agent| agent.agent_id));
    }
    assert_eq!(seen, wanted);
    change_organization(target, organization, |found| {
        found.status = OrganizationStatus::Suspended;
    })
    .await;
    let query = MarketplaceQuery {
        page: page(1, 2),
        ..words("talent")
    };
    assert_eq!(ids(target, &query).await, []);
}

pub async fn words_in_three_fields(target: &Target) {
    let mut agent = public(stored_organization(target).await);
    agent.owner = owner("Die Ärzte GmbH");
    agent.capabilities = capabilities(&["Resume:Read", "mail.box:*"]);
    agent.agent_type = AgentType::Summarizer;
    store_agent(target, &agent).await;
    stored(target, "somebody else", &["calendar:read"]).await;
    let id = agent.agent_id;
    for text in [
        "ärzte",
        "ÄRZTE",
        "gmbh",
        "die",
        "zte",
        "resume:read",
        "RESUME",
        "e:r",
        "mail.box",
        "*",
        "summarizer",
        "Summ",
        // Every word, each in a field of its own, in any order.
        "summarizer ärzte resume",
        " \t ÄRZTE \n ärzte ",
        "die gmbh",
    ] {
        assert_eq!(ids(target, &words(text)).await, [id], "{text:?}");
    }
    for text in [
        "arzte",
        "ärzte router",
        "ärzte calendar",
        "somebody gmbh",
        // Nothing spans two fields, or two capabilities.
        "gmbhresume",
        "readmail",
        // Neither these nor any other field.
        "production",
        "1.2.3",
        "example.com",
    ] {
        assert!(ids(target, &words(text)).await.is_empty(), "{text:?}");
    }
    assert_eq!(ids(target, &words("")).await.len(), 2);
    assert_eq!(ids(target, &words(" \u{3000} ")).await.len(), 2);
    assert_eq!(ids(target, &words("read")).await.len(), 2);
}

pub async fn words_are_literal(target: &Target) {
    let percent = stored(target, "100% sure", &["a:b"]).await;
    let underscore = stored(target, "snake_case", &["a:b"]).await;
    let backslash = stored(target, "back\\slash", &["a:b"]).await;
    let quotes = stored(target, "it's \"quoted\" [x] * ?", &["a:b"]).await;
    stored(target, "100 snakeXcase backslash", &["a:b"]).await;
    for (text, wanted) in [
        ("%", Some(percent)),
        ("100%", Some(percent)),
        ("0%%", None),
        ("%sure", None),
        ("_", Some(underscore)),
        ("snake_", Some(underscore)),
        ("s_ake", None),
        ("\\", Some(backslash)),
        ("back\\", Some(backslash)),
        ("\\%", None),
        ("\\\\", None),
        ("it's", Some(quotes)),
        ("\"quoted\"", Some(quotes)),
        ("[x]", Some(quotes)),
        ("[a-z]", None),
        ("*", Some(quotes)),
        ("?", Some(quotes)),
        ("' OR '1'='1", None),
    ] {
        let found = ids(target, &words(text)).await;
        assert_eq!(found, Vec::from_iter(wanted), "{text:?}");
    }
}

pub async fn exact_capability(target: &Target) {
    let first = stored(target, "a", &["resume:read", "x:*"]).await;
    let upper = stored(target, "resume:read", &["Resume:Read"]).await;
    stored(
        target,
        "b",
        &["resume:read-all", "my.resume:read", "resume"],
    )
    .await;
    stored(target, "c", &[]).await;
    for (text, wanted) in [
        ("resume:read", vec![first]),
        ("x:*", vec![first]),
        ("Resume:Read", vec![upper]),
        ("RESUME:READ", vec![]),
        ("resume:", vec![]),
        ("resume:rea_", vec![]),
        ("%", vec![]),
        ("", vec![]),
        (" resume:read", vec![]),
        ("resume:read\",\"x:*", vec![]),
        ("resume:read,x:*", vec![]),
        ("{resume:read}", vec![]),
        ("')] --", vec![]),
    ] {
        let found = ids(target, &capability(text)).await;
        assert_eq!(found, wanted, "{text:?}");
    }
    let long = "x".repeat(60_000);
    assert!(ids(target, &capability(&long)).await.is_empty());
}

pub async fn exact_publisher(target: &Target) {
    let first = stored(target, "Talent Team", &[]).await;
    let second = stored(target, "talent team", &[]).await;
    stored(target, "Talent Team 2", &["Talent.Team"]).await;
    for (text, wanted) in [
        ("Talent Team", Some(first)),
        ("talent team", Some(second)),
        ("TALENT TEAM", None),
        ("Talent", None),
        ("Talent Team ", None),
        ("%", None),
        ("", None),
    ] {
        let found = ids(target, &publisher(text)).await;
        assert_eq!(found, Vec::from_iter(wanted), "{text:?}");
    }
}

pub async fn conditions_combine(target: &Target) {
    let wanted = stored(target, "red team", &["resume:read", "mail:send"]).await;
    stored(target, "red team", &["mail:send"]).await;
    stored(target, "blue team", &["resume:read", "mail:send"]).await;
    stored(target, "red team", &["resume:read"]).await;
    let all = MarketplaceQuery {
        capability: Some("resume:read".to_owned()),
        publisher: Some("red team".to_owned()),
        ..words("team MAIL")
    };
    assert_eq!(ids(target, &all).await, [wanted]);
    let none = MarketplaceQuery {
        publisher: Some("green team".to_owned()),
        ..all
    };
    assert!(ids(target, &none).await.is_empty());
}

pub async fn changes_are_found(target: &Target) {
    let id = stored(target, "old name", &["old:thing"]).await;
    change_agent(target, id, |agent| {
        agent.owner = owner("New Name");
        agent.capabilities = capabilities(&["Fresh:thing"]);
        agent.agent_type = AgentType::Monitor;
    })
    .await;
    for query in [
        words("new name"),
        words("fresh:thing"),
        words("monitor"),
        capability("Fresh:thing"),
        publisher("New Name"),
    ] {
        assert_eq!(ids(target, &query).await, [id], "{query:?}");
    }
    for query in [
        words("old"),
        words("screener"),
        capability("old:thing"),
        publisher("old name"),
    ] {
        assert!(ids(target, &query).await.is_empty(), "{query:?}");
    }
    change_agent(target, id, |agent| agent.is_public = false).await;
    assert!(ids(target, &words("new")).await.is_empty());
    // The time of the first publication stays.
    change_agent(target, id, |agent| agent.is_public = true).await;
    assert_eq!(find(target, id).await.unwrap().published_at, at(0));
}

/// Takes the migration back and applies it again: agents from before it are
/// found like others.
pub async fn back_fill(target: &Target, down: &str, up: &str) {
    let named = stored(target, "Größe \"Team\"", &["Resume:Read", "x:*"]).await;
    let other = stored(target, "it's", &[]).await;
    target.raw.execute(down).await.unwrap();
    target.raw.execute(up).await.unwrap();
    for text in [
        "größe",
        "\"TEAM\"",
        "resume:read",
        "x:*",
        "screener resume team",
    ] {
        assert_eq!(ids(target, &words(text)).await, [named], "{text:?}");
    }
    assert_eq!(ids(target, &words("it's screener")).await, [other]);
    assert!(ids(target, &words("readx:*")).await.is_empty());
    assert_eq!(ids(target, &capability("Resume:Read")).await, [named]);
    assert_eq!(ids(target, &publisher("it's")).await, [other]);
    // They can be changed like others, too.
    change_agent(target, other, |agent| agent.owner = owner("changed")).await;
    assert_eq!(ids(target, &words("changed")).await, [other]);
}
