//! `rotate-encryption-key`, stopped at every step and killed at any moment: the
//! server reads everything all the time, the command goes on with the key it
//! has added, and in the end nothing is encrypted with an older one.

use std::path::Path;
use std::time::Duration;

use agentidp_testkit::vault::FakeVault;
use serde_json::{Value, json};

use crate::encryption_keys::{Trust, works};
use crate::harness::process::Process;
use crate::harness::{Client, HEAVY, Installation, Server, agents, tenant, text};

/// Every encrypted column, in the order in which the command goes over them.
const COLUMNS: [(&str, &str); 10] = [
    ("credentials", "secret_hash"),
    ("credentials", "vault_path"),
    ("oidc_keys", "private_key"),
    ("oidc_keys", "vault_path"),
    ("agent_did_keys", "private_key"),
    ("agent_did_keys", "vault_key_path"),
    ("delegation_keys", "secret"),
    ("delegation_keys", "vault_path"),
    ("webhook_subscriptions", "signing_secret"),
    ("webhook_subscriptions", "vault_secret_path"),
];

/// Where the key ring lies in Vault.
const RING: &str = "secret/data/agentidp/encryption-key";

const LOG: &str = "_encryption_migration_log";

/// A write to the log at which the command is stopped, and the number of
/// columns whose values are re-encrypted then.
const STOPS: [(&str, &str, usize); 7] = [
    // The ring has the key, nothing else tells of it.
    ("INSERT", "NEW.rows_changed = 0", 0),
    ("UPDATE", "NEW.current_table = 'credentials'", 0),
    ("UPDATE", "NEW.current_table = 'oidc_keys'", 2),
    ("UPDATE", "NEW.current_table = 'agent_did_keys'", 4),
    ("UPDATE", "NEW.current_table = 'delegation_keys'", 6),
    ("UPDATE", "NEW.current_table = 'webhook_subscriptions'", 8),
    // All is done, only that is not noted.
    ("UPDATE", "NEW.finished_at IS NOT NULL", 10),
];

