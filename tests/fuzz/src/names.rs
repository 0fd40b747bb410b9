//! Names for documents: what exists, made to let both good and bad references through.

use catalog::Tier;
use routing::names::{ConfigInfo, ModelKnown, Names};
use serde_json::{Value, json};

/// Nothing exists.
pub struct Nothing;

/// Every model of `alpha` and `beta` does, and the configs `a`, `b` (which refers to `a`) and `old` (archived).
pub struct Few;

impl Names for Nothing {
    fn config(&self, _: &str) -> Option<ConfigInfo> {
        None
    }
    fn slugs(&self) -> Vec<String> {
        Vec::new()
    }
    fn document(&self, _: &str, _: Option<u32>) -> Option<Value> {
        None
    }
    fn providers(&self) -> Vec<String> {
        Vec::new()
    }
    fn model(&self, _: &str, _: &str) -> Option<ModelKnown> {
        None
    }
    fn models(&self) -> Vec<String> {
        Vec::new()
    }
    fn resolve_bare(&self, _: &str) -> Option<(String, String)> {
        None
    }
}

impl Names for Few {
    fn config(&self, slug: &str) -> Option<ConfigInfo> {
        self.slugs().iter().any(|known| known == slug).then_some(ConfigInfo { latest_version: 3, archived: slug == "old" })
    }
    fn slugs(&self) -> Vec<String> {
        ["a", "b", "old"].map(str::to_owned).to_vec()
    }
    fn document(&self, slug: &str, _: Option<u32>) -> Option<Value> {
        Some(json!({"strategy": "single", "model": if slug == "b" { "@a" } else { "alpha/m" }}))
    }
    fn providers(&self) -> Vec<String> {
        ["alpha", "beta"].map(str::to_owned).to_vec()
    }
    fn model(&self, provider: &str, model: &str) -> Option<ModelKnown> {
        let known = if model.len() < 4 { ModelKnown::Listed } else { ModelKnown::Unknown };
        matches!(provider, "alpha" | "beta").then_some(known)
    }
    fn models(&self) -> Vec<String> {
        ["alpha/m", "beta/n"].map(str::to_owned).to_vec()
    }
    fn resolve_bare(&self, model: &str) -> Option<(String, String)> {
        model.starts_with('m').then(|| ("alpha".to_owned(), model.to_owned()))
    }
    fn priced(&self, _: &str, model: &str) -> bool {
        model != "x"
    }
    fn tier(&self, provider: &str, _: &str) -> Option<Tier> {
        (provider == "alpha").then_some(Tier::Standard)
    }
    fn tag_keys(&self) -> Option<Vec<String>> {
        Some(vec!["tenant".to_owned(), "feature".to_owned()])
    }
    fn budgets(&self) -> Vec<String> {
        vec!["team".to_owned()]
    }
    fn unwell(&self, target: &str) -> Option<String> {
        (target == "beta/n").then(|| "its breaker is open".to_owned())
    }
}
