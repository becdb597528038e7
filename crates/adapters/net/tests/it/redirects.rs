//! Redirects on the same origin and elsewhere.

use agentidp_domain::outbound::{DocumentFetcher, FetchError};
use agentidp_net::GuardedFetcher;

use crate::support::lookup::Script;
use crate::support::server::{Server, found, head, ok};
use crate::support::{open, operator, settings, stranger};

/// Leads from `/n` to `/n-1` and so on to the document at `/0`.
async fn staircase() -> Server {
    Server::start(|path| match path {
        "/0" => ok("keys"),
        _ => found(&format!("/{}", path[1..].parse::<u8>().unwrap() - 1)),
    })
    .await
}

#[tokio::test]
async fn three_redirects_on_the_same_origin_are_followed() {
    let server = staircase().await;
    let fetcher = open();
    for steps in 0..=3 {
        let url = server.url(&format!("/{steps}"));
        for url in [stranger(&url), operator(&url)] {
            assert_eq!(fetcher.get(&url).await, Ok(b"keys".to_vec()), "{url:?}");
        }
    }
}

#[tokio::test]
async fn a_fourth_redirect_is_not_followed() {
    let server = staircase().await;
    assert_eq!(
        open().get(&stranger(&server.url("/4"))).await,
        Err(FetchError::Status(302))
    );
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_loop_ends() {
    let server = Server::start(|path| found(if path == "/a" { "/b" } else { "/a" })).await;
    assert_eq!(
        open().get(&stranger(&server.url("/a"))).await,
        Err(FetchError::Status(302))
    );
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn every_kind_of_redirect_counts() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(move |path| match path {
            "/" => head(&format!("{status} Moved\r\nLocation: to/keys?a=b#c")),
            "/to/keys?a=b" => ok("keys"),
            _ => head("404 Not Found"),
        })
        .await;
        let url = stranger(&server.url("/"));
        assert_eq!(open().get(&url).await, Ok(b"keys".to_vec()), "{status}");
    }
}

#[tokio::test]
async fn an_absolute_location_on_the_same_origin_is_followed() {
    // The client names its port, so the server can name it in turn.
    let server = Server::start(|path| match path.strip_prefix("/to/") {
        Some(port) => found(&format!("http://127.0.0.1:{port}/keys")),
        None => ok("keys"),
    })
    .await;
    let url = stranger(&server.url(&format!("/to/{}", server.port())));
    assert_eq!(open().get(&url).await, Ok(b"keys".to_vec()));
}

#[tokio::test]
async fn no_redirect_leads_elsewhere() {
    let other = Server::start(|_| ok("secret")).await;
    let port = other.port();
    // Whether addresses are refused does not matter: the origin alone decides.
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("https://partner.example:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://partner.example/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "data:text/plain,keys".to_owned(),
        "http://".to_owned(),
        "\u{e9}".to_owned(),
    ] {
        let target = location.clone();
        let server = Server::start(move |_| found(&target)).await;
        let lookup = Script::new(&[&["127.0.0.1"]]);
        let fetcher = GuardedFetcher::with_lookup(settings(true), lookup.clone()).unwrap();
        let url = server.at("partner.example", "/");
        for url in [stranger(&url), operator(&url)] {
            assert_eq!(
                fetcher.get(&url).await,
                Err(FetchError::Status(302)),
                "{location}"
            );
        }
        assert_eq!(lookup.asked(), ["partner.example"; 2], "{location}");
        assert_eq!(server.requests().len(), 2, "{location}");
    }
    assert_eq!(other.connections().await, 0);
}

#[tokio::test]
async fn the_same_host_in_another_way_is_elsewhere() {
    let server = Server::start(|path| {
        let (kind, port) = path[1..].split_once('/').unwrap_or_default();
        match kind {
            "name" => found(&format!("http://localhost:{port}/")),
            "scheme" => found(&format!("https://127.0.0.1:{port}/")),
            "user" => found(&format!("http://user@127.0.0.1:{port}/")),
            "password" => found(&format!("http://user:password@127.0.0.1:{port}/")),
            _ => ok("keys"),
        }
    })
    .await;
    let fetcher = open();
    for kind in ["name", "scheme", "user", "password"] {
        let url = stranger(&server.url(&format!("/{kind}/{}", server.port())));
        assert_eq!(
            fetcher.get(&url).await,
            Err(FetchError::Status(302)),
            "{kind}"
        );
    }
    assert_eq!(server.connections().await, 4);
}
