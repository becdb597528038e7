//! Answers of the DNS that change between check and use.

use std::time::Duration;

use agentidp_domain::outbound::{DocumentFetcher, FetchError};
use agentidp_net::{FetcherSettings, GuardedFetcher};

use crate::support::lookup::Script;
use crate::support::server::{Server, found, ok};
use crate::support::{PUBLIC, settings, stranger};

#[tokio::test]
async fn the_connection_goes_to_what_was_checked() {
    let server = Server::start(|_| ok("secret")).await;
    let lookup = Script::new(&[&[PUBLIC], &["127.0.0.1"]]);
    // Nobody answers at the first address; some machines find that out at once.
    let settings = FetcherSettings {
        deadline: Duration::from_millis(500),
        ..FetcherSettings::default()
    };
    let fetcher = GuardedFetcher::with_lookup(settings, lookup.clone()).unwrap();
    let url = stranger(&server.at("partner.example", "/"));

    let first = fetcher.get(&url).await;
    assert!(
        matches!(first, Err(FetchError::Unreachable(_) | FetchError::Timeout)),
        "{first:?}"
    );
    assert_eq!(lookup.asked(), ["partner.example"]);
    assert_eq!(server.connections().await, 0);

    // The next request is checked again.
    assert_eq!(fetcher.get(&url).await, Err(FetchError::ForbiddenAddress));
    assert_eq!(lookup.asked().len(), 2);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_name_is_resolved_once_for_each_request() {
    let server = Server::start(|path| match path {
        "/" => found("/moved"),
        _ => ok("keys"),
    })
    .await;
    let lookup = Script::new(&[&["127.0.0.1"]]);
    let fetcher = GuardedFetcher::with_lookup(settings(true), lookup.clone()).unwrap();
    let url = stranger(&server.at("partner.example", "/moved"));
    assert_eq!(fetcher.get(&url).await, Ok(b"keys".to_vec()));
    assert_eq!(lookup.asked(), ["partner.example"]);
    let host = format!("host: partner.example:{}\r\n", server.port());
    assert!(
        server.requests()[0].contains(&host),
        "{:?}",
        server.requests()
    );

    // A redirect is a request too.
    let url = stranger(&server.at("partner.example", "/"));
    assert_eq!(fetcher.get(&url).await, Ok(b"keys".to_vec()));
    assert_eq!(lookup.asked().len(), 3);
}
