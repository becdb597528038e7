//! How connections to PostgreSQL begin. No database is needed for that.

use std::time::Duration;

use agentidp_sql::PostgresStore;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::harness::settings;

/// What a client sends first when it wants TLS: length and code of `SSLRequest`
/// (PostgreSQL, Message Formats).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

#[tokio::test]
async fn tls_is_used_when_the_url_asks_for_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for (mode, tls) in [
        ("", false),
        ("?sslmode=disable", false),
        ("?sslmode=require", true),
        ("?sslmode=verify-full", true),
    ] {
        let settings = settings(&format!("postgres://u@127.0.0.1:{port}/d{mode}"));
        let first = async {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut first = [0; 8];
            client.read_exact(&mut first).await.unwrap();
            first
        };
        // Whoever is hung up on has no database.
        let first = timeout(Duration::from_secs(20), first);
        let (refused, first) = tokio::join!(PostgresStore::schema_state(&settings), first);
        assert!(refused.is_err(), "{mode}");
        assert_eq!(first.unwrap() == SSL_REQUEST, tls, "{mode}");
    }
}

#[tokio::test]
async fn neither_errors_nor_debug_output_show_the_password() {
    let settings = settings("postgres://u:hunter2@h:port/d");
    let error = PostgresStore::schema_state(&settings).await.unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert!(!format!("{settings:?}").contains("hunter2"));
}
