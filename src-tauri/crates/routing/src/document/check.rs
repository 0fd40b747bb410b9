//! Names, cycles and depth: what can only be checked against the world around a document.

use std::collections::{HashMap, HashSet};

use super::{
    Document, MAX_DEPTH, Node, Reference, What,
    read::{Mention, Name, Need},
};
use crate::{
    diagnostic::Diagnostic,
    names::{ModelKnown, Names, nearest},
};

/// Reports unknown names, cycles and too deep nesting of a whole document.
pub(super) fn names(mentions: &[Mention], names: &dyn Names, slug: Option<&str>, found: &mut Vec<Diagnostic>) {
    let mut walk = Walk { names, found, followed: HashMap::new(), priced: HashSet::new(), seen_tags: None };
    let trail: Vec<Reference> = slug.map(|slug| Reference { slug: slug.to_owned(), version: None }).into_iter().collect();
    for Mention { path, place, depth, name, need } in mentions {
        let before = walk.found.len();
        match name {
            Name::Model(name) => walk.model(name, path, *need),
            Name::Config(reference) => walk.config(reference, path, (*depth, *need), &trail),
            Name::Credential { label, model } => walk.credential(label, model.as_deref(), path),
            Name::TagKey(key) => walk.tag_key(key, path),
            Name::Budget(name) => walk.budget(name, path),
        }
        for diagnostic in &mut walk.found[before..] {
            diagnostic.text = *place;
        }
    }
}

struct Walk<'a> {
    names: &'a dyn Names,
    found: &'a mut Vec<Diagnostic>,
    /// How deep each reference was followed before: once is enough, else diamonds of configs take forever.
    followed: HashMap<Reference, usize>,
    /// The same for prices.
    priced: HashSet<Reference>,
    /// Keys of tags in recorded traffic, once somebody asked.
    seen_tags: Option<Option<Vec<String>>>,
}

