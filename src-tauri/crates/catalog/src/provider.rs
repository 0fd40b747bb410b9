//! The kinds of providers, and what is known of each.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// The shape of a provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// OpenAI's `/chat/completions` below the base URL.
    OpenAi,
    /// Anthropic's `/v1/messages` below the base URL.
    Anthropic,
    /// A shape that nothing here speaks yet.
    Other,
}

/// How the key goes with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthForm {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// `api-key: KEY` (Azure).
    ApiKey,
    /// No key.
    None,
}

/// What is known of a kind of provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Preset {
    /// The name that people know it by.
    pub display_name: &'static str,
    /// What the provider's own SDK takes as base URL; `None` where only the user knows it.
    pub base_url: Option<&'static str>,
    /// The shape of its API.
    pub shape: Shape,
    /// How the key goes with a call.
    pub auth: AuthForm,
    /// The environment variable that its own SDK reads the key from.
    pub key_env: Option<&'static str>,
    /// Whether no call works without a key.
    pub needs_key: bool,
    /// Whether this release can call it.
    pub supported: bool,
    /// Whether a streamed call may ask for its usage (`stream_options.include_usage`). Mistral
    /// refuses the option with a 422, and reports usage without it.
    pub stream_usage_option: bool,
    /// The port of a server on this machine.
    pub local_port: Option<u16>,
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

    /// What is known of it. Only kinds of OpenAI's shape can be called in this release: Google and
    /// Cohere through their OpenAI-compatible base URLs, Azure through its `/openai/v1`.
    pub fn preset(self) -> Preset {
        match self {
            ProviderKind::OpenAi => cloud("OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY"),
            ProviderKind::Anthropic => Preset {
                shape: Shape::Anthropic,
                auth: AuthForm::XApiKey,
                supported: false,
                ..cloud("Anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY")
            },
            ProviderKind::Google => cloud("Google Gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
            ProviderKind::Azure => Preset { base_url: None, auth: AuthForm::ApiKey, ..cloud("Azure OpenAI", "", "AZURE_OPENAI_API_KEY") },
            ProviderKind::Bedrock => {
                Preset { base_url: None, shape: Shape::Other, supported: false, ..cloud("Amazon Bedrock", "", "AWS_BEARER_TOKEN_BEDROCK") }
            }
            ProviderKind::Mistral => {
                Preset { stream_usage_option: false, ..cloud("Mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY") }
            }
            ProviderKind::Groq => cloud("Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
            ProviderKind::DeepSeek => cloud("DeepSeek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
            ProviderKind::Xai => cloud("xAI", "https://api.x.ai/v1", "XAI_API_KEY"),
            ProviderKind::OpenRouter => cloud("OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
            ProviderKind::Together => cloud("Together AI", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
            ProviderKind::Fireworks => cloud("Fireworks AI", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
            ProviderKind::Cohere => cloud("Cohere", "https://api.cohere.ai/compatibility/v1", "COHERE_API_KEY"),
            ProviderKind::Ollama => local("Ollama", "http://127.0.0.1:11434/v1", 11434),
            ProviderKind::LmStudio => local("LM Studio", "http://127.0.0.1:1234/v1", 1234),
            ProviderKind::Vllm => local("vLLM", "http://127.0.0.1:8000/v1", 8000),
            ProviderKind::OpenAiCompatible => Preset { base_url: None, local_port: None, ..local("OpenAI-compatible", "", 0) },
            ProviderKind::AnthropicCompatible => Preset {
                base_url: None,
                local_port: None,
                shape: Shape::Anthropic,
                auth: AuthForm::XApiKey,
                supported: false,
                ..local("Anthropic-compatible", "", 0)
            },
            ProviderKind::Sandbox => Preset { base_url: None, local_port: None, auth: AuthForm::None, ..local("Sandbox", "", 0) },
        }
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

const fn cloud(display_name: &'static str, base_url: &'static str, key_env: &'static str) -> Preset {
    Preset {
        display_name,
        base_url: Some(base_url),
        shape: Shape::OpenAi,
        auth: AuthForm::Bearer,
        key_env: Some(key_env),
        needs_key: true,
        supported: true,
        stream_usage_option: true,
        local_port: None,
    }
}

/// A server on this machine: it takes a key where it was started with one.
const fn local(display_name: &'static str, base_url: &'static str, port: u16) -> Preset {
    Preset {
        display_name,
        base_url: Some(base_url),
        shape: Shape::OpenAi,
        auth: AuthForm::Bearer,
        key_env: None,
        needs_key: false,
        supported: true,
        stream_usage_option: true,
        local_port: Some(port),
    }
}

#[cfg(test)]
mod tests;
