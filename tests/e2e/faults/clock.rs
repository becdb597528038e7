//! The clock of the server jumps two hours ahead and back, and two hours back
//! and ahead again. libfaketime moves it, from a file; only the time of day, the
//! monotonic clock goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use agentidp_testkit::requirements;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::consistent;
use crate::harness::{Api, Client, HEAVY, Installation, agents, tenant, unix_now, until};

const HOURS: i64 = 2 * 60 * 60;
/// A command's revocation at the server; there is no bus to the embedded store.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn jumps_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded()
        && installation.database.is_accessible()
    {
        jumps(installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jumps_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        jumps(installation).await;
    }
}

/// What the clock of the server is ahead of the real one.
struct Clock(PathBuf);

impl Clock {
    /// Lets everything started from now on have this clock. `None`: the test
    /// was reported as skipped.
    fn of(installation: &mut Installation) -> Option<Self> {
        let library = requirements::require(requirements::FAKETIME)?;
        let clock = Self(installation.folder().join("clock"));
        clock.set(0);
        installation.set("LD_PRELOAD", &library);
        installation.set("FAKETIME_TIMESTAMP_FILE", &clock.0.display().to_string());
        installation.set("FAKETIME_NO_CACHE", "1");
        installation.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        Some(clock)
    }

    /// Takes effect at once: the file is read each time somebody asks.
    fn set(&self, seconds: i64) {
        let new: &Path = &self.0.with_extension("new");
        std::fs::write(new, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(new, &self.0).unwrap();
    }
}

async fn jumps(mut installation: Installation) {
    let Some(clock) = Clock::of(&mut installation) else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let api = &server.api;
    let (tenant, admin) = tenant(&installation, &server, "clock").await;
    let clients = agents(api, &admin, "clock", 4).await;
    let [client, first, second, suspended] = &clients[..] else {
        panic!("four agents");
    };
    let kept = fresh(api, client, 0).await;
    let mut ended = vec![fresh(api, client, 0).await];
    api.revoke(&ended[0]).await;
    let of_suspended = fresh(api, suspended, 0).await;

    clock.set(HOURS);
    let answer = api.get(&kept, "/api/v1/agents").await;
    assert_eq!(answer.expect(401)["message"], "Token has expired.");
    refused(api, &ended).await;
    assert!(api.accepts(&fresh(api, client, HOURS).await).await);
    ended.push(fresh(api, client, HOURS).await);
    api.revoke(&ended[1]).await;
    ended.extend(ended_by_command(&installation, api, [first, second]).await);

    clock.set(0);
    refused(api, &ended).await;
    assert!(api.accepts(&kept).await, "it has not expired");
    fresh(api, client, 0).await;

    clock.set(-HOURS);
    refused(api, &ended).await;
    fresh(api, client, -HOURS).await;
    // It was issued two hours from now, and ends all the same. The
    // administrator's token is good by any of these clocks.
    suspend(api, &admin, suspended).await;
    ended.push(of_suspended);
    refused(api, &ended).await;

    clock.set(0);
    refused(api, &ended).await;
    assert!(api.accepts(&kept).await);
    fresh(api, client, 0).await;
    assert!(api.audit_verified(&admin).await);
    installation.succeed(&["verify-audit"]);
    consistent(&installation, &tenant.id, &BTreeMap::new());
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}

async fn suspend(api: &Api, admin: &str, agent: &Client) {
    let path = format!("/api/v1/agents/{}", agent.id);
    let body = json!({"status": "suspended"});
    api.patch(admin, &path, &body).await.expect(200);
}

/// Tokens of both agents, ended by commands one after the other. When the second
/// is seen, the server has looked through what it remembers, with the clock as
/// it is, at least once.
async fn ended_by_command(
    installation: &Installation,
    api: &Api,
    agents: [&Client; 2],
) -> Vec<String> {
    let mut ended = Vec::new();
    for agent in agents {
        let token = fresh(api, agent, HOURS).await;
        installation.succeed(&["revoke-tokens", "--agent", &agent.id]);
        until("the command is seen", SOON, || async {
            !api.accepts(&token).await
        })
        .await;
        ended.push(token);
    }
    ended
}

async fn refused(api: &Api, ended: &[String]) {
    for (number, token) in ended.iter().enumerate() {
        assert!(!api.accepts(token).await, "ended token {number}");
    }
}

/// A new token, whose times are those of the server's clock.
async fn fresh(api: &Api, client: &Client, ahead: i64) -> String {
    let before = unix_now();
    let token = api.token(client, "").await;
    let after = unix_now();
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    let (issued, expires) = (issued.unwrap(), expires.unwrap());
    assert_eq!(expires - issued, 3600);
    let now = before + ahead - 1..=after + ahead + 1;
    assert!(now.contains(&issued), "{issued} is not in {now:?}");
    token
}
