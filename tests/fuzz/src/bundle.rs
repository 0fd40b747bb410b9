//! Bundles, as far as they can be read without a setup to put them into.

use control::api::bundle::Bundle;
use routing::document::Document;
use serde_json::Value;

use crate::names::{Few, Nothing};

/// A bundle that can be read says the same when it is written and read again, in JSON and in TOML; its documents are judged, not trusted.
pub fn bundle(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = [serde_json::from_str::<Value>(text).ok(), toml::from_str::<Value>(text).ok()];
    for bundle in read.into_iter().flatten().filter_map(|value| serde_json::from_value::<Bundle>(value).ok()) {
        let written = serde_json::to_value(&bundle).expect("a bundle can be written");
        let again: Bundle = serde_json::from_value(written.clone()).expect("a bundle that we wrote can be read");
        assert_eq!(serde_json::to_value(&again).expect("a bundle can be written"), written, "a bundle changes when it is read");
        for config in &bundle.configs {
            Document::check(&config.document, &Few, Some(&config.slug));
            Document::check(&config.document, &Nothing, Some(&config.slug));
        }
    }
}
