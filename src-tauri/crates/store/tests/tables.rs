//! Providers, keys, settings and kept answers.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use store::{
    ConfigStore, StoreError,
    config::{Answer, Audit, Key, KeyKind, NewProvider},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn at(at_ms: i64) -> Audit<'static> {
    Audit { who: "ann", action: "test", at_ms }
}

#[test]
fn a_provider_is_put_changed_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = ConfigStore::open(dir.path()).unwrap();
    let provider = NewProvider {
        name: "alpha",
        kind: "openai_compatible",
        base_url: Some("http://127.0.0.1:9001/v1"),
        headers: r#"{"x-secret":"hush"}"#,
        credential: Some(r#"{"env":"ALPHA_KEY"}"#),
        credentials: r#"{"backup":{"env":"BACKUP_KEY"}}"#,
        options: r#"{"region":"eu-central-1"}"#,
        models: "[]",
        enabled: true,
    };
    let put = store.write(|tx| tx.put_provider(provider, at(1))).unwrap();
    assert_eq!((put.credentials.as_str(), put.options.as_str()), (provider.credentials, provider.options));
    let changed = store.write(|tx| tx.put_provider(NewProvider { enabled: false, ..provider }, at(2))).unwrap();
    assert_eq!((changed.enabled, changed.created_at_ms, changed.updated_at_ms), (false, 1, 2));
    store.write(|tx| tx.delete_provider("alpha", at(3))).unwrap();
    assert!(store.read(|view| view.providers()).unwrap().is_empty());
    let missing = store.write(|tx| tx.delete_provider("alpha", at(4))).unwrap_err();
    assert_eq!(missing.to_string(), r#"there is no provider "alpha""#);
    let audit = store.read(|view| view.audit_entries(None, 10)).unwrap();
    assert_eq!(audit.len(), 3);
    assert!(!format!("{audit:?}").contains("hush"), "headers may hold secrets");
}

#[test]
fn a_provider_of_an_earlier_release_has_one_credential_and_no_options() {
    let dir = tempfile::tempdir().unwrap();
    drop(ConfigStore::open(dir.path()).unwrap());
    // As the release left it that knew one credential a provider.
    let earlier = rusqlite::Connection::open(dir.path().join("modelux.db")).unwrap();
    earlier
        .execute_batch(
            "ALTER TABLE providers DROP COLUMN credentials;
             ALTER TABLE providers DROP COLUMN options;
             INSERT INTO providers VALUES ('alpha', 'openai', NULL, '{}', '{\"env\":\"ALPHA_KEY\"}', '[]', 1, 1, 1);
             DROP TABLE imported_models;
             PRAGMA user_version = 8;",
        )
        .unwrap();
    drop(earlier);
    let store = ConfigStore::open(dir.path()).unwrap();
    let alpha = store.read(|view| view.provider("alpha")).unwrap().unwrap();
    assert_eq!((alpha.credentials.as_str(), alpha.options.as_str()), ("{}", "{}"));
    assert_eq!(alpha.credential.as_deref(), Some(r#"{"env":"ALPHA_KEY"}"#));
}

#[test]
fn a_revoked_key_stays_listed() {
    let dir = tempfile::tempdir().unwrap();
    let store = ConfigStore::open(dir.path()).unwrap();
    let key = Key {
        id: "key_1".to_owned(),
        kind: KeyKind::App,
        name: "ide".to_owned(),
        hash: [7; 32],
        prefix: "mlx_sk_ab12…".to_owned(),
        default_tags: "{}".to_owned(),
        allowed_configs: None,
        per_minute: Some(60),
        created_at_ms: 1,
        expires_at_ms: None,
        last_used_at_ms: None,
        revoked_at_ms: None,
    };
    store.write(|tx| tx.insert_key(&key, at(1))).unwrap();
    store.write(|tx| tx.touch_keys(&[("key_1".to_owned(), 5)])).unwrap();
    store.write(|tx| tx.revoke_key("key_1", at(6))).unwrap();
    store.write(|tx| tx.revoke_key("key_1", at(7))).unwrap();
    let keys = store.read(|view| view.keys()).unwrap();
    assert_eq!(keys, [Key { last_used_at_ms: Some(5), revoked_at_ms: Some(6), ..key }]);
}

#[test]
fn settings_are_set_and_unset() {
    let dir = tempfile::tempdir().unwrap();
    let store = ConfigStore::open(dir.path()).unwrap();
    store.write(|tx| tx.set_setting("port", "8642", at(1))).unwrap();
    store.write(|tx| tx.set_setting("port", "8643", at(2))).unwrap();
    assert_eq!(store.read(|view| view.settings()).unwrap(), [("port".to_owned(), "8643".to_owned())]);
    store.write(|tx| tx.unset_setting("port", at(3))).unwrap();
    assert_eq!(store.read(|view| view.setting("port")).unwrap(), None);
}

#[test]
fn an_answer_is_kept_for_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = ConfigStore::open(dir.path()).unwrap();
    let answer = Answer { request_hash: [1; 32], response: "{}".to_owned() };
    store.write(|tx| tx.keep_idempotent("k", "create", &answer, 1_000)).unwrap();
    let found = |operation: &str, now_ms| store.read(|view| -> Result<_, StoreError> { view.idempotent("k", operation, now_ms) }).unwrap();
    assert_eq!(found("create", 999 + DAY_MS), Some(answer));
    assert_eq!(found("create", 1_000 + DAY_MS), None);
    assert_eq!(found("delete", 1_001), None);
}
