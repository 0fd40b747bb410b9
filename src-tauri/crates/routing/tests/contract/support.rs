//! A small world of names, and short words for checking.

use std::collections::BTreeMap;

use routing::{
    diagnostic::{Diagnostic, Severity},
    document::Document,
    names::{ConfigInfo, ModelKnown, Names},
};
use serde_json::Value;
pub use serde_json::json;

/// Providers `openai` and `anthropic` with their models, `lmstudio` that lists none, and configs.
#[derive(Default)]
pub struct Known {
    configs: BTreeMap<String, (u32, bool, Option<Value>)>,
    unpriced: Vec<String>,
    unwell: Vec<(String, String)>,
    tags: Option<Vec<String>>,
    budgets: Vec<String>,
}

const MODELS: [&str; 4] = ["anthropic/claude-sonnet-4", "openai/gpt-4o", "openai/gpt-4o-mini", "openai/o3"];

impl Known {
    pub fn config(mut self, slug: &str, version: u32, document: Value) -> Self {
        self.configs.insert(slug.to_owned(), (version, false, Some(document)));
        self
    }

    pub fn unpriced(mut self, name: &str) -> Self {
        self.unpriced.push(name.to_owned());
        self
    }

    pub fn unwell(mut self, name: &str, why: &str) -> Self {
        self.unwell.push((name.to_owned(), why.to_owned()));
        self
    }

    pub fn tags(self, keys: &[&str]) -> Self {
        Self { tags: Some(keys.iter().map(ToString::to_string).collect()), ..self }
    }

    pub fn budgets(self, names: &[&str]) -> Self {
        Self { budgets: names.iter().map(ToString::to_string).collect(), ..self }
    }

    pub fn archived(mut self, slug: &str) -> Self {
        self.configs.insert(slug.to_owned(), (1, true, None));
        self
    }
}

impl Names for Known {
    fn config(&self, slug: &str) -> Option<ConfigInfo> {
        self.configs.get(slug).map(|(latest_version, archived, _)| ConfigInfo { latest_version: *latest_version, archived: *archived })
    }

    fn slugs(&self) -> Vec<String> {
        self.configs.iter().filter(|(_, (_, archived, _))| !archived).map(|(slug, _)| slug.clone()).collect()
    }

    fn document(&self, slug: &str, _: Option<u32>) -> Option<Value> {
        self.configs.get(slug)?.2.clone()
    }

    fn providers(&self) -> Vec<String> {
        ["anthropic", "lmstudio", "openai"].map(str::to_owned).to_vec()
    }

    fn model(&self, provider: &str, model: &str) -> Option<ModelKnown> {
        match provider {
            "lmstudio" => Some(ModelKnown::Unlisted),
            "openai" | "anthropic" if MODELS.contains(&format!("{provider}/{model}").as_str()) => Some(ModelKnown::Listed),
            "openai" | "anthropic" => Some(ModelKnown::Unknown),
            _ => None,
        }
    }

    fn models(&self) -> Vec<String> {
        MODELS.map(str::to_owned).to_vec()
    }

    fn resolve_bare(&self, model: &str) -> Option<(String, String)> {
        MODELS
            .iter()
            .find_map(|known| known.split_once('/').filter(|(_, name)| *name == model))
            .map(|(provider, model)| (provider.into(), model.into()))
    }

    fn priced(&self, provider: &str, model: &str) -> bool {
        !self.unpriced.contains(&format!("{provider}/{model}"))
    }

    fn unwell(&self, target: &str) -> Option<String> {
        self.unwell.iter().find(|(name, _)| name == target).map(|(_, why)| why.clone())
    }

    fn tag_keys(&self) -> Option<Vec<String>> {
        self.tags.clone()
    }

    fn credentials(&self, provider: &str) -> Vec<String> {
        if provider == "openai" { ["backup", "team-a"].map(str::to_owned).to_vec() } else { Vec::new() }
    }

    fn budgets(&self) -> Vec<String> {
        self.budgets.clone()
    }

    fn unavailable(&self, provider: &str) -> Option<String> {
        (provider == "anthropic").then(|| "it is switched off".to_owned())
    }
}

pub fn loaded(value: &Value) -> Document {
    Document::load(value).expect("the document is right")
}

pub fn check(value: &Value) -> Vec<Diagnostic> {
    Document::check(value, &Known::default(), None).diagnostics
}

/// `path: message` of each error.
pub fn errors(value: &Value) -> Vec<String> {
    errors_among(&Known::default(), None, value)
}

pub fn errors_among(names: &Known, slug: Option<&str>, value: &Value) -> Vec<String> {
    let checked = Document::check(value, names, slug);
    let errors: Vec<&Diagnostic> = checked.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert_eq!(checked.document.is_none(), !errors.is_empty(), "a document comes out exactly where there is no error");
    for error in &errors {
        assert!(error.path.is_empty() || value.pointer(&error.path).is_some(), "{} is no place in {value}", error.path);
        if let Some(suggestion) = &error.suggestion {
            assert!(error.message.ends_with(&format!(": did you mean {suggestion}?")), "{}", error.message);
        }
    }
    errors.iter().map(|error| format!("{}: {}", error.path, error.message)).collect()
}

/// The one error.
pub fn error(value: &Value) -> String {
    let errors = errors(value);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.into_iter().next().unwrap()
}

/// `path: message` of each warning.
pub fn warnings(value: &Value) -> Vec<String> {
    check(value).into_iter().filter(|d| d.severity == Severity::Warning).map(|d| format!("{}: {}", d.path, d.message)).collect()
}
