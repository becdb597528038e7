//! What must be refused, over raw sockets: with the documented status, never
//! with 5xx, and without a trace in the store.

use serde_json::json;

use crate::broken_http::broken_http;
use crate::harness::raw::{exchange, request};
use crate::harness::{Installation, Server, agents, platform_token, registration, tenant};

const LONG: usize = 10_000;
const KIB: usize = 1024;

#[tokio::test(flavor = "multi_thread")]
async fn is_refused_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        refused(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn is_refused_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        refused(&installation).await;
    }
}

/// One request and the status and code it must get.
struct Case {
    name: String,
    bytes: Vec<u8>,
    status: u16,
    code: &'static str,
}

fn case(name: &str, bytes: Vec<u8>, status: u16, code: &'static str) -> Case {
    Case {
        name: name.to_owned(),
        bytes,
        status,
        code,
    }
}

async fn refused(installation: &Installation) {
    let server = installation.start();
    let (_, admin) = tenant(installation, &server, "strict").await;
    let platform = platform_token(installation, &server).await;
    let agent = agents(&server.api, &admin, "strict", 1).await.remove(0).id;
    let before = counts(&server, &admin, &platform).await;
    let bearer = format!("Bearer {admin}");
    let mut cases = bodies(&bearer);
    cases.extend(forms(&bearer));
    cases.extend(ids(&bearer, &format!("Bearer {platform}"), &agent));
    cases.extend(queries(&bearer));
    cases.extend(routes(&bearer));
    cases.extend(two_readings(&bearer));
    for case in cases {
        let reply = exchange(server.port, &case.bytes);
        assert_eq!(reply.status, case.status, "{}: {reply:?}", case.name);
        assert_eq!(reply.body["code"], case.code, "{}: {reply:?}", case.name);
        let message = reply.body["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "{}: {reply:?}", case.name);
    }
    for (name, bytes) in broken_http(&bearer) {
        let reply = exchange(server.port, &bytes);
        let closed_or_refused = reply.status == 0 || (400..500).contains(&reply.status);
        assert!(closed_or_refused, "{name}: {reply:?}");
    }
    assert_eq!(
        counts(&server, &admin, &platform).await,
        before,
        "something was written"
    );
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Events of both logs, agents and organizations.
async fn counts(server: &Server, admin: &str, platform: &str) -> Vec<i64> {
    let mut counts = Vec::new();
    for (token, path) in [
        (admin, "/api/v1/audit?limit=1"),
        (platform, "/api/v1/audit?limit=1"),
        (admin, "/api/v1/agents?limit=1"),
        (platform, "/api/v1/organizations?limit=1"),
    ] {
        let page = server.api.get(token, path).await.expect(200);
        counts.push(page["total"].as_i64().unwrap());
    }
    counts
}

fn bodies(bearer: &str) -> Vec<Case> {
    let mut cases = bad_bodies(bearer);
    cases.extend(unwelcome_bodies(bearer));
    cases
}

/// A registration with this body.
fn register(bearer: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let headers = [("Authorization", bearer), ("Content-Type", kind)];
    request("POST /api/v1/agents", &headers, body)
}

/// Bodies that are no registration.
fn bad_bodies(bearer: &str) -> Vec<Case> {
    let json = |body: &[u8]| register(bearer, "application/json", body);
    let with = |member: &str, value: serde_json::Value| {
        let mut body = registration("good@strict.example");
        body[member] = value;
        json(body.to_string().as_bytes())
    };
    let good = registration("good@strict.example").to_string();
    let refused: Vec<(&str, Vec<u8>)> = vec![
        ("cut JSON", json(&good.as_bytes()[..20])),
        ("no JSON", json(b"email=a@b.example")),
        ("array", json(b"[]")),
        ("null", json(b"null")),
        ("no body", json(b"")),
        ("deep", json("[".repeat(LONG).as_bytes())),
        (
            "not UTF-8",
            json(b"{\"email\":\"\xff\xfe@strict.example\"}"),
        ),
        (
            "lone surrogate",
            json(br#"{"email":"\ud800@strict.example"}"#),
        ),
        ("number as text", with("email", json!(5))),
        ("text as list", with("capabilities", json!("resume:read"))),
        ("unknown word", with("agentType", json!("spy"))),
        ("unknown scope", with("allowedScopes", json!(["root"]))),
        ("unknown field", with("isAdmin", json!(true))),
        ("U+0000", with("owner", json!("a\0b"))),
        ("long text", with("owner", json!("x".repeat(LONG)))),
        (
            "long address",
            with(
                "email",
                json!(format!("{}@strict.example", "x".repeat(LONG))),
            ),
        ),
        ("SQL", with("version", json!("1.0'; DROP TABLE agents; --"))),
    ];
    refused
        .into_iter()
        .map(|(name, bytes)| case(name, bytes, 400, "VALIDATION_ERROR"))
        .collect()
}

/// Bodies that are too large, or of another type.
fn unwelcome_bodies(bearer: &str) -> Vec<Case> {
    let post = |kind: &str, body: &[u8]| register(bearer, kind, body);
    let json = |body: &[u8]| post("application/json", body);
    let good = registration("good@strict.example").to_string();
    let large = vec![b' '; 100 * KIB + 1];
    let chunk = format!(
        "{:x}\r\n{}\r\n0\r\n\r\n",
        large.len(),
        " ".repeat(large.len())
    );
    let chunked = [
        ("Authorization", bearer),
        ("Content-Type", "application/json"),
        ("Transfer-Encoding", "chunked"),
    ];
    let chunked = request("POST /api/v1/agents", &chunked, chunk.as_bytes());
    vec![
        case("large", json(&large), 413, "PAYLOAD_TOO_LARGE"),
        case("large in chunks", chunked, 413, "PAYLOAD_TOO_LARGE"),
        case(
            "text",
            post("text/plain", good.as_bytes()),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        case(
            "form",
            post("application/x-www-form-urlencoded", b"a=b"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
    ]
}

fn forms(bearer: &str) -> Vec<Case> {
    let post = |path: &str, body: &str| {
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [("Authorization", bearer), kind];
        // The token endpoint takes no Bearer token.
        let headers = if path.ends_with("/token") {
            &headers[1..]
        } else {
            &headers[..]
        };
        request(&format!("POST {path}"), headers, body.as_bytes())
    };
    let grant = "grant_type=client_credentials";
    let long = format!("token={}", "x".repeat(17 * KIB));
    let scopes = format!("{grant}&scope={}", "x".repeat(LONG));
    let refused = [
        (
            "grant twice",
            post("/api/v1/token", &format!("{grant}&{grant}")),
        ),
        (
            "client twice",
            post("/oauth2/token", &format!("{grant}&client_id=a&client_id=b")),
        ),
        (
            "no grant",
            post("/api/v1/token", "client_id=a&client_secret=b"),
        ),
        ("other grant", post("/api/v1/token", "grant_type=password")),
        (
            "form not UTF-8",
            post("/api/v1/token", &format!("{grant}&scope=%ff%fe")),
        ),
        ("unknown long scope", post("/api/v1/token", &scopes)),
        ("no token", post("/api/v1/token/introspect", "")),
        ("token twice", post("/oauth2/introspect", "token=a&token=b")),
        ("long token", post("/oauth2/introspect", &long)),
        ("long token to revoke", post("/api/v1/token/revoke", &long)),
    ];
    refused
        .map(|(name, bytes)| case(name, bytes, 400, "VALIDATION_ERROR"))
        .into()
}

fn ids(bearer: &str, platform: &str, agent: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let long = "x".repeat(1_000);
    let nil = "00000000-0000-4000-8000-00000000ffff";
    for id in [
        "1",
        "not-a-uuid",
        "%27%20OR%201%3D1",
        "%ff%fe",
        "%00",
        "..%5c..%5cetc",
        &long,
        nil,
    ] {
        let mut add = |line: String, bearer: &str, code| {
            let bytes = request(&line, &[("Authorization", bearer)], b"");
            cases.push(case(&line, bytes, 404, code));
        };
        let agents = "/api/v1/agents";
        add(format!("GET {agents}/{id}"), bearer, "AGENT_NOT_FOUND");
        add(format!("DELETE {agents}/{id}"), bearer, "AGENT_NOT_FOUND");
        add(
            format!("GET {agents}/{id}/credentials"),
            bearer,
            "AGENT_NOT_FOUND",
        );
        let credential = format!("DELETE {agents}/{agent}/credentials/{id}");
        add(credential, bearer, "CREDENTIAL_NOT_FOUND");
        add(
            format!("GET /api/v1/audit/{id}"),
            bearer,
            "AUDIT_EVENT_NOT_FOUND",
        );
        add(
            format!("GET /api/v1/organizations/{id}"),
            platform,
            "ORG_NOT_FOUND",
        );
        add(
            format!("DELETE /api/v1/organizations/{id}"),
            platform,
            "ORG_NOT_FOUND",
        );
    }
    cases
}

fn queries(bearer: &str) -> Vec<Case> {
    let long = format!("limit={}", "9".repeat(LONG));
    [
        "agents?page=0",
        "agents?page=-1",
        "agents?page=99999999999999999999",
        "agents?limit=0",
        "agents?limit=101",
        "agents?limit=ten",
        "agents?status=gone",
        "agents?agentType=%ff",
        "audit?action=everything",
        "audit?fromDate=yesterday",
        "audit?fromDate=2026-02-30",
        "audit/verify?toDate=2026-13-01T00:00:00.000Z",
        &format!("audit?{long}"),
    ]
    .map(|path| {
        let line = format!("GET /api/v1/{path}");
        let bytes = request(&line, &[("Authorization", bearer)], b"");
        case(&line[..line.len().min(60)], bytes, 400, "VALIDATION_ERROR")
    })
    .into()
}

fn routes(bearer: &str) -> Vec<Case> {
    let authorized = [("Authorization", bearer)];
    [
        "PUT /api/v1/agents",
        "DELETE /api/v1/agents",
        "GET /api/v1/token",
        "PATCH /oauth2/token",
        "POST /health",
        "TRACE /api/v1/agents",
        "BREW /api/v1/agents",
        "GET /api/v2/agents",
        "GET /api/v1/agents/",
        "GET //api/v1/agents",
        "GET /",
    ]
    .map(|line| case(line, request(line, &authorized, b""), 404, "NOT_FOUND"))
    .into()
}

/// Paths that router and policy could read in two ways are denied.
fn two_readings(bearer: &str) -> Vec<Case> {
    [
        "GET /api/v1/agents/..%2f..%2faudit",
        "GET /api/v1/agents/%61",
        "GET /api/v1/agents/%2e%2e",
        "GET /api/v1/audit/%76erify",
    ]
    .map(|line| {
        let bytes = request(line, &[("Authorization", bearer)], b"");
        case(line, bytes, 403, "FORBIDDEN")
    })
    .into()
}
