//! Checkouts at a stand-in for Stripe.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::billing::{
    CheckoutError, CheckoutRequest, CheckoutSessions, RedirectRules, Redirects,
};
use agentidp_domain::id::OrganizationId;
use agentidp_domain::organization::PlanTier;
use agentidp_domain::outbound::FetchError;
use agentidp_domain::random::{Random, SystemRandom};
use agentidp_domain::token::Issuer;
use agentidp_net::StripeCheckouts;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::support::lookup::Silent;
use crate::support::operator;
use crate::support::server::{Answer, Server, found, ok};

const KEY: &str = "sk_test_secret";
const URL: &str = "https://checkout.stripe.com/c/pay/cs_test_1";

fn request() -> CheckoutRequest {
    let rules = RedirectRules {
        public_url: Issuer::new("https://idp.example"),
        allow_http: false,
    };
    CheckoutRequest {
        price: "price_1".to_owned(),
        organization_id: OrganizationId::new(SystemRandom.uuid()),
        tier: PlanTier::Pro,
        redirects: Redirects {
            success_url: rules.success(),
            cancel_url: rules.cancel(),
        },
        idempotency_key: SystemRandom.uuid().to_string(),
    }
}

fn checkouts(base: &str) -> StripeCheckouts {
    StripeCheckouts::new(&operator(base), SecretString::from(KEY)).unwrap()
}

fn refusal(status: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
    Answer::Kept([head.as_bytes(), body.as_bytes()].concat())
}

async fn outcome(answer: fn() -> Answer) -> Result<String, CheckoutError> {
    let server = Server::start(move |_| answer()).await;
    checkouts(&server.url("/")).create(&request()).await
}

#[tokio::test]
async fn a_request_has_its_headers_and_its_answer_a_url() {
    for (base, path) in [("", "/v1/"), ("/", "/v1/"), ("/stripe/", "/stripe/v1/")] {
        let server = Server::start(|_| ok(format!(r#"{{"id":"cs_1","url":"{URL}"}}"#))).await;
        let request = request();
        let made = checkouts(&server.url(base)).create(&request).await;
        assert_eq!(made.as_deref(), Ok(URL));
        let requests = server.requests();
        let sent = requests[0].to_ascii_lowercase();
        let line = format!("post {path}checkout/sessions http/1.1\r\n");
        assert!(sent.starts_with(&line), "{sent}");
        for header in [
            format!("authorization: bearer {KEY}\r\n"),
            format!("idempotency-key: {}\r\n", request.idempotency_key),
            "stripe-version: 2026-08-26.dahlia\r\n".to_owned(),
            "content-type: application/x-www-form-urlencoded\r\n".to_owned(),
        ] {
            assert!(sent.contains(&header), "{header} in {sent}");
        }
    }
}

/// An answer, its status, and the reason that is told.
type Case = (fn() -> Answer, u16, &'static str);

#[tokio::test]
async fn a_refusal_tells_status_and_reason_and_nothing_else() {
    let card = || {
        let error = r#"{"error":{"type":"card_error","code":"card_declined","message":"sk_test"}}"#;
        refusal("402 Payment Required", error)
    };
    let broken = || refusal("500 Oops", r#"{"error":{"type":"api_error"}}"#);
    let strange = || refusal("400 Bad", r#"{"error":{"code":"a\r\nb<c>"}}"#);
    let silent = || refusal("401 Unauthorized", "<html>");
    let cases: [Case; 4] = [
        (card, 402, "card_declined"),
        (broken, 500, "api_error"),
        (strange, 400, "abc"),
        (silent, 401, "no reason"),
    ];
    for (answer, status, reason) in cases {
        let reason = reason.to_owned();
        let wanted = CheckoutError::Rejected { status, reason };
        let error = outcome(answer).await.unwrap_err();
        assert_eq!(error, wanted);
        assert!(!error.to_string().contains("sk_test"));
    }
}

#[tokio::test]
async fn an_answer_without_a_url_is_of_no_use() {
    let answers: [fn() -> Answer; 4] = [
        || ok("{}"),
        || ok(r#"{"url":null}"#),
        || ok(r#"{"url":"/pay"}"#),
        || ok("not json"),
    ];
    for answer in answers {
        assert_eq!(outcome(answer).await, Err(CheckoutError::Unusable));
    }
}

#[tokio::test]
async fn the_key_is_not_taken_elsewhere() {
    let server = Server::start(|_| found("/elsewhere")).await;
    let made = checkouts(&server.url("")).create(&request()).await;
    let rejected = matches!(made, Err(CheckoutError::Rejected { status: 302, .. }));
    assert!(rejected, "{made:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_endless_answer_is_not_read() {
    let endless = || {
        let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        Answer::Endless(head, vec![b' '; 64 * 1024], Duration::ZERO)
    };
    let too_large = CheckoutError::Unreachable(FetchError::TooLarge);
    assert_eq!(outcome(endless).await, Err(too_large));
}

#[tokio::test]
async fn silence_is_not_waited_for() {
    let server = Server::start(|_| Answer::Stuck(Vec::new())).await;
    let short = Duration::from_millis(300);
    let lookup = Arc::new(agentidp_net::SystemLookup::new());
    let base = operator(&server.url(""));
    let key = SecretString::from(KEY);
    let checkouts = StripeCheckouts::with_lookup(&base, key, lookup, short).unwrap();
    let timeout = CheckoutError::Unreachable(FetchError::Timeout);
    assert_eq!(checkouts.create(&request()).await, Err(timeout));
    server.hung_up().await;
}

#[tokio::test(start_paused = true)]
async fn the_deadline_covers_everything() {
    let begin = Instant::now();
    let base = operator("https://stripe.example");
    let key = SecretString::from(KEY);
    let ten = Duration::from_secs(10);
    let checkouts = StripeCheckouts::with_lookup(&base, key, Arc::new(Silent), ten).unwrap();
    let timeout = CheckoutError::Unreachable(FetchError::Timeout);
    assert_eq!(checkouts.create(&request()).await, Err(timeout));
    assert_eq!(begin.elapsed().as_secs(), 10);
}

#[test]
fn the_key_is_not_shown() {
    let shown = format!("{:?}", checkouts("https://api.stripe.com"));
    assert!(!shown.contains(KEY), "{shown}");
    assert!(shown.contains("https://api.stripe.com/v1/checkout/sessions"));
}
