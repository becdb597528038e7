//! The disk of the embedded store is full, or read-only.
//!
//! A disk cannot be made read-only under a running server: the kernel refuses
//! while files are open for writing.

use super::scene::full_for_a_while;
use crate::harness::{HEAVY, Installation};

/// Room for the data directory, in MiB, and some more.
const DISK: u32 = 24;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing() {
    let Some((installation, disk)) = Installation::embedded_on_small_disk(DISK) else {
        return;
    };
    if !installation.database.is_accessible() {
        return;
    }
    let _turn = HEAVY.acquire().await;
    full_for_a_while(&installation, &disk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_on_a_read_only_disk() {
    let Some((installation, disk)) = Installation::embedded_on_small_disk(DISK) else {
        return;
    };
    let server = installation.start();
    let admin = installation.admin();
    server.api.token(&admin, "").await;
    let _ = server.stop();
    disk.set_read_only(true).unwrap();
    let start = installation.run(&["serve"]);
    let output = format!("{}{}", start.stdout, start.stderr);
    assert_ne!(start.code, 0, "{output}");
    for part in ["Failed to start server", "agentidp.db"] {
        assert!(output.contains(part), "no {part:?} in\n{output}");
    }
    disk.set_read_only(false).unwrap();
    installation.start().api.token(&admin, "").await;
}
