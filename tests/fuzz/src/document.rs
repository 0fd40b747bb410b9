//! Routing documents.

use std::sync::Arc;

use routing::{
    diagnostic::{Diagnostic, Severity},
    diff,
    document::Document,
    engine::MAX_CALLS,
    facts::Facts,
    locate::Places,
    plan::Plan,
};
use serde_json::Value;
use simulate::scripted::{Act, Scripted};

use crate::names::{Few, Nothing};

/// A document that is taken is taken again in its canonical form, which is the same ever after, loads and runs to its end.
/// One that is not says why, at a place that is there.
pub fn document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let strict = Document::check(&value, &Nothing, None);
    let checked = Document::check(&value, &Few, Some("b"));
    pointed_at(text, &strict.diagnostics);
    pointed_at(text, &checked.diagnostics);
    let Some(document) = checked.document else {
        let errors = checked.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        assert!(errors.count() > 0, "it is refused without an error");
        return;
    };
    let canonical = document.canonical();
    let again = Document::check(&canonical, &Few, Some("b"));
    let same = again.document.unwrap_or_else(|| panic!("the canonical form is refused: {:#?}\n{canonical:#}", again.diagnostics));
    assert_eq!(same.canonical(), canonical, "the canonical form has another canonical form");
    assert_eq!(same.hash(), document.hash(), "equal documents have one hash");
    let loaded = Document::load(&value).expect("what is taken also loads");
    assert_eq!(loaded.canonical(), canonical, "what loads is what was taken");
    let text: Value = serde_json::from_str(&document.text()).expect("the text is JSON");
    assert_eq!(text, canonical, "the text is the canonical form");
    assert!(diff::documents(&value, &canonical).changes.is_empty(), "a document does not differ from its canonical form");
    runs_to_its_end(&document);
}

fn pointed_at(text: &str, diagnostics: &[Diagnostic]) {
    let places = Places::of(text);
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty());
        places.find(&diagnostic.path, diagnostic.about_key);
        if let Some(place) = diagnostic.text {
            places.find_inside(&diagnostic.path, place);
        }
    }
}

fn runs_to_its_end(document: &Document) {
    let plan = Plan::compile(document, Some((Arc::from("b"), 2)), &Few);
    let acts =
        [Act::http(500), Act::says("7").after_ms(20), Act::silence(), Act::http(429).retry_after_ms(50), Act::says("8").after_ms(10)];
    let world = document.models().into_iter().fold(Scripted::new(7), |world, model| world.target(&model, acts.clone()));
    for stream in [false, true] {
        let run = world.run_with(&plan, &Facts { stream, request_id: "req_1", end_user: Some("u_1"), ..Facts::default() });
        assert!(run.routed.is_some(), "nobody hung up, so it ends");
        assert!(run.calls.len() <= MAX_CALLS, "{} calls", run.calls.len());
    }
}
