//! The data directory: modes, locks, damage, newer schemas, backups.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod common;

use std::{fs, path::Path};

use rusqlite::Connection;
use store::{
    ConfigStore, RequestSink, StoreError,
    config::Audit,
    filter::Filter,
    lock::Lock,
    traffic::{self, RecorderOptions},
};

fn set_schema(file: &Path, version: u32) {
    Connection::open(file).unwrap().pragma_update(None, "user_version", version).unwrap();
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_data_directory() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let _lock = Lock::acquire(&dir, 1).unwrap();
    let _configs = ConfigStore::open(&dir).unwrap();
    let opened = common::open(&dir);
    opened.recorder.try_record(common::record(1, common::NOW_MS)).unwrap();
    opened.recorder.flush_blocking().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 5, "the write-ahead logs are among them: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_second_instance_is_told_who_holds_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Lock::holder(dir.path()), None);
    let mut lock = Lock::acquire(dir.path(), 5).unwrap();
    lock.publish("127.0.0.1:8642").unwrap();
    let refused = Lock::acquire(dir.path(), 6).unwrap_err();
    assert!(matches!(&refused, StoreError::Locked { pid: Some(pid), .. } if *pid == std::process::id()));
    assert!(refused.to_string().contains("127.0.0.1:8642"), "{refused}");
    let holder = Lock::holder(dir.path()).unwrap();
    assert_eq!((holder.pid, holder.started_at_ms), (std::process::id(), 5));
    drop(lock);
    assert_eq!(Lock::holder(dir.path()), None);
    Lock::acquire(dir.path(), 7).unwrap();
}

#[test]
fn a_newer_schema_is_refused_in_both_files() {
    let dir = tempfile::tempdir().unwrap();
    drop(ConfigStore::open(dir.path()).unwrap());
    drop(common::open(dir.path()));
    for file in ["modelux.db", "traffic.db"] {
        set_schema(&dir.path().join(file), 99);
    }
    let configs = ConfigStore::open(dir.path()).unwrap_err();
    let traffic = traffic::open(dir.path(), RecorderOptions::default(), 1).unwrap_err();
    for refused in [configs, traffic] {
        assert!(matches!(refused, StoreError::NewerSchema { found: 99, .. }));
        let message = refused.to_string();
        assert!(message.contains("schema 99; this program knows"), "{message}");
        assert!(message.contains("--data-dir"), "{message}");
    }
}

#[test]
fn a_migration_leaves_a_copy_of_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("modelux.db");
    // As an old release would have left it: its first table and nothing else.
    let old = Connection::open(&file).unwrap();
    old.execute_batch(
        "CREATE TABLE configs (slug TEXT PRIMARY KEY, description TEXT NOT NULL, active_version INTEGER NOT NULL,
           latest_version INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL,
           archived_at_ms INTEGER) STRICT, WITHOUT ROWID;
         INSERT INTO configs VALUES ('kept', '', 1, 1, 1, 1, NULL);
         PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(old);
    let store = ConfigStore::open(dir.path()).unwrap();
    store.write(|tx| tx.set_setting("a", "1", Audit { who: "ann", action: "test", at_ms: 1 })).unwrap();
    let copy = Connection::open(dir.path().join("modelux.db.bak-v1")).unwrap();
    let slug: String = copy.query_row("SELECT slug FROM configs", [], |row| row.get(0)).unwrap();
    assert_eq!(slug, "kept");
}

#[test]
fn a_damaged_log_is_moved_aside_and_a_new_one_begun() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("traffic.db");
    fs::write(&file, vec![b'x'; 8_192]).unwrap();
    let opened = common::open(dir.path());
    let aside = opened.report.moved_aside.unwrap();
    assert_eq!(aside, dir.path().join(format!("traffic.db.corrupt-{}", common::NOW_MS)));
    assert_eq!(fs::read(&aside).unwrap(), vec![b'x'; 8_192]);
    opened.recorder.try_record(common::record(1, common::NOW_MS)).unwrap();
    opened.recorder.stop().unwrap();
    assert_eq!(opened.traffic.page(&Filter::default(), 10, None).unwrap().rows.len(), 1);
    drop(opened.traffic);
    fs::write(&file, vec![b'y'; 8_192]).unwrap();
    let _beside = ["-wal", "-shm"].map(|suffix| fs::remove_file(dir.path().join(format!("traffic.db{suffix}"))));
    let again = common::open(dir.path()).report.moved_aside.unwrap();
    assert_ne!(again, aside, "what was moved aside is never overwritten");
}

#[test]
fn a_damaged_config_file_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("modelux.db");
    fs::write(&file, vec![b'x'; 8_192]).unwrap();
    let refused = ConfigStore::open(dir.path()).unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
    assert!(refused.to_string().contains("Put back a backup"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), vec![b'x'; 8_192]);
}
