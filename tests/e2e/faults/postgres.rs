//! PostgreSQL hangs, has no connection left, is read-only, or has a full disk.
//! Away and killed: see [`crate::postgres_outage`].

use std::time::Duration;

use super::scene::{Scene, Writes, full_for_a_while};
use crate::harness::{HEAVY, Installation, until};

/// Room for the database, in MiB, and some more.
const DISK: u32 = 48;
/// Time for the server's end of a closed connection.
const CLOSED: Duration = Duration::from_secs(30);

/// Connections the server under test has.
const OWN: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'agentidp'";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_is_given_up_in_time() {
    let Some(mut installation) = Installation::on_own_cluster(false) else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let scene = Scene::set(&installation).await;
    installation.database.cluster().pause().unwrap();
    // It goes on to take connections: the kernel does. A request waits for an
    // answer for a while, not for ever.
    scene.suffers(Writes::Refused).await;
    installation.database.cluster().resume().unwrap();
    scene.heals(&installation).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_free_connection_is_an_outage() {
    let Some(mut installation) = Installation::on_own_cluster(false) else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let scene = Scene::set(&installation).await;
    // The server cannot take one back while its own are cut and all are taken.
    scene.server.signal("STOP");
    let database = &installation.database;
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'agentidp'",
    );
    until("its connections are cut", CLOSED, || async {
        database.number(OWN) == 0
    })
    .await;
    let hoard = installation
        .database
        .cluster()
        .take_all_connections()
        .unwrap();
    println!("{} connections taken", hoard.len());
    scene.server.signal("CONT");
    scene.suffers(Writes::Refused).await;
    let taken = i64::try_from(hoard.len()).unwrap();
    drop(hoard);
    let database = &installation.database;
    until("the connections are given back", CLOSED, || async {
        let count = database.try_sql(&["SELECT count(*) FROM pg_stat_activity"]);
        count.is_ok_and(|count| count.parse::<i64>().unwrap() < taken / 2)
    })
    .await;
    scene.heals(&installation).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_serves_reads_and_refuses_the_rest() {
    let Some(installation) = Installation::on_own_cluster(false) else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let scene = Scene::set(&installation).await;
    let database = &installation.database;
    database.sql("ALTER SYSTEM SET default_transaction_read_only = on");
    database.sql("SELECT pg_reload_conf()");
    scene.suffers(Writes::Refused).await;
    scene.reads().await;
    database.sql("ALTER SYSTEM RESET default_transaction_read_only");
    database.sql("SELECT pg_reload_conf()");
    scene.heals(&installation).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing() {
    let Some((installation, disk)) = Installation::on_own_cluster_with_small_disk(DISK) else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    full_for_a_while(&installation, &disk).await;
}
