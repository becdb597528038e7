//! Variables of the environment.

use agentidp_domain::outbound::DocumentFetcher;

use crate::support::server::{Server, ok};
use crate::support::{open, operator, run_again, stranger};

/// Set in the process that has proxies.
const URL: &str = "AGENTIDP_TEST_PROXIED_URL";

#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    if let Ok(url) = std::env::var(URL) {
        let fetcher = open();
        for url in [stranger(&url), operator(&url)] {
            assert_eq!(fetcher.get(&url).await, Ok(b"keys".to_vec()));
        }
        return;
    }
    let server = Server::start(|_| ok("keys")).await;
    let proxy = Server::start(|_| ok("from the proxy")).await;
    let way = proxy.url("");
    run_again(
        "environment::proxies_of_the_environment_are_not_used",
        &[
            (URL, &server.url("/")),
            ("http_proxy", &way),
            ("HTTP_PROXY", &way),
            ("https_proxy", &way),
            ("HTTPS_PROXY", &way),
            ("all_proxy", &way),
            ("ALL_PROXY", &way),
        ],
    )
    .await;
    assert_eq!(proxy.connections().await, 0);
    assert_eq!(server.connections().await, 2);
}
