//! Providers, models, prices, and what a call will cost.
//!
//! ```text
//! provider::ProviderKind ──preset()──> base URL, auth, key name
//! builtin::models(kind)  ──┐
//! import::read(file)     ──┼─ layers ──> Catalogue ──> lookup, resolve_bare, nearest
//! the user's Overrides   ──┘
//! model::Price ──cost(tokens)──> Cost in integer nano-dollars
//! sandbox ──> deterministic answers, with no provider at all
//! Tokenizer::of(kind, model) ──> how many tokens a text is
//! ```

pub mod builtin;
pub mod catalogue;
pub mod import;
pub mod layers;
pub mod model;
pub mod money;
pub mod provider;
pub mod sandbox;
pub mod tokens;

pub use catalogue::{Catalogue, ProviderModels, Unknown};
pub use layers::Override;
pub use model::{Capabilities, Capability, Modalities, Modality, Mode, Model, Tier};
pub use money::{Cost, LongInput, Nanos, Price, TokenCounts};
pub use provider::{Apis, AuthForm, Native, Preset, ProviderKind, ProviderOptions, Quirks, Shape, Thoughts};
pub use tokens::Tokenizer;
