//! What is in the archives.

use agentidp_testkit::world::API_URL;
use serde_json::json;

use super::{LANGUAGES, ask, unpack};
use crate::support::{Api, Identity, TENANT_SCOPES, registration};

/// Registers an agent with this address; its id and the secret of its
/// credential.
async fn named(api: &Api, by: &Identity, email: &str) -> Identity {
    let token = api.token(by, TENANT_SCOPES);
    let call = api.post("/api/v1/agents").bearer(&token);
    let made = call.json(&registration(email)).send().await.expect(201);
    let mut agent = Identity {
        agent: made["agentId"].as_str().unwrap().to_owned(),
        ..by.clone()
    };
    (_, agent.secret) = api.credential(&agent).await;
    agent
}

#[actix_web::test]
async fn each_language_has_its_files() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let own: [&[&str]; 5] = [
        &["package.json", "src/index.ts", "tsconfig.json"],
        &["main.py", "requirements.txt"],
        &["go.mod", "main.go"],
        &["pom.xml", "src/main/java/ai/sentryagent/scaffold/Main.java"],
        &["Cargo.toml", "src/main.rs"],
    ];
    for (language, own) in LANGUAGES.iter().zip(own) {
        let query = format!("?language={language}");
        let answer = ask(&api, &acme, &acme.agent, &query).await;
        let mut expected = vec![".env.example", ".gitignore", "README.md"];
        expected.extend_from_slice(own);
        expected.sort_unstable();
        let found: Vec<String> = unpack(&answer).into_keys().collect();
        assert_eq!(found, expected, "{language}");
    }
}

#[actix_web::test]
async fn typescript_is_the_default_and_other_parameters_do_not_matter() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let plain = ask(&api, &acme, &acme.agent, "").await;
    let named = ask(&api, &acme, &acme.agent, "?x=1&language=typescript").await;
    assert!(unpack(&plain).contains_key("package.json"));
    assert_eq!(
        plain.body, named.body,
        "the same project is the same archive"
    );
    let other = ask(&api, &acme, &acme.agent, "?language=go").await;
    assert_ne!(plain.body, other.body);
}

#[actix_web::test]
async fn the_archive_is_named_after_the_agent_and_not_kept_by_caches() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for (email, name) in [
        ("screener-001@acme.example", "screener-001-scaffold.zip"),
        ("o'neil+x/é@acme.example", "o-neil-x---scaffold.zip"),
    ] {
        let agent = named(&api, &acme, email).await;
        let answer = ask(&api, &acme, &agent.agent, "").await;
        let expected = format!("attachment; filename=\"{name}\"");
        assert_eq!(
            answer.header("content-disposition"),
            Some(expected.as_str())
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-ratelimit-limit"), None, "limits are off");
    }
}

#[actix_web::test]
async fn projects_know_the_agent_and_the_server_but_no_secret() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = named(&api, &acme, "o'neil&$x{y}@acme.example").await;
    for language in LANGUAGES {
        let query = format!("?language={language}");
        let files = unpack(&ask(&api, &acme, &agent.agent, &query).await);
        let settings = &files[".env.example"];
        for line in [
            format!("AGENT_ID={}", agent.agent),
            format!("CLIENT_ID={}", agent.agent),
            format!("API_URL={API_URL}"),
            "AGENT_NAME=\"o'neil&\\$x{y}\"".to_owned(),
            "CLIENT_SECRET=".to_owned(),
        ] {
            assert!(settings.lines().any(|found| found == line), "{settings}");
        }
        let readme = &files["README.md"];
        for fact in ["o'neil\\&\\$x\\{y\\}", "screener", "resume:read"] {
            assert!(readme.contains(fact), "{readme}");
        }
        for (path, content) in &files {
            assert!(!content.contains(&agent.secret), "{language} {path}");
            assert!(!content.contains("sk_live_"), "{language} {path}");
        }
    }
}

#[actix_web::test]
async fn agents_of_one_organization_get_projects_for_one_another() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = named(&api, &acme, "screener-001@acme.example").await;
    for by in [&agent, &acme] {
        unpack(&ask(&api, by, &agent.agent, "").await);
    }
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    unpack(&ask(&api, &acme, &agent.agent, "").await);
}

#[actix_web::test]
async fn each_project_leaves_one_event_with_its_language() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = named(&api, &acme, "screener-001@acme.example").await;
    let before = api.event_count(&acme).await;
    for language in ["go", "rust"] {
        let query = format!("?language={language}");
        unpack(&ask(&api, &acme, &agent.agent, &query).await);
    }
    assert_eq!(api.event_count(&acme).await, before + 2);
    let events = api.events(&acme, "scaffold.generated").await;
    for (event, language) in events.iter().zip(["go", "rust"]) {
        assert_eq!(event["metadata"], json!({"language": language}));
        assert_eq!(event["agentId"], json!(acme.agent), "the caller");
        assert_eq!(event["outcome"], "success");
    }
}