impl Walk<'_> {
    fn model(&mut self, name: &str, path: &str, need: Need) {
        if let Some((provider, model)) = name.split_once('/')
            && let Some(known) = self.names.model(provider, model)
        {
            self.listed(name, provider, known, path);
            if known != ModelKnown::Unknown {
                self.able(provider, model, path, need);
            }
            return;
        }
        if let Some((provider, model)) = self.names.resolve_bare(name) {
            self.available(&provider, path);
            self.able(&provider, &model, path, need);
            return;
        }
        let models = self.names.models();
        let diagnostic = match name.split_once('/') {
            Some((provider, model)) => {
                let providers = self.names.providers();
                let near = nearest(name, models.iter().map(String::as_str)).map(str::to_owned);
                let near = near.or_else(|| nearest(provider, providers.iter().map(String::as_str)).map(|near| format!("{near}/{model}")));
                Diagnostic::error(path, format!("unknown provider {provider:?} in {name:?}")).meaning(near.as_deref())
            }
            None => {
                let bare = models.iter().filter_map(|model| model.split_once('/')).map(|(_, model)| model);
                Diagnostic::error(path, format!("unknown model {name:?}")).meaning(nearest(name, bare))
            }
        };
        self.found.push(diagnostic);
    }

    fn listed(&mut self, name: &str, provider: &str, known: ModelKnown, path: &str) {
        match known {
            ModelKnown::Listed => self.available(provider, path),
            ModelKnown::Unlisted => {
                self.found.push(Diagnostic::warning(
                    path,
                    format!("{provider} lists no models, so {name:?} could not be checked and has no price"),
                ));
            }
            ModelKnown::Unknown => {
                let models = self.names.models();
                let same: Vec<&str> =
                    models.iter().map(String::as_str).filter(|model| model.starts_with(&format!("{provider}/"))).collect();
                let near = nearest(name, same.iter().copied()).or_else(|| nearest(name, models.iter().map(String::as_str)));
                self.found.push(Diagnostic::error(path, format!("unknown model {name:?}")).meaning(near));
            }
        }
    }

    /// What a model must have besides its name, where it stands.
    fn able(&mut self, provider: &str, model: &str, path: &str, need: Need) {
        let name = format!("{provider}/{model}");
        if need == Need::Price && !self.names.priced(provider, model) {
            let said = format!("{name} has no known price, so it cannot be weighed by cost; set its price in Providers, or leave it out");
            self.found.push(Diagnostic::error(path, said));
        }
        if let Some(why) = self.names.unwell(&name) {
            self.found.push(Diagnostic::warning(path, format!("{name} is not well now: {why}")));
        }
    }

    /// A provider that nobody knows is told where it is named.
    fn credential(&mut self, label: &str, model: Option<&str>, path: &str) {
        let Some(model) = model else {
            let said = "a credential belongs to a model; write it at the targets that are models, such as {\"model\": \"provider/model\", \"credential\": …}";
            self.found.push(Diagnostic::error(path, said));
            return;
        };
        let Some((provider, _)) = called(model, self.names) else { return };
        let known = self.names.credentials(&provider);
        if known.iter().any(|name| name == label) {
            return;
        }
        let near = nearest(label, known.iter().map(String::as_str));
        let said = match near {
            Some(_) => format!("{provider} has no credential {label:?}"),
            None if known.is_empty() => {
                format!("{provider} has no credential {label:?}, only its default one; add it in Providers, or leave it out")
            }
            None => format!("{provider} has no credential {label:?}; it has {}; add it in Providers, or leave it out", known.join(", ")),
        };
        self.found.push(Diagnostic::error(path, said).meaning(near));
    }

    fn tag_key(&mut self, key: &str, path: &str) {
        let names = self.names;
        let Some(seen) = self.seen_tags.get_or_insert_with(|| names.tag_keys()) else { return };
        if seen.iter().any(|known| known == key) {
            return;
        }
        let near = nearest(key, seen.iter().map(String::as_str)).map(str::to_owned);
        let said = format!("no recorded request has the tag {key:?}, so it is the empty string so far");
        self.found.push(Diagnostic::warning(path, said).meaning(near.as_deref()));
    }

    fn budget(&mut self, name: &str, path: &str) {
        let budgets = self.names.budgets();
        if !budgets.iter().any(|known| known == name) {
            let said = format!("there is no budget {name:?}, so nothing of it is used");
            self.found.push(Diagnostic::warning(path, said).meaning(nearest(name, budgets.iter().map(String::as_str))));
        }
    }

    fn available(&mut self, provider: &str, path: &str) {
        if let Some(why) = self.names.unavailable(provider) {
            self.found.push(Diagnostic::warning(path, format!("{provider} cannot be called now: {why}")));
        }
    }

    fn config(&mut self, reference: &Reference, path: &str, (depth, need): (usize, Need), trail: &[Reference]) {
        if let Some(start) = trail.iter().position(|passed| passed == reference) {
            let round: Vec<String> = trail[start..].iter().chain([reference]).map(ToString::to_string).collect();
            self.found.push(Diagnostic::error(path, format!("this is a cycle: {}", round.join(" -> "))));
            return;
        }
        match self.names.config(&reference.slug) {
            None => {
                let slugs: Vec<String> = self.names.slugs().iter().map(|slug| format!("@{slug}")).collect();
                let wrong = format!("@{}", reference.slug);
                let near = nearest(&wrong, slugs.iter().map(String::as_str));
                self.found.push(Diagnostic::error(path, format!("unknown config {wrong}")).meaning(near));
                return;
            }
            Some(info) if info.archived => {
                self.found.push(Diagnostic::error(path, format!("@{} is archived; restore it first", reference.slug)));
                return;
            }
            Some(info) if reference.version.is_some_and(|version| version > info.latest_version) => {
                let newest = format!("@{}:{}", reference.slug, info.latest_version);
                self.found.push(
                    Diagnostic::error(path, format!("{reference} does not exist; the newest version is {newest}")).meaning(Some(&newest)),
                );
                return;
            }
            Some(_) => {}
        }
        self.follow_config(reference, path, depth, trail);
        if need == Need::Price {
            self.prices_of(reference, reference, path);
        }
    }

    /// A config among candidates that are weighed by cost: all that it may call must have a price.
    fn prices_of(&mut self, named: &Reference, reference: &Reference, path: &str) {
        if !self.priced.insert(reference.clone()) {
            return;
        }
        let document = self.names.document(&reference.slug, reference.version).and_then(|value| Document::load(&value).ok());
        let Some(document) = document else { return };
        for name in document.models() {
            if let Some((provider, model)) = called(&name, self.names)
                && !self.names.priced(&provider, &model)
            {
                let said = format!(
                    "{named} may call {provider}/{model}, which has no known price, so it cannot be weighed by cost; set it in Providers"
                );
                self.found.push(Diagnostic::error(path, said));
            }
        }
        for inner in document.references() {
            self.prices_of(named, &inner, path);
        }
    }

    /// Follows a reference for cycles and depth alone: its own names were checked when it was saved.
    fn follow_config(&mut self, reference: &Reference, path: &str, depth: usize, trail: &[Reference]) {
        if depth + 1 > MAX_DEPTH {
            self.found.push(Diagnostic::error(path, format!("{reference} nests more than {MAX_DEPTH} strategies deep here")));
            return;
        }
        if self.followed.get(reference).is_some_and(|deepest| *deepest >= depth) {
            return;
        }
        self.followed.insert(reference.clone(), depth);
        let Some(document) = self.names.document(&reference.slug, reference.version).and_then(|value| Document::load(&value).ok()) else {
            return;
        };
        let trail: Vec<Reference> = trail.iter().chain([reference]).cloned().collect();
        self.follow(&document.root, path, depth + 1, &trail);
    }

    fn follow(&mut self, node: &Node, path: &str, depth: usize, trail: &[Reference]) {
        if depth > MAX_DEPTH {
            self.found.push(Diagnostic::error(path, format!("this nests more than {MAX_DEPTH} strategies deep")));
            return;
        }
        for target in node.targets() {
            match &target.what {
                What::Model(_) => {}
                What::Inline(inner) => self.follow(inner, path, depth + 1, trail),
                What::Config(reference) => {
                    if let Some(start) = trail.iter().position(|passed| passed == reference) {
                        let round: Vec<String> = trail[start..].iter().chain([reference]).map(ToString::to_string).collect();
                        self.found.push(Diagnostic::error(path, format!("this is a cycle: {}", round.join(" -> "))));
                    } else if self.names.config(&reference.slug).is_some() {
                        self.follow_config(reference, path, depth, trail);
                    }
                }
            }
        }
    }
}

/// Provider and model that a name of a model means.
fn called(name: &str, names: &dyn Names) -> Option<(String, String)> {
    match name.split_once('/') {
        Some((provider, model)) if names.model(provider, model).is_some() => Some((provider.to_owned(), model.to_owned())),
        _ => names.resolve_bare(name),
    }
}
