//! Who may be asked for whom.

use agentidp_domain::outbound::{DocumentFetcher, FetchError};
use agentidp_net::GuardedFetcher;

use crate::support::lookup::Script;
use crate::support::server::{Server, ok};
use crate::support::{PUBLIC, guarded, open, operator, settings, stranger};

/// Loopback in all notations, then other addresses that are not public.
const FORBIDDEN: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0177.0x0.1",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.0.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[5f00::1]",
];

#[tokio::test]
async fn a_stranger_reaches_no_address_that_is_not_public() {
    let server = Server::start(|_| ok("secret")).await;
    let fetcher = guarded();
    for host in FORBIDDEN {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{}/", server.port());
            assert_eq!(
                fetcher.get(&stranger(&url)).await,
                Err(FetchError::ForbiddenAddress),
                "{url}"
            );
        }
    }
    assert_eq!(server.connections().await, 0);
}

#[tokio::test]
async fn a_stranger_reaches_no_name_of_the_own_host() {
    let server = Server::start(|_| ok("secret")).await;
    let fetcher = guarded();
    for host in ["localhost", "LOCALHOST"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{}/", server.port());
            assert_eq!(
                fetcher.get(&stranger(&url)).await,
                Err(FetchError::ForbiddenAddress),
                "{url}"
            );
        }
    }
    assert_eq!(server.connections().await, 0);
}

#[tokio::test]
async fn one_forbidden_address_spoils_a_name() {
    let server = Server::start(|_| ok("secret")).await;
    for answer in [
        &["127.0.0.1"][..],
        &[PUBLIC, "127.0.0.1"],
        &["127.0.0.1", PUBLIC],
        &[PUBLIC, "2003::1", "::ffff:127.0.0.1"],
        &[PUBLIC, "fd00::1"],
        &["169.254.169.254"],
    ] {
        let lookup = Script::new(&[answer]);
        let fetcher = GuardedFetcher::with_lookup(settings(false), lookup.clone()).unwrap();
        let url = stranger(&server.at("partner.example", "/"));
        assert_eq!(
            fetcher.get(&url).await,
            Err(FetchError::ForbiddenAddress),
            "{answer:?}"
        );
        assert_eq!(lookup.asked(), ["partner.example"]);
    }
    assert_eq!(server.connections().await, 0);
}

#[tokio::test]
async fn an_operator_reaches_the_own_host() {
    let server = Server::start(|_| ok("keys")).await;
    let fetcher = guarded();
    for host in ["127.0.0.1", "localhost"] {
        let url = operator(&server.at(host, "/jwks"));
        assert_eq!(fetcher.get(&url).await, Ok(b"keys".to_vec()), "{host}");
    }
    assert_eq!(server.connections().await, 2);
}

#[tokio::test]
async fn a_stranger_does_so_with_the_development_switch() {
    let server = Server::start(|_| ok("keys")).await;
    let fetcher = open();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = stranger(&server.at(host, "/jwks"));
        assert_eq!(fetcher.get(&url).await, Ok(b"keys".to_vec()), "{host}");
    }
    assert_eq!(server.connections().await, 3);
}

#[tokio::test]
async fn a_connection_of_the_operator_is_not_lent_to_a_stranger() {
    let server = Server::start(|_| ok("keys")).await;
    let lookup = Script::new(&[&["127.0.0.1"]]);
    let fetcher = GuardedFetcher::with_lookup(settings(false), lookup.clone()).unwrap();
    let url = server.at("keys.example", "/");
    assert_eq!(fetcher.get(&operator(&url)).await, Ok(b"keys".to_vec()));
    assert_eq!(
        fetcher.get(&stranger(&url)).await,
        Err(FetchError::ForbiddenAddress)
    );
    assert_eq!(lookup.asked().len(), 2);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.connections().await, 1);
}

#[tokio::test]
async fn a_name_without_addresses_is_unreachable() {
    let lookup = Script::new(&[&[]]);
    let fetcher = GuardedFetcher::with_lookup(settings(false), lookup).unwrap();
    assert_eq!(
        fetcher.get(&stranger("https://partner.example/")).await,
        Err(FetchError::Unreachable(
            "name resolution: no address".into()
        ))
    );
}
