//! The connection itself.

use std::sync::Arc;

use agentidp_domain::metrics::NoMetrics;
use agentidp_redis::{Redis, RedisError};
use secrecy::SecretString;

use crate::support::{Commands, open, url};

#[tokio::test]
async fn a_ping_is_answered_and_measured() {
    let Some(url) = url() else { return };
    let commands = Arc::new(Commands::default());
    let redis = Redis::new(SecretString::from(url), commands.clone()).unwrap();
    redis.ping().await.unwrap();
    assert_eq!(commands.names(), ["PING"]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_without_the_url() {
    // Port 1 of the machine itself: nobody listens there.
    let redis = open("redis://:hunter2@127.0.0.1:1/");
    let error = redis.ping().await.unwrap_err();
    for text in [
        error.to_string(),
        format!("{error:?}"),
        format!("{redis:?}"),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!text.contains("127.0.0.1"), "{text}");
    }
}

#[test]
fn a_wrong_url_is_refused_without_showing_it() {
    for url in [
        "",
        "hunter2",
        "http://hunter2@localhost",
        "redis://hunter2:x@host:port/",
    ] {
        let error = Redis::new(SecretString::from(url), Arc::new(NoMetrics)).unwrap_err();
        assert!(matches!(error, RedisError::InvalidUrl), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn tls_urls_are_understood() {
    assert!(
        Redis::new(
            SecretString::from("rediss://host:6380/1"),
            Arc::new(NoMetrics)
        )
        .is_ok()
    );
}
