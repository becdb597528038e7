//! Every way to change the audit log is refused by the database, and found
//! and named when somebody with all rights does it nevertheless.

use serde_json::Value;

use crate::harness::database::Database;
use crate::harness::{Api, Client, Installation, PLATFORM_SCOPES, agents, tenant};

const NIL: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn is_found_on_the_embedded_store() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        let refused = [
            "UPDATE audit_events SET outcome = 'success'",
            "DELETE FROM audit_events",
            "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events LIMIT 1",
        ];
        tampering(&installation, &refused).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn is_found_on_postgres() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let refused = [
        "UPDATE audit_events SET outcome = 'success'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "SET ROLE agentidp_app; UPDATE audit_events SET outcome = 'success'",
        "SET ROLE agentidp_app; DELETE FROM audit_events",
        "SET ROLE agentidp_app; TRUNCATE audit_events",
        "SET ROLE agentidp_system; DELETE FROM audit_events",
    ];
    tampering(&installation, &refused).await;
}

async fn tampering(installation: &Installation, refused: &[&str]) {
    let server = installation.start();
    let (tenant, admin) = tenant(installation, &server, "watched").await;
    let client = agents(&server.api, &admin, "watched", 1).await.remove(0);
    for _ in 0..3 {
        server.api.token(&client, "").await;
    }
    let wrong = Client {
        secret: format!("sk_live_{}", "0".repeat(64)),
        ..client
    };
    server.api.try_token(&wrong, "").await.unwrap().expect(401);
    let database = &installation.database;
    for statement in refused {
        let error = database.try_sql(&[statement]).unwrap_err();
        let known = ["immutable", "permission denied"];
        assert!(
            known.iter().any(|word| error.contains(word)),
            "{statement}: {error}"
        );
    }
    let scene = Scene {
        installation,
        api: &server.api,
        token: &admin,
        organization: &tenant.id,
        events: events(&server.api, &admin).await,
    };
    scene.unlock();
    scene.expect(None).await;
    for case in scene.cases() {
        scene.try_case(&case).await;
    }
}

/// All events of the log, oldest first.
async fn events(api: &Api, token: &str) -> Vec<Value> {
    let page = api.get(token, "/api/v1/audit?limit=100").await.expect(200);
    let mut events = page["data"].as_array().unwrap().clone();
    events.reverse();
    assert!(events.len() >= 9, "{events:?}");
    events
}

/// One manipulation and the event that has to be named.
struct Case {
    statement: String,
    named: String,
}

struct Scene<'a> {
    installation: &'a Installation,
    api: &'a Api,
    token: &'a str,
    organization: &'a str,
    events: Vec<Value>,
}

