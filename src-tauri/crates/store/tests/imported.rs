//! Imported price lists.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use store::{
    ConfigStore,
    config::{Audit, ImportedModel},
};

fn at(at_ms: i64) -> Audit<'static> {
    Audit { who: "ann", action: "models.import", at_ms }
}

#[test]
fn a_later_list_replaces_what_it_names_and_leaves_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let store = ConfigStore::open(dir.path()).unwrap();
    let model = |kind, name, model| ImportedModel { kind, name, model };
    let first = [model("openai", "a", "1"), model("openai", "b", "2"), model("groq", "a", "3")];
    store.write(|tx| tx.put_imported_models("one", &first, r#"{"new":3}"#, at(1))).unwrap();
    store.write(|tx| tx.put_imported_models("two", &[model("openai", "b", "4")], r#"{"price":1}"#, at(2))).unwrap();
    drop(store);
    let store = ConfigStore::open(dir.path()).unwrap();
    let read = |kind: &str| store.read(|view| view.imported_models(kind)).unwrap();
    assert_eq!((read("openai"), read("groq"), read("xai")), (vec!["1".to_owned(), "4".to_owned()], vec!["3".to_owned()], vec![]));
    let audit = store.read(|view| view.audit_entries(None, 10)).unwrap();
    assert_eq!((audit[0].subject.as_str(), audit[0].after.as_deref()), ("price list two", Some(r#"{"price":1}"#)));
    assert_eq!(store.write(|tx| tx.forget_imported_models(at(3))).unwrap(), 3);
    assert_eq!(store.write(|tx| tx.forget_imported_models(at(4))).unwrap(), 0);
    assert!(read("openai").is_empty());
    assert_eq!(store.read(|view| view.audit_entries(None, 10)).unwrap().len(), 3, "to forget nothing is nothing to tell");
}
