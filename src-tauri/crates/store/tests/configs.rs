//! Configs, versions and activations keep their promises.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use proptest::prelude::*;
use store::{
    ConfigStore, StoreError,
    config::{Activate, ActivationReason, Audit, NewConfig, NewVersion, Origin, SaveOutcome},
};
use tempfile::TempDir;

fn store() -> (TempDir, ConfigStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = ConfigStore::open(dir.path()).unwrap();
    (dir, store)
}

fn by_ann(at_ms: i64) -> Audit<'static> {
    Audit { who: "ann", action: "test", at_ms }
}

fn hash(document: &str) -> [u8; 32] {
    *blake3::hash(document.as_bytes()).as_bytes()
}

fn config<'a>(slug: &'a str, document: &'a str) -> NewConfig<'a> {
    NewConfig { slug, description: "", document, hash: hash(document), strategy: "single", message: "first", origin: Origin::Edit }
}

fn version<'a>(document: &'a str, base_version: Option<u32>, activate: bool) -> NewVersion<'a> {
    NewVersion {
        slug: "production",
        document,
        hash: hash(document),
        strategy: "fallback",
        message: "",
        origin: Origin::Edit,
        base_version,
        activate,
    }
}

fn rollback(version: u32) -> Activate<'static> {
    Activate { slug: "production", version, reason: ActivationReason::Rollback, note: Some("it broke"), simulation: None }
}

fn with_production(store: &ConfigStore) {
    store.write(|tx| tx.create_config(config("production", "1"), by_ann(1))).unwrap();
}

fn save(store: &ConfigStore, new: NewVersion<'_>) -> SaveOutcome {
    store.write(|tx| tx.save_version(new, by_ann(2))).unwrap()
}

#[test]
fn a_new_config_has_version_1_in_force() {
    let (_dir, store) = store();
    with_production(&store);
    let (config, version, history) = store
        .read(|view| -> Result<_, StoreError> {
            Ok((view.config("production")?, view.version("production", 1)?, view.activations("production", 10)?))
        })
        .unwrap();
    assert_eq!((config.active_version, config.latest_version, config.strategy.as_str()), (1, 1, "single"));
    assert_eq!((version.document.as_str(), version.author.as_str(), version.active), ("1", "ann", true));
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].version, history[0].reason), (1, ActivationReason::Save));
}

#[test]
fn a_taken_name_is_refused_and_an_archived_one_says_how_to_get_it_back() {
    let (_dir, store) = store();
    with_production(&store);
    let again = || store.write(|tx| tx.create_config(config("production", "2"), by_ann(2)));
    assert!(matches!(again(), Err(StoreError::SlugTaken { .. })));
    store.write(|tx| tx.archive_config("production", by_ann(3))).unwrap();
    let refused = again().unwrap_err();
    assert!(matches!(refused, StoreError::SlugArchived { .. }));
    assert!(refused.to_string().contains("restore it"), "{refused}");
}

#[test]
fn a_candidate_leaves_the_active_version_alone() {
    let (_dir, store) = store();
    with_production(&store);
    assert_eq!(save(&store, version("2", Some(1), false)), SaveOutcome::Saved { version: 2, active: false });
    let config = store.read(|view| view.config("production")).unwrap();
    assert_eq!((config.active_version, config.latest_version), (1, 2));
}

#[test]
fn the_same_document_makes_no_version_but_is_activated_where_asked() {
    let (_dir, store) = store();
    with_production(&store);
    save(&store, version("2", None, false));
    assert_eq!(save(&store, version("2", None, false)), SaveOutcome::Unchanged { version: 2, activated: false });
    assert_eq!(save(&store, version("2", None, true)), SaveOutcome::Unchanged { version: 2, activated: true });
    assert_eq!(save(&store, version("2", None, true)), SaveOutcome::Unchanged { version: 2, activated: false });
    assert_eq!(store.read(|view| view.config("production")).unwrap().active_version, 2);
}

#[test]
fn a_save_from_an_older_version_is_a_conflict_and_changes_nothing() {
    let (_dir, store) = store();
    with_production(&store);
    save(&store, version("2", Some(1), true));
    let outcome = save(&store, version("3", Some(1), true));
    assert_eq!(outcome, SaveOutcome::Conflict { latest_version: 2, latest_document: "2".to_owned() });
    assert_eq!(store.read(|view| view.versions("production", None, 10)).unwrap().len(), 2);
}

