//! The routing document: what a person writes and a version keeps.
//!
//! ```text
//! JSON ──read──▶ Document ──check──▶ names, cycles, depth ──▶ Plan::compile
//!                    └──canonical──▶ the one JSON form that is stored, hashed and compared
//! ```

mod canonical;
mod check;
mod fields;
mod nodes;
mod read;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    diagnostic::{Diagnostic, Severity},
    names::Names,
    rules::MentionKind,
};

pub use canonical::{readable, text};
pub use fields::STRATEGIES;
pub(crate) use nodes::*;

/// Largest document, in bytes of canonical JSON.
pub const MAX_BYTES: usize = 256 * 1024;
/// How deep strategies may nest, across configs.
pub const MAX_DEPTH: usize = 16;

/// A document without structural errors: aliases resolved, every field of its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(crate) root: Node,
}

/// A config that a document refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Slug without the `@`.
    pub slug: String,
    /// The version named; the active one where none is.
    pub version: Option<u32>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The document; `None` where there is any error.
    pub document: Option<Document>,
    /// Errors first, then warnings, each in the order of the document.
    pub diagnostics: Vec<Diagnostic>,
}

impl Document {
    /// Checks all there is to check before a save, and reports all of it.
    /// `slug` is the config that it is for, so that cycles through it are seen.
    pub fn check(value: &Value, names: &dyn Names, slug: Option<&str>) -> Checked {
        let size = value.to_string().len();
        if size > MAX_BYTES {
            let too_long = Diagnostic::error("", format!("the document is {size} bytes long; at most {MAX_BYTES} are allowed"));
            return Checked { document: None, diagnostics: vec![too_long] };
        }
        let mut found = read::Findings::default();
        let root = read::root(value, &mut found);
        let mut diagnostics = found.diagnostics;
        check::names(&found.mentions, names, slug, &mut diagnostics);
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        let valid = diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
        Checked { document: root.filter(|_| valid).map(|root| Self { root }), diagnostics }
    }

    /// Loads a stored version. Only its structure is read: a version saved once always loads,
    /// whatever became of the names in it.
    ///
    /// # Errors
    /// The first structural error, as a sentence with its path.
    pub fn load(value: &Value) -> Result<Self, String> {
        let mut found = read::Findings::default();
        let root = read::root(value, &mut found);
        let error = found.diagnostics.into_iter().find(|diagnostic| diagnostic.severity == Severity::Error);
        match (root, error) {
            (Some(root), None) => Ok(Self { root }),
            (None, None) => Err("the document cannot be read".to_owned()),
            (_, Some(Diagnostic { path, message, .. })) => Err(format!("{}: {message}", if path.is_empty() { "/" } else { &path })),
        }
    }

    /// The canonical form: what is stored, hashed and compared.
    pub fn canonical(&self) -> Value {
        canonical::node(&self.root)
    }

    /// The canonical form as text: keys in their order, two spaces a level.
    pub fn text(&self) -> String {
        canonical::text(&self.canonical())
    }

    /// SHA-256 of the canonical form, hexadecimal.
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(self.canonical().to_string().as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Name of the outermost strategy.
    pub fn strategy(&self) -> &'static str {
        self.root.strategy()
    }

    /// Configs that it refers to, each once; those that conditions only ask about, too.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        collect_references(&self.root, &mut found);
        found.sort();
        found.dedup();
        found
    }

    /// Model targets as written, each once, in order.
    pub fn models(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        collect_models(&self.root, &mut found);
        found
    }

    /// Model targets that name a credential, as written: model and credential, each pair once.
    pub fn credentials(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        collect_credentials(&self.root, &mut found);
        found.sort();
        found.dedup();
        found
    }
}

impl Reference {
    /// Reads `@slug` or `@slug:N`; `None` where the text is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (slug, version) = match text.strip_prefix('@')?.split_once(':') {
            Some((slug, version)) => (slug, Some(version_number(version)?)),
            None => (text.strip_prefix('@')?, None),
        };
        is_slug(slug).then(|| Self { slug: slug.to_owned(), version })
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.version {
            Some(version) => write!(f, "@{}:{version}", self.slug),
            None => write!(f, "@{}", self.slug),
        }
    }
}

/// Only as it is written back: no sign, no leading zero.
fn version_number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| *number > 0 && number.to_string() == text)
}

/// Is it `^[a-z0-9][a-z0-9-]{0,62}$`?
pub fn is_slug(text: &str) -> bool {
    let ok = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.len() <= 63 && bytes.first().is_some_and(ok) && bytes.iter().all(|byte| ok(byte) || *byte == b'-')
}

fn collect_references(node: &Node, found: &mut Vec<Reference>) {
    let asked = node.conditions().into_iter().flat_map(|condition| condition.mentions());
    found.extend(asked.filter(|mention| mention.kind == MentionKind::Target).filter_map(|mention| Reference::parse(&mention.name)));
    for target in node.targets() {
        match &target.what {
            What::Config(reference) => found.push(reference.clone()),
            What::Inline(node) => collect_references(node, found),
            What::Model(_) => {}
        }
    }
}

fn collect_models(node: &Node, found: &mut Vec<String>) {
    for target in node.targets() {
        match &target.what {
            What::Model(model) if !found.contains(model) => found.push(model.clone()),
            What::Inline(node) => collect_models(node, found),
            What::Model(_) | What::Config(_) => {}
        }
    }
}

fn collect_credentials(node: &Node, found: &mut Vec<(String, String)>) {
    for target in node.targets() {
        match (&target.what, &target.options.credential) {
            (What::Model(model), Some(credential)) => found.push((model.clone(), credential.clone())),
            (What::Inline(node), _) => collect_credentials(node, found),
            (What::Model(_), None) | (What::Config(_), _) => {}
        }
    }
}