/// Agents that the server gets to know one by one, so that it has to read.
const AGENTS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn on_the_embedded_store() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        let file = installation.data().join("keys/encryption.json");
        stopped_and_killed(&installation, || ring_in(&file)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    if let Some(installation) = Installation::scaled() {
        let file = installation.data().join("keys/encryption.json");
        stopped_and_killed(&installation, || ring_in(&file)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_ring_in_vault() {
    let vault = FakeVault::start().unwrap();
    if let Some(installation) = Installation::scaled_with_vault(&vault) {
        let ring = || vault.versions(RING).pop().unwrap();
        stopped_and_killed(&installation, ring).await;
    }
}

fn ring_in(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn stopped_and_killed(installation: &Installation, ring: impl Fn() -> Value) {
    let _turn = HEAVY.acquire().await;
    let mut server = installation.start();
    let mut stage = Stage::set(installation, &server).await;
    let all = encrypted(installation, &COLUMNS, 1);
    assert!(all > 0);
    for (event, when, columns) in STOPS {
        stop(installation, event, when);
        assert_eq!(keys(&ring()), (2, 2), "{when}");
        let (done, left) = COLUMNS.split_at(columns);
        assert_eq!(encrypted(installation, done, 1), 0, "{when}");
        assert_eq!(encrypted(installation, left, 2), 0, "{when}");
        stage.reads(&server).await;
        let _ = server.stop();
        server = installation.start();
        stage.reads(&server).await;
    }
    installation.succeed(&["rotate-encryption-key"]);
    assert_eq!(keys(&ring()), (2, 2));
    assert_eq!(encrypted(installation, &COLUMNS, 2), all);
    finished(installation, 2);

    killed(installation, &server, &mut stage, &ring).await;
    assert_eq!(keys(&ring()), (3, 3));
    assert_eq!(encrypted(installation, &COLUMNS, 3), all);
    finished(installation, 3);
    let _ = server.stop();
    let server = installation.start();
    stage.reads(&server).await;
}

/// Lets the command fail at a write to its log.
fn stop(installation: &Installation, event: &str, when: &str) {
    let database = &installation.database;
    let begin = format!("CREATE TRIGGER stop BEFORE {event} ON {LOG}");
    if database.is_postgres() {
        database.sql(
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql \
             AS $$ BEGIN RAISE EXCEPTION 'stopped here'; END $$",
        );
        database.sql(&format!(
            "{begin} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION stop()"
        ));
    } else {
        database.sql(&format!(
            "{begin} WHEN ({when}) BEGIN SELECT RAISE(ABORT, 'stopped here'); END"
        ));
    }
    let ended = installation.run(&["rotate-encryption-key"]);
    let output = format!("{}{}", ended.stdout, ended.stderr);
    assert_ne!(ended.code, 0, "{output}");
    assert!(output.contains("stopped here"), "{output}");
    if database.is_postgres() {
        database.sql(&format!("DROP TRIGGER stop ON {LOG}"));
        database.sql("DROP FUNCTION stop");
    } else {
        database.sql("DROP TRIGGER stop");
    }
}

/// Kills the command a little later each time, until it comes to its end.
async fn killed(
    installation: &Installation,
    server: &Server,
    stage: &mut Stage,
    ring: impl Fn() -> Value,
) {
    let mut delay = Duration::ZERO;
    let mut kills = 0;
    let ended =
        format!("SELECT count(*) FROM {LOG} WHERE key_version = 3 AND finished_at IS NOT NULL");
    while installation.database.number(&ended) == 0 {
        let mut process = Process::spawn(&mut installation.command(&["rotate-encryption-key"]));
        // Not a wait for anything: the moment of the end is what varies.
        tokio::time::sleep(delay).await;
        process.kill();
        let (current, count) = keys(&ring());
        assert!(
            [2, 3].contains(&current) && count == current,
            "{current} of {count}"
        );
        stage.reads(server).await;
        kills += 1;
        delay += Duration::from_millis(25);
    }
    println!("killed {kills} times, at last after {delay:?}");
}

/// Values of these columns that are encrypted with a key.
fn encrypted(installation: &Installation, columns: &[(&str, &str)], key: u32) -> i64 {
    let counts = columns.iter().map(|(table, column)| {
        let query = format!("SELECT count(*) FROM {table} WHERE {column} LIKE 'v{key}:%'");
        installation.database.number(&query)
    });
    counts.sum()
}

/// Current version and number of keys.
fn keys(ring: &Value) -> (u64, u64) {
    let count = ring["keys"].as_object().unwrap().len();
    let current = ring["current"].as_u64().unwrap();
    (current, u64::try_from(count).unwrap())
}

/// The log has one run for each key from the second on, and all have ended.
fn finished(installation: &Installation, newest: i64) {
    let log = installation.database.sql(&format!(
        "SELECT key_version, finished_at IS NOT NULL AND current_table IS NULL \
         AND rows_changed > 0 FROM {LOG} ORDER BY key_version"
    ));
    let lines: Vec<&str> = log.lines().collect();
    let wanted = (2..=newest).map(|version| {
        let yes = if installation.database.is_postgres() {
            "t"
        } else {
            "1"
        };
        format!("{version}|{yes}")
    });
    assert_eq!(lines, wanted.collect::<Vec<_>>());
}

/// What the server has to read all the time.
struct Stage {
    admin: String,
    /// Clients that it has not seen yet.
    new: Vec<Client>,
    known: Client,
    before: String,
    trust: Trust,
}

impl Stage {
    async fn set(installation: &Installation, server: &Server) -> Self {
        let api = &server.api;
        let (tenant, admin) = tenant(installation, server, "stops").await;
        let mut new = agents(api, &admin, "stops", AGENTS).await;
        let known = new.remove(0);
        let hooks = api.token(&tenant.admin, "webhooks:write").await;
        let hook = json!({
            "name": "hook", "url": "https://hooks.example/", "events": ["agent.decommissioned"],
        });
        let hook = api
            .post(&hooks, "/api/v1/webhooks", &hook)
            .await
            .expect(201);
        assert!(!text(&hook, "id").is_empty());
        Self {
            before: api.token(&known, "").await,
            trust: Trust::made(api, &admin, &known.id).await,
            new,
            known,
            admin,
        }
    }

    /// Everything can be read, by a client that is new to the server too.
    async fn reads(&mut self, server: &Server) {
        let mut clients = vec![&self.known];
        let new = self.new.pop();
        clients.extend(&new);
        works(&server.api, &clients, &self.before).await;
        self.trust.holds(&server.api, &self.admin).await;
    }
}
