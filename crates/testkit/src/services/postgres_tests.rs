//! Tests of the throw-away PostgreSQL server.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::*;
use crate::services::programs::is_running;

/// Marks the run of this test binary that plays the killed test run.
const VICTIM: &str = "TESTKIT_VICTIM";

#[test]
fn databases_are_created_copied_and_dropped() {
    let server = Postgres::start().unwrap();
    server.create_database("first \"quoted\"").unwrap();
    server.create_database("template").unwrap();
    server
        .query(
            "template",
            "CREATE TABLE t AS SELECT generate_series(1, 3) AS id",
        )
        .unwrap();
    server.create_database_from("copy", "template").unwrap();
    assert_eq!(
        server
            .query("copy", "SELECT id FROM t ORDER BY id")
            .unwrap(),
        "1\n2\n3"
    );
    let error = server.create_database("copy").unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
    server.drop_database("copy").unwrap();
    assert!(server.query("copy", "SELECT 1").is_err());
}

#[test]
fn the_ordinary_role_owns_its_database_and_is_no_superuser() {
    let server = Postgres::start().unwrap();
    server.create_database("app").unwrap();
    let sql =
        "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user";
    assert_eq!(psql(&server.url("app"), sql).unwrap(), "agentidp|f|f");
    assert_eq!(
        psql(&server.superuser_url("app"), sql).unwrap(),
        "postgres|t|t"
    );
    psql(&server.url("app"), "CREATE TABLE own (id int)").unwrap();
}

#[test]
fn settings_follow_the_options() {
    let sql = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), \
               current_setting('listen_addresses'), current_setting('max_connections')";
    let fast = Postgres::start().unwrap();
    assert_eq!(
        fast.query("postgres", sql).unwrap(),
        "off|off|127.0.0.1|200"
    );
    let durable = Postgres::start_with(Options { durable: true }).unwrap();
    assert_eq!(
        durable.query("postgres", sql).unwrap(),
        "on|on|127.0.0.1|200"
    );
}

#[test]
fn data_survives_restart_and_kill() {
    let mut server = Postgres::start_with(Options { durable: true }).unwrap();
    let url = server.url("postgres");
    server
        .query(
            "postgres",
            "CREATE TABLE t (id int); INSERT INTO t VALUES (1)",
        )
        .unwrap();
    server.stop().unwrap();
    assert!(server.query("postgres", "SELECT 1").is_err());
    server.start_again().unwrap();
    server
        .query("postgres", "INSERT INTO t VALUES (2)")
        .unwrap();
    server.kill().unwrap();
    server.start_again().unwrap();
    assert_eq!(
        server.query("postgres", "SELECT sum(id) FROM t").unwrap(),
        "3"
    );
    server.restart().unwrap();
    assert_eq!(server.url("postgres"), url);
    assert!(
        server
            .start_again()
            .unwrap_err()
            .to_string()
            .contains("runs already")
    );
}

#[test]
fn a_paused_server_freezes_its_connections_too() {
    let mut server = Postgres::start().unwrap();
    let mut client = Command::new(server.bin.join("psql"))
        .args(["-X", "-A", "-t", "-d", &server.superuser_url("postgres")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = client.stdin.take().unwrap();
    let output = BufReader::new(client.stdout.take().unwrap());
    let (sender, answers) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        output
            .lines()
            .map_while(Result::ok)
            .for_each(|line| sender.send(line).unwrap());
    });

    writeln!(input, "SELECT 'before';").unwrap();
    assert_eq!(answers.recv().unwrap(), "before");
    server.pause().unwrap();
    writeln!(input, "SELECT 'after';").unwrap();
    assert!(answers.recv_timeout(Duration::from_millis(300)).is_err());
    server.resume().unwrap();
    assert_eq!(answers.recv().unwrap(), "after");

    drop(input);
    assert!(client.wait().unwrap().success());
    reader.join().unwrap();
}

#[test]
fn drop_ends_all_processes_and_removes_the_directory() {
    for prepare in [|_: &mut Postgres| Ok(()), Postgres::pause, Postgres::kill] {
        let mut server = Postgres::start().unwrap();
        let pid = server.pid().unwrap();
        let mut processes = children(pid);
        processes.push(pid);
        let directory = server.guard.path().to_owned();
        prepare(&mut server).unwrap();
        drop(server);
        assert!(processes.iter().all(|pid| !is_running(*pid)));
        assert!(!directory.exists());
    }
}

/// Run by the next test in a process of its own: starts a server and waits to
/// be killed. In a normal run it has nothing to do.
#[test]
fn victim_starts_a_server_and_waits() {
    let Ok(report) = env::var(VICTIM) else {
        return;
    };
    let server = Postgres::start().unwrap();
    let text = format!(
        "{} {}",
        server.pid().unwrap(),
        server.guard.path().display()
    );
    let unfinished = format!("{report}.tmp");
    fs::write(&unfinished, text).unwrap();
    fs::rename(unfinished, report).unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_test_run_leaves_no_server_behind() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report");
    let mut victim = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "services::postgres::tests::victim_starts_a_server_and_waits",
        ])
        .env(VICTIM, &report)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !report.exists() {
        assert!(Instant::now() < deadline && victim.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    let text = fs::read_to_string(&report).unwrap();
    let (pid, data) = text.split_once(' ').unwrap();
    let pid = pid.parse().unwrap();
    assert!(is_running(pid));
    victim.kill().unwrap();
    victim.wait().unwrap();
    wait_until_gone(&[pid]).unwrap();
    while Path::new(data).exists() {
        assert!(Instant::now() < deadline, "{data} is still there");
        std::thread::yield_now();
    }
}
