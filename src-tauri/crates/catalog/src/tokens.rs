//! How many tokens a text is, before a provider has said it.
//!
//! ```text
//! Tokenizer::of(kind, model) ──> O200k | Cl100k   OpenAI's own tables, once Tokenizer::load has run
//!                           └──> Approximate      one pass over the bytes, by script
//! tokenizer.counter() ── add(text)* ──> total()   bounded work: long texts are sampled
//! ```
//!
//! The tables are those of the crate `tiktoken`. Measured on one core of a small server, beside the
//! other two maintained crates: memory when loaded, and the time for 1 KB of English seen for the
//! first time and of one letter repeated a million times.
//!
//! | crate | o200k | cl100k | load | English | one letter |
//! |---|---|---|---|---|---|
//! | tiktoken 4.1 | 24 MB | 12 MB | 94 ms | 3–28 µs/KB | 345 µs/KB, 82 µs/KB cut as here |
//! | bpe-openai 0.3 | 67 MB | 33 MB | 44 ms | 31 µs/KB | 11 µs/KB |
//! | tiktoken-rs 0.12 | 47 MB | – | 165 ms | 66 µs/KB | 211 µs/KB for 20 KB, and growing |
//!
//! Memory decides: a window that is open all day must stay small. The worst case is met by cutting:
//! no piece of text longer than [`WINDOW`] is ever looked at, and no request costs more than
//! [`EXACT`] bytes of it: 8 KB, 0.2 ms of prose, 1 ms of the most hostile text found (spaces,
//! random letters: 130 µs/KB). A cut falls on white space where there is some, which moves a count
//! by less than 1 %.

mod approximate;
mod images;
mod unescape;

use std::{borrow::Cow, sync::OnceLock};

use crate::provider::ProviderKind;

pub use images::{Detail, ImageSize, image_tokens};

/// Bytes that are looked at in one piece.
pub const WINDOW: usize = 512;
/// Bytes of a request that are put through OpenAI's tables; what is longer is sampled.
pub const EXACT: usize = 8 * 1024;
/// Bytes of a request that are looked at for an approximation, at about 1 ns a byte.
pub const APPROXIMATED: usize = 256 * 1024;
/// A cut goes back this far, in parts of the window, to fall on white space.
const CUT_BACK: usize = 4;

static O200K: OnceLock<&'static tiktoken::CoreBpe> = OnceLock::new();
static CL100K: OnceLock<&'static tiktoken::CoreBpe> = OnceLock::new();

/// How a model's tokens are counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tokenizer {
    /// OpenAI since GPT-4o.
    O200k,
    /// OpenAI's GPT-4 and GPT-3.5, and its embeddings.
    Cl100k,
    /// By the characters of each script.
    Approximate {
        /// Characters of English prose to a token.
        chars_per_token: f32,
    },
}

/// Tokens that a request has beside its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overhead {
    /// Per message: its role and what stands around it.
    pub message: u64,
    /// Once: what begins the answer.
    pub reply: u64,
    /// Once, where there are tools: the text that the provider puts before them.
    pub tools: u64,
    /// Per tool, beside its name, description and schema.
    pub tool: u64,
}

impl Tokenizer {
    /// That of a provider's model. OpenAI's models are known by name wherever they are called.
    ///
    /// English per token elsewhere, as the makers say: Anthropic about 3.5 characters, Google 4,
    /// DeepSeek 0.3 tokens a character; where nothing is said, 4.
    pub fn of(kind: ProviderKind, model: &str) -> Tokenizer {
        if let Some(known) = openai(model) {
            return known;
        }
        let bare = bare(model);
        let chars_per_token = match kind {
            ProviderKind::OpenAi | ProviderKind::Azure => return Tokenizer::O200k,
            _ if bare.contains("claude") => 3.5,
            _ if bare.contains("deepseek") => 3.3,
            ProviderKind::Anthropic | ProviderKind::AnthropicCompatible => 3.5,
            ProviderKind::DeepSeek => 3.3,
            _ => 4.0,
        };
        Tokenizer::Approximate { chars_per_token }
    }

