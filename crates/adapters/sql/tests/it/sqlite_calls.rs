//! The order of calls to SQLite, which no store shows from outside.

use std::sync::mpsc;

use blocking::Blocking;
use diesel_async::sync_connection_wrapper::SpawnBlocking;
use tokio::runtime::{Builder, Runtime};

#[path = "../../src/sqlite/blocking.rs"]
mod blocking;

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap()
}

#[test]
fn calls_keep_their_order_over_busy_and_idle_threads() {
    let (busy, idle) = (runtime(), runtime());
    let (release, held) = mpsc::channel::<()>();
    let blocker = busy.spawn_blocking(move || held.recv());
    let (said, heard) = mpsc::channel();
    let mut calls = Blocking::get_runtime();
    let mut call = |runtime: &Runtime, word| {
        let (_inside, said) = (runtime.enter(), said.clone());
        calls.spawn_blocking(move || said.send(word).unwrap())
    };
    // Nobody waits for the first one any more.
    drop(call(&busy, "insert"));
    let last = call(&idle, "rollback");
    assert!(heard.try_recv().is_err(), "out of order");
    release.send(()).unwrap();
    idle.block_on(last).unwrap();
    busy.block_on(blocker).unwrap().unwrap();
    assert_eq!([heard.recv(), heard.recv()], [Ok("insert"), Ok("rollback")]);
}

#[test]
fn a_call_that_panics_holds_nobody_up() {
    let here = runtime();
    let _inside = here.enter();
    let mut calls = Blocking::get_runtime();
    let panicking = calls.spawn_blocking(|| panic!("on purpose"));
    let last = calls.spawn_blocking(|| 7);
    assert!(here.block_on(panicking).is_err());
    assert_eq!(here.block_on(last).unwrap(), 7);
}
