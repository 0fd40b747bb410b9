//! The kinds of providers, and what is known of each.
//!
//! ```text
//! ProviderKind ──preset()──> Preset { base URL, auth, apis: which APIs it speaks, quirks: where it differs }
//! ProviderOptions: what the user says of one provider beyond that
//! ```

mod options;
mod preset;
mod presets;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use options::{FromEnvironment, ProviderOptions};
pub use preset::{Apis, AuthForm, Native, Preset, Quirks, Shape, Thoughts};

/// A kind of provider: whose API it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ProviderKind {
    #[serde(rename = "openai")]
    OpenAi,
    Anthropic,
    Google,
    Azure,
    Bedrock,
    Mistral,
    Groq,
    #[serde(rename = "deepseek")]
    DeepSeek,
    Xai,
    #[serde(rename = "openrouter")]
    OpenRouter,
    Together,
    Fireworks,
    Cohere,
    Ollama,
    #[serde(rename = "lmstudio")]
    LmStudio,
    Vllm,
    /// Any other API of OpenAI's shape.
    #[serde(rename = "openai_compatible")]
    OpenAiCompatible,
    /// Any other API of Anthropic's shape.
    AnthropicCompatible,
    /// Answers made here, with no key and no network.
    Sandbox,
}

impl ProviderKind {
    /// Every kind, in the order in which people see them.
    pub const ALL: [ProviderKind; 19] = [
        ProviderKind::OpenAi,
        ProviderKind::Anthropic,
        ProviderKind::Google,
        ProviderKind::Azure,
        ProviderKind::Bedrock,
        ProviderKind::Mistral,
        ProviderKind::Groq,
        ProviderKind::DeepSeek,
        ProviderKind::Xai,
        ProviderKind::OpenRouter,
        ProviderKind::Together,
        ProviderKind::Fireworks,
        ProviderKind::Cohere,
        ProviderKind::Ollama,
        ProviderKind::LmStudio,
        ProviderKind::Vllm,
        ProviderKind::OpenAiCompatible,
        ProviderKind::AnthropicCompatible,
        ProviderKind::Sandbox,
    ];

    /// The name in documents, bundles and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ProviderKind::OpenAi => "openai",
            ProviderKind::Anthropic => "anthropic",
            ProviderKind::Google => "google",
            ProviderKind::Azure => "azure",
            ProviderKind::Bedrock => "bedrock",
            ProviderKind::Mistral => "mistral",
            ProviderKind::Groq => "groq",
            ProviderKind::DeepSeek => "deepseek",
            ProviderKind::Xai => "xai",
            ProviderKind::OpenRouter => "openrouter",
            ProviderKind::Together => "together",
            ProviderKind::Fireworks => "fireworks",
            ProviderKind::Cohere => "cohere",
            ProviderKind::Ollama => "ollama",
            ProviderKind::LmStudio => "lmstudio",
            ProviderKind::Vllm => "vllm",
            ProviderKind::OpenAiCompatible => "openai_compatible",
            ProviderKind::AnthropicCompatible => "anthropic_compatible",
            ProviderKind::Sandbox => "sandbox",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<ProviderKind> {
        ProviderKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What is known of it.
    pub fn preset(self) -> Preset {
        presets::of(self)
    }

    /// The kind that a bare model name belongs to by its beginning.
    pub fn by_model_prefix(model: &str) -> Option<ProviderKind> {
        PREFIXES.iter().find(|(prefix, _)| model.starts_with(prefix)).map(|(_, kind)| *kind)
    }
}

/// Beginnings of model names that belong to one provider.
pub const PREFIXES: [(&str, ProviderKind); 20] = [
    ("gpt-", ProviderKind::OpenAi),
    ("o1", ProviderKind::OpenAi),
    ("o3", ProviderKind::OpenAi),
    ("o4", ProviderKind::OpenAi),
    ("chatgpt-", ProviderKind::OpenAi),
    ("text-embedding-", ProviderKind::OpenAi),
    ("claude-", ProviderKind::Anthropic),
    ("gemini-", ProviderKind::Google),
    ("gemma-", ProviderKind::Google),
    ("mistral-", ProviderKind::Mistral),
    ("ministral-", ProviderKind::Mistral),
    ("magistral-", ProviderKind::Mistral),
    ("codestral-", ProviderKind::Mistral),
    ("devstral-", ProviderKind::Mistral),
    ("pixtral-", ProviderKind::Mistral),
    ("open-mistral-", ProviderKind::Mistral),
    ("deepseek-", ProviderKind::DeepSeek),
    ("grok-", ProviderKind::Xai),
    ("command-", ProviderKind::Cohere),
    ("embed-", ProviderKind::Cohere),
];

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