    /// Reads the tables, which takes about a tenth of a second and 24 MB (o200k) or 12 MB (cl100k);
    /// at once where they are there. Not for a thread that serves requests: until it has run, counts
    /// are approximations.
    pub fn load(self) {
        let (table, name) = match self {
            Tokenizer::O200k => (&O200K, "o200k_base"),
            Tokenizer::Cl100k => (&CL100K, "cl100k_base"),
            Tokenizer::Approximate { .. } => return,
        };
        if table.get().is_none()
            && let Some(tables) = tiktoken::get_encoding(name)
        {
            let _ = table.set(tables);
        }
    }

    /// Is there nothing left to load?
    pub fn is_loaded(self) -> bool {
        matches!(self, Tokenizer::Approximate { .. }) || self.tables().is_some()
    }

    /// The tokens of one text: exact for a short one where the tables are loaded, else an estimate.
    pub fn count(self, text: &str) -> u64 {
        let mut counter = self.counter();
        counter.add(text);
        counter.total()
    }

    /// Counts the texts of one request together.
    pub fn counter(self) -> Counter {
        let exact = self.tables().is_some();
        let left = if exact { EXACT } else { APPROXIMATED };
        Counter { tokenizer: self, exact, left, seen_bytes: 0, seen_tokens: 0, guessed_bytes: 0 }
    }

    /// What comes beside the texts. OpenAI: 3 tokens a message and 3 for the reply, as its cookbook
    /// says, and about 8 around a function. Anthropic: the text before tools is 346 tokens for Claude 4 and later.
    pub fn overhead(self, kind: ProviderKind) -> Overhead {
        match kind {
            ProviderKind::Anthropic | ProviderKind::AnthropicCompatible => Overhead { message: 4, reply: 3, tools: 346, tool: 12 },
            ProviderKind::Bedrock if !self.is_openai() => Overhead { message: 4, reply: 3, tools: 346, tool: 12 },
            _ => Overhead { message: 3, reply: 3, tools: 12, tool: 8 },
        }
    }

    fn is_openai(self) -> bool {
        !matches!(self, Tokenizer::Approximate { .. })
    }

    fn tables(self) -> Option<&'static tiktoken::CoreBpe> {
        match self {
            Tokenizer::O200k => O200K.get().copied(),
            Tokenizer::Cl100k => CL100K.get().copied(),
            Tokenizer::Approximate { .. } => None,
        }
    }

    /// English characters to a token, for the approximation.
    fn chars_per_token(self) -> f32 {
        match self {
            Tokenizer::Approximate { chars_per_token } if chars_per_token.is_finite() => chars_per_token.clamp(1.0, 16.0),
            _ => 4.0,
        }
    }
}

/// Counts texts one after the other, with a bound on the work for all of them.
///
/// A text gets at most half of what is left of the bound, so that the last message is looked at
/// too. One that is longer is sampled: windows spread evenly from its beginning to its end stand
/// for the rest. When nothing is left, bytes count as the bytes before them did.
#[derive(Debug, Clone)]
pub struct Counter {
    tokenizer: Tokenizer,
    /// The tables were there when it began; they decide the bound.
    exact: bool,
    left: usize,
    seen_bytes: u64,
    /// In thousandths.
    seen_tokens: u64,
    guessed_bytes: u64,
}

impl Counter {
    /// Adds a text.
    pub fn add(&mut self, text: &str) {
        self.sample(text.as_bytes(), Cow::Borrowed);
    }

    /// Adds what stands between the quotes of a JSON string, with its escapes as they are. What is
    /// no UTF-8 counts as something.
    pub fn add_json(&mut self, raw: &[u8]) {
        self.sample(raw, unescape::unescape);
    }

    /// The tokens of all texts so far.
    pub fn total(&self) -> u64 {
        let guessed = u128::from(self.guessed_bytes) * u128::from(self.seen_tokens) / u128::from(self.seen_bytes.max(1));
        let guessed = u64::try_from(guessed).unwrap_or(u64::MAX);
        self.seen_tokens.saturating_add(guessed).div_ceil(1_000)
    }