#[test]
fn rollback_adds_to_the_history_and_the_past_can_be_asked_for() {
    let (_dir, store) = store();
    with_production(&store);
    store.write(|tx| tx.save_version(version("2", None, true), by_ann(100))).unwrap();
    let activated = store.write(|tx| tx.activate(rollback(1), by_ann(200))).unwrap();
    assert_eq!((activated.version, activated.previous), (1, 2));
    store.write(|tx| tx.activate(rollback(1), by_ann(300))).unwrap();
    let history = store.read(|view| view.activations("production", 10)).unwrap();
    assert_eq!(history.iter().map(|entry| entry.version).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!(history[0].note.as_deref(), Some("it broke"));
    let active_at = |at_ms| store.read(|view| view.active_at("production", at_ms)).unwrap().map(|entry| entry.version);
    assert_eq!([0, 1, 99, 100, 199, 200].map(active_at), [None, Some(1), Some(1), Some(2), Some(2), Some(1)]);
}

#[test]
fn a_clock_set_back_does_not_reorder_the_history() {
    let (_dir, store) = store();
    with_production(&store);
    store.write(|tx| tx.save_version(version("2", None, true), by_ann(3_600_000))).unwrap();
    store.write(|tx| tx.activate(rollback(1), by_ann(5))).unwrap();
    let now = store.read(|view| view.active_at("production", 3_600_000)).unwrap().unwrap();
    assert_eq!(now.version, 1);
}

#[test]
fn an_unknown_version_is_refused() {
    let (_dir, store) = store();
    with_production(&store);
    let refused = store.write(|tx| tx.activate(rollback(7), by_ann(2))).unwrap_err();
    assert_eq!(refused.to_string(), "config @production has no version 7");
}

#[test]
fn an_archived_config_keeps_its_versions_and_comes_back_as_it_was() {
    let (_dir, store) = store();
    with_production(&store);
    save(&store, version("2", None, true));
    store.write(|tx| tx.archive_config("production", by_ann(3))).unwrap();
    assert!(store.read(|view| view.configs(false)).unwrap().is_empty());
    assert!(store.read(|view| view.active_documents()).unwrap().is_empty());
    let refused = store.write(|tx| tx.save_version(version("3", None, true), by_ann(4)));
    assert!(matches!(refused, Err(StoreError::SlugArchived { .. })));
    let restored = store.write(|tx| tx.restore_config("production", by_ann(5))).unwrap();
    assert_eq!((restored.active_version, restored.archived_at_ms), (2, None));
}

#[test]
fn a_refused_check_undoes_everything_of_its_transaction() {
    #[derive(Debug)]
    enum Refused {
        Referred(String),
        Store,
    }
    impl From<StoreError> for Refused {
        fn from(_: StoreError) -> Self {
            Self::Store
        }
    }
    let (_dir, store) = store();
    with_production(&store);
    store.write(|tx| tx.create_config(config("other", "@production"), by_ann(1))).unwrap();
    let result = store.write(|tx| {
        tx.archive_config("production", by_ann(2))?;
        let documents = tx.active_documents()?;
        let refers = documents.into_iter().find(|active| active.document.contains("@production"));
        refers.map_or(Ok(()), |active| Err(Refused::Referred(active.slug)))
    });
    assert!(matches!(result, Err(Refused::Referred(slug)) if slug == "other"));
    assert_eq!(store.read(|view| view.config("production")).unwrap().archived_at_ms, None);
    assert_eq!(store.read(|view| view.audit_entries(None, 10)).unwrap().len(), 2);
}

#[test]
fn every_change_is_in_the_audit_with_before_and_after() {
    let (_dir, store) = store();
    with_production(&store);
    save(&store, version("2", None, true));
    let entries = store.read(|view| view.audit_entries(None, 10)).unwrap();
    let newest = &entries[0];
    assert_eq!((newest.who.as_str(), newest.subject.as_str()), ("ann", "@production:2"));
    assert_eq!((newest.before.as_deref(), newest.after.as_deref()), (Some("1"), Some("2")));
    let older = store.read(|view| view.audit_entries(Some(newest.id), 10)).unwrap();
    assert_eq!(older.len(), 1);
}

#[test]
fn what_was_acknowledged_is_there_after_opening_again() {
    let (dir, first) = store();
    with_production(&first);
    // Not closed: as after kill -9, the write-ahead log is still beside the file.
    std::mem::forget(first);
    let again = ConfigStore::open(dir.path()).unwrap();
    assert_eq!(again.read(|view| view.config("production")).unwrap().active_version, 1);
    assert!(again.integrity_check().unwrap().is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    Save { document: u8, base: Option<u32>, activate: bool },
    Activate(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..5, proptest::option::of(1_u32..6), any::<bool>()).prop_map(|(document, base, activate)| Step::Save {
            document,
            base,
            activate
        }),
        (1_u32..6).prop_map(Step::Activate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is saved and activated, numbers have no gaps, and the history replays to the active version.
    #[test]
    fn activations_replay_to_the_active_version(steps in proptest::collection::vec(step(), 1..20)) {
        let (_dir, store) = store();
        with_production(&store);
        let mut active = 1;
        let mut latest = 1;
        for (n, step) in steps.into_iter().enumerate() {
            let at = by_ann(10 + i64::try_from(n).unwrap());
            match step {
                Step::Save { document, base, activate } => {
                    let document = document.to_string();
                    match store.write(|tx| tx.save_version(version(&document, base, activate), at)).unwrap() {
                        SaveOutcome::Saved { version, active: now } => {
                            latest += 1;
                            prop_assert_eq!(version, latest);
                            if now { active = version; }
                        }
                        SaveOutcome::Unchanged { version, activated } => {
                            prop_assert_eq!(version, latest);
                            prop_assert_eq!(activated, activate && active != latest);
                            if activated { active = version; }
                        }
                        SaveOutcome::Conflict { latest_version, .. } => {
                            prop_assert!(base.unwrap() < latest);
                            prop_assert_eq!(latest_version, latest);
                        }
                    }
                }
                Step::Activate(version) => {
                    let result = store.write(|tx| tx.activate(rollback(version), at));
                    prop_assert_eq!(result.is_ok(), version <= latest);
                    if result.is_ok() { active = version; }
                }
            }
            let (config, versions, history) = store.read(|view| -> Result<_, StoreError> {
                Ok((view.config("production")?, view.versions("production", None, 100)?, view.activations("production", 100)?))
            }).unwrap();
            prop_assert_eq!((config.active_version, config.latest_version), (active, latest));
            prop_assert_eq!(history[0].version, active);
            prop_assert!(history.windows(2).all(|pair| pair[0].version != pair[1].version));
            prop_assert_eq!(versions.iter().rev().map(|version| version.number).collect::<Vec<_>>(), (1..=latest).collect::<Vec<_>>());
            prop_assert_eq!(versions.iter().filter(|version| version.active).count(), 1);
        }
    }
}