impl Scene<'_> {
    fn database(&self) -> &Database {
        &self.installation.database
    }

    fn id(&self, index: usize) -> &str {
        self.events[index]["eventId"].as_str().unwrap()
    }

    /// Keeps a copy of the rows and takes away what protects them.
    fn unlock(&self) {
        let database = self.database();
        database.sql("CREATE TABLE kept AS SELECT * FROM audit_events");
        if !database.is_postgres() {
            for kind in ["update", "delete", "replace"] {
                database.sql(&format!("DROP TRIGGER trg_audit_events_immutable_{kind}"));
            }
        }
    }

    /// Runs statements past the triggers.
    fn force(&self, statements: &[&str]) {
        let mut all = Vec::new();
        if self.database().is_postgres() {
            all.push("SET session_replication_role = replica");
        }
        all.extend(statements);
        self.database()
            .try_sql(&all)
            .unwrap_or_else(|error| panic!("{statements:?}: {error}"));
    }

    async fn try_case(&self, case: &Case) {
        self.force(&[&case.statement]);
        let (named, statement) = (&case.named, &case.statement);
        self.expect(Some((named, statement))).await;
        self.force(&[
            "DELETE FROM audit_events",
            "INSERT INTO audit_events SELECT * FROM kept",
        ]);
        self.expect(None).await;
    }

    /// Both ways to verify agree: intact, or broken at the named event.
    async fn expect(&self, broken: Option<(&String, &String)>) {
        let result = self
            .api
            .get(self.token, "/api/v1/audit/verify")
            .await
            .expect(200);
        assert_eq!(result["verified"], broken.is_none(), "{broken:?}: {result}");
        assert_eq!(
            result["brokenAtEventId"].as_str(),
            broken.map(|(named, _)| named.as_str()),
            "{broken:?}"
        );
        let command = self.installation.run(&["verify-audit"]);
        let printed = format!("{}{}", command.stdout, command.stderr);
        assert_eq!(
            command.code,
            i32::from(broken.is_some()),
            "{broken:?}: {printed}"
        );
        let expected = match broken {
            Some((named, _)) => format!("{}  BROKEN  at event {named}", self.organization),
            None => format!("{}  intact", self.organization),
        };
        assert!(printed.contains(&expected), "{broken:?}: {printed}");
    }

    /// Each column in turn, then removed events.
    fn cases(&self) -> Vec<Case> {
        // A token.issued in the middle, with an agent and metadata.
        let target = self.events.len() - 3;
        assert_eq!(self.events[target]["action"], "token.issued");
        let mut cases = self.content(target);
        cases.extend(self.order(target));
        cases.extend(self.removal(target));
        cases
    }

    fn update(&self, index: usize, set: &str, named: &str) -> Case {
        let id = self.database().id(self.id(index));
        Case {
            statement: format!("UPDATE audit_events SET {set} WHERE event_id = {id}"),
            named: named.to_owned(),
        }
    }

    /// Columns whose change makes the event itself the bad one.
    fn content(&self, target: usize) -> Vec<Case> {
        let id = self.id(target);
        let event = &self.events[target];
        let columns = [
            ("action", "action"),
            ("outcome", "outcome"),
            ("agent_id", "agentId"),
            ("ip_address", "ipAddress"),
            ("user_agent", "userAgent"),
            ("previous_hash", "previousHash"),
            ("hash", "hash"),
        ];
        let mut cases: Vec<Case> = columns
            .iter()
            .map(|(column, member)| {
                let changed = last_byte_changed(event[member].as_str().unwrap());
                self.update(target, &format!("{column} = '{changed}'"), id)
            })
            .collect();
        let (moments, metadata) = if self.database().is_postgres() {
            let later = |amount| format!("timestamp = timestamp + interval '1 {amount}'");
            let text = "replace(metadata::text, 'agents:read', 'agents:reae')::jsonb";
            (["microsecond", "millisecond"].map(later), text)
        } else {
            let later = |amount| format!("timestamp = timestamp + {amount}");
            let text = "replace(metadata, 'agents:read', 'agents:reae')";
            (["1", "1000"].map(later), text)
        };
        cases.extend(moments.iter().map(|set| self.update(target, set, id)));
        cases.push(self.update(target, &format!("metadata = {metadata}"), id));
        let renamed = last_byte_changed(id);
        let set = format!("event_id = {}", self.database().id(&renamed));
        cases.push(self.update(target, &set, &renamed));
        cases
    }

    /// Columns that tell where an event belongs.
    fn order(&self, target: usize) -> Vec<Case> {
        let last = self.events.len() - 1;
        let foreign = self.database().id(&last_byte_changed(self.organization));
        vec![
            // The last one of the log, moved: it does not follow.
            self.update(last, "sequence = sequence + 1", self.id(last)),
            // From the middle: its successor has lost its predecessor.
            self.update(target, "sequence = sequence + 256", self.id(target + 1)),
            self.update(
                target,
                &format!("organization_id = {foreign}"),
                self.id(target + 1),
            ),
        ]
    }

    fn removal(&self, target: usize) -> Vec<Case> {
        let last = self.events.len() - 1;
        let delete = |index: usize, named: &str| Case {
            statement: format!(
                "DELETE FROM audit_events WHERE event_id = {}",
                self.database().id(self.id(index))
            ),
            named: named.to_owned(),
        };
        let log = self.database().id(self.organization);
        vec![
            delete(0, self.id(1)),
            delete(target, self.id(target + 1)),
            delete(last, self.id(last - 1)),
            Case {
                statement: format!("DELETE FROM audit_events WHERE organization_id = {log}"),
                named: NIL.to_owned(),
            },
        ]
    }
}

/// The text with another last character, still a hexadecimal digit if it was.
fn last_byte_changed(text: &str) -> String {
    let (rest, last) = text.split_at(text.len() - 1);
    format!("{rest}{}", if last == "a" { "b" } else { "a" })
}

#[tokio::test(flavor = "multi_thread")]
async fn row_level_security_hides_the_rows_of_others() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let server = installation.start();
    let (ours, _) = tenant(&installation, &server, "ours").await;
    let platform = server
        .api
        .token(&installation.admin(), PLATFORM_SCOPES)
        .await;
    let theirs = server.api.tenant(&platform, "theirs", Value::Null).await;
    for table in ["audit_events", "agents", "credentials"] {
        let count = |setting: &str, organization: &str| {
            let rows =
                format!("SELECT count(*) FROM {table} WHERE organization_id = '{organization}'");
            let statements = [
                "BEGIN",
                "SET LOCAL ROLE agentidp_app",
                setting,
                &rows,
                "COMMIT",
            ];
            let output = installation.database.try_sql(&statements).unwrap();
            output.lines().last().unwrap().parse::<i64>().unwrap()
        };
        let setting = format!("SET LOCAL app.organization_id = '{}'", ours.id);
        assert!(count(&setting, &ours.id) > 0, "{table}");
        assert_eq!(count(&setting, &theirs.id), 0, "{table}");
        assert_eq!(
            count("SELECT 0", &ours.id),
            0,
            "{table}: nothing without a tenant"
        );
    }
    let foreign = format!(
        "INSERT INTO audit_events SELECT gen_random_uuid(), '{}', 1000000, now(), 'token.issued', \
         'success', '', '', '', '{{}}', '', ''",
        theirs.id
    );
    let setting = format!("SET LOCAL app.organization_id = '{}'", ours.id);
    let statements = ["BEGIN", "SET LOCAL ROLE agentidp_app", &setting, &foreign];
    let error = installation.database.try_sql(&statements).unwrap_err();
    assert!(error.contains("row-level security"), "{error}");
}