    fn sample<'t>(&mut self, text: &'t [u8], read: impl Fn(&'t [u8]) -> Cow<'t, [u8]>) {
        let share = self.left / 2;
        if text.len() <= share {
            self.left -= text.len();
            self.saw(text, self.whole(text, &read));
            return;
        }
        let windows = share / WINDOW;
        if windows == 0 {
            self.guessed_bytes += text.len() as u64;
            return;
        }
        self.left -= windows * WINDOW;
        let (mut bytes, mut tokens) = (0, 0);
        for index in 0..windows {
            let from = boundary(text, spread(text.len(), windows, index));
            let window = cut(&text[from..]);
            bytes += window.len() as u64;
            tokens += self.tokens(&read(window));
        }
        let scaled = u128::from(tokens) * text.len() as u128 / u128::from(bytes.max(1));
        self.saw(text, u64::try_from(scaled).unwrap_or(u64::MAX / 4));
    }

    fn saw(&mut self, text: &[u8], thousandths: u64) {
        self.seen_bytes += text.len() as u64;
        self.seen_tokens = self.seen_tokens.saturating_add(thousandths);
    }

    fn whole<'t>(&self, mut text: &'t [u8], read: &impl Fn(&'t [u8]) -> Cow<'t, [u8]>) -> u64 {
        let mut tokens = 0;
        while !text.is_empty() {
            let window = cut(text);
            tokens += self.tokens(&read(window));
            text = &text[window.len()..];
        }
        tokens
    }

    /// In thousandths.
    fn tokens(&self, window: &[u8]) -> u64 {
        let tables = if self.exact { self.tokenizer.tables() } else { None };
        match (tables, std::str::from_utf8(window)) {
            (Some(tables), Ok(text)) => tables.count(text) as u64 * 1_000,
            _ => approximate::thousandths(window, self.tokenizer.chars_per_token()),
        }
    }
}

/// Where the window of that number begins: the first at the text's beginning, the last at its end.
fn spread(len: usize, windows: usize, index: usize) -> usize {
    let last = len.saturating_sub(WINDOW);
    if windows < 2 { last / 2 } else { (last as u128 * index as u128 / (windows as u128 - 1)) as usize }
}

/// The beginning of the text, no longer than a window, cut before white space or else between characters.
fn cut(text: &[u8]) -> &[u8] {
    if text.len() <= WINDOW {
        return text;
    }
    let back = WINDOW - WINDOW / CUT_BACK;
    let space = (back..WINDOW).rev().find(|at| text[*at] == b' ' && text[at - 1] != b' ');
    &text[..space.unwrap_or_else(|| boundary(text, WINDOW).max(1))]
}

/// The last place up to `at` between two characters.
fn boundary(text: &[u8], at: usize) -> usize {
    let lowest = at.saturating_sub(3);
    (lowest..=at).rev().find(|at| text.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80)).unwrap_or(at)
}

/// The tables of one of OpenAI's models.
fn openai(model: &str) -> Option<Tokenizer> {
    let bare = bare(model);
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| bare.starts_with(beginning));
    if begins(&["gpt-4o", "gpt-4.", "gpt-oss"]) {
        Some(Tokenizer::O200k)
    } else if begins(&["gpt-4", "gpt-3.5", "gpt-35", "text-embedding-", "text-moderation-"]) {
        Some(Tokenizer::Cl100k)
    } else if begins(&["gpt-", "chatgpt-", "o1", "o3", "o4", "codex-"]) {
        Some(Tokenizer::O200k)
    } else {
        None
    }
}

/// `gpt-oss-120b` of `openai/gpt-oss-120b`, `openai.gpt-oss-120b` and `ft:gpt-oss-120b:me`.
fn bare(model: &str) -> &str {
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.strip_prefix("ft:").unwrap_or(name);
    name.split_once("openai.").map_or(name, |(_, name)| name)
}

#[cfg(test)]
mod tests;
