//! A request, and how many tokens its input is for whom.

use std::sync::{Mutex, PoisonError};

use catalog::{Catalogue, ProviderKind, tokens::Tokenizer};
use routing::target::ModelTarget;
use wire::Request;

/// A request whose tokens are counted when somebody asks, once for each way of counting.
pub struct Input {
    /// The request.
    pub request: Request,
    counts: Mutex<Vec<(Tokenizer, u64)>>,
}

impl From<Request> for Input {
    fn from(request: Request) -> Self {
        Self { request, counts: Mutex::default() }
    }
}

impl Input {
    /// Tokens of the input as this target counts them, estimated. Targets that are not known count like most.
    pub fn tokens_for(&self, catalogue: &Catalogue, target: &ModelTarget) -> u64 {
        let kind = catalogue.kind(target.provider()).unwrap_or(ProviderKind::OpenAiCompatible);
        self.tokens(kind, target.model())
    }

    /// Tokens of the input as this model counts them, estimated.
    pub fn tokens(&self, kind: ProviderKind, model: &str) -> u64 {
        let tokenizer = Tokenizer::of(kind, model);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tokens)) = counts.iter().find(|(known, _)| *known == tokenizer) {
            return *tokens;
        }
        let tokens = count(&self.request, tokenizer, kind);
        counts.push((tokenizer, tokens));
        tokens
    }
}

fn count(request: &Request, tokenizer: Tokenizer, kind: ProviderKind) -> u64 {
    load(tokenizer);
    let mut counter = tokenizer.counter();
    request.texts(|text| counter.add_json(text.as_bytes()));
    let overhead = tokenizer.overhead(kind);
    let facts = &request.facts;
    let beside = u64::from(facts.messages) * overhead.message + if facts.messages > 0 { overhead.reply } else { 0 };
    counter.total() + beside + if facts.has_tools { overhead.tools } else { 0 }
}

/// Loads OpenAI's tables beside what is served, the first time that they are wanted; until then, approximations do.
fn load(tokenizer: Tokenizer) {
    static LOADING: Mutex<Vec<Tokenizer>> = Mutex::new(Vec::new());
    if tokenizer.is_loaded() {
        return;
    }
    let mut loading = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if !loading.contains(&tokenizer) {
        loading.push(tokenizer);
        std::thread::spawn(move || tokenizer.load());
    }
}
