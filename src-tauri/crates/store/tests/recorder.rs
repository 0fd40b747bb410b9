//! Nothing given to the recorder is lost.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod common;

use std::{
    collections::HashSet,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use common::{NOW_MS, record};
use rusqlite::Connection;
use store::{
    Filter, RequestSink,
    record::RequestRecord,
    traffic::{self, Policy, Recorder, RecorderOptions},
};

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        thread::yield_now();
    }
}

/// Makes every write fail until it is undone.
fn break_log(dir: &std::path::Path) -> Connection {
    let connection = Connection::open(dir.join("traffic.db")).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection.execute_batch("ALTER TABLE details RENAME TO hidden").unwrap();
    connection
}

fn mend_log(connection: &Connection) {
    connection.execute_batch("ALTER TABLE hidden RENAME TO details").unwrap();
}

#[test]
fn sixty_four_tasks_and_room_for_sixteen_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = RecorderOptions { capacity: 16, policy: Policy::Refuse };
    let opened = traffic::open(dir.path(), options, NOW_MS).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let recorder = Arc::new(opened.recorder.clone());
    runtime.block_on(async {
        let tasks: Vec<_> = (0..64_u64)
            .map(|task| {
                let recorder = Arc::clone(&recorder);
                tokio::spawn(async move {
                    for n in 0..50 {
                        if let Err(back) = recorder.try_record(record(task * 50 + n, NOW_MS)) {
                            recorder.record(back).await;
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        recorder.flush().await.unwrap();
    });
    assert_eq!(opened.traffic.count_since(0).unwrap(), 3_200);
    let ids: HashSet<u128> = opened.traffic.export(Filter::default(), 500).flat_map(Result::unwrap).map(|row| row.id).collect();
    assert_eq!(ids.len(), 3_200, "each of them once");
    assert_eq!(opened.recorder.health().written, 3_200);
}

#[test]
fn stopping_writes_what_is_queued() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    for n in 0..1_000 {
        opened.recorder.try_record(record(n, NOW_MS)).unwrap();
    }
    opened.recorder.stop().unwrap();
    assert_eq!(opened.traffic.count_since(0).unwrap(), 1_000);
    opened.recorder.try_record(record(1_001, NOW_MS)).unwrap();
    assert_eq!(opened.recorder.health().dropped, 1, "what comes after the end is counted");
}

#[test]
fn what_was_flushed_is_there_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let first = common::open(dir.path());
    first.recorder.try_record(record(1, NOW_MS)).unwrap();
    first.recorder.flush_blocking().unwrap();
    // Not closed: as after kill -9, the write-ahead log is still beside the file.
    std::mem::forget(first);
    let again = common::open(dir.path());
    assert_eq!(again.report, traffic::OpenReport::default());
    assert!(again.traffic.integrity_check().unwrap().is_empty());
    assert_eq!(again.traffic.count_since(0).unwrap(), 1);
    again.recorder.try_record(record(2, NOW_MS)).unwrap();
    again.recorder.flush_blocking().unwrap();
    assert_eq!(again.traffic.count_since(0).unwrap(), 2, "the same millisecond has room for both");
}

#[test]
fn a_log_that_cannot_be_written_refuses_and_then_catches_up() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let breaker = break_log(dir.path());
    assert!(opened.recorder.accepts());
    opened.recorder.try_record(record(1, NOW_MS)).unwrap();
    wait_until("the failure shows", || opened.recorder.health().failing.is_some());
    assert!(!opened.recorder.accepts());
    let health = opened.recorder.health();
    assert_eq!((health.queued, health.written, health.dropped), (1, 0, 0));
    assert!(health.failing.unwrap().message.starts_with("traffic.db cannot be written"));
    mend_log(&breaker);
    opened.recorder.flush_blocking().unwrap();
    assert!(opened.recorder.accepts());
    assert_eq!(opened.traffic.count_since(0).unwrap(), 1, "written once, not once per try");
    assert!(opened.traffic.get(common::id(1, NOW_MS)).unwrap().is_some());
}

#[test]
fn by_setting_traffic_goes_on_and_what_does_not_fit_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let options = RecorderOptions { capacity: 4, policy: Policy::Continue };
    let opened = traffic::open(dir.path(), options, NOW_MS).unwrap();
    let breaker = break_log(dir.path());
    opened.recorder.try_record(record(0, NOW_MS)).unwrap();
    wait_until("the failure shows", || opened.recorder.health().failing.is_some());
    assert!(opened.recorder.accepts());
    for n in 1..10 {
        opened.recorder.try_record(record(n, NOW_MS)).unwrap();
    }
    assert_eq!(opened.recorder.health().dropped, 6);
    mend_log(&breaker);
    opened.recorder.flush_blocking().unwrap();
    assert_eq!(opened.traffic.count_since(0).unwrap(), 4);
}

#[test]
fn stopping_while_the_log_cannot_be_written_says_what_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let _breaker = break_log(dir.path());
    opened.recorder.try_record(record(1, NOW_MS)).unwrap();
    let lost = opened.recorder.stop().unwrap_err();
    assert!(lost.to_string().contains("1 requests could not be written"), "{lost}");
    assert!(opened.recorder.flush_blocking().is_err());
}

#[test]
fn a_record_that_cannot_be_stored_does_not_hold_up_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let connection = Connection::open(dir.path().join("traffic.db")).unwrap();
    connection.execute_batch("CREATE TRIGGER refuse BEFORE INSERT ON contents BEGIN SELECT RAISE(ABORT, 'not this one'); END").unwrap();
    let bad = RequestRecord { request_body: Some("hello".into()), ..*record(1, NOW_MS) };
    opened.recorder.try_record(Box::new(bad)).unwrap();
    opened.recorder.try_record(record(2, NOW_MS)).unwrap();
    opened.recorder.flush_blocking().unwrap();
    let health = opened.recorder.health();
    assert_eq!((health.written, health.dropped, health.failing), (1, 1, None));
    assert_eq!(opened.traffic.count_since(0).unwrap(), 1, "the one that failed left no half");
}

#[test]
fn the_recorder_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Recorder>();
}
