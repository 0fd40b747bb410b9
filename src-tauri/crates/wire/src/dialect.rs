//! The APIs that callers and upstreams speak.

use serde::{Deserialize, Serialize};

/// The shape of the API that a caller or an upstream speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// OpenAI `POST /chat/completions`.
    #[serde(rename = "openai_chat")]
    OpenAiChat,
    /// OpenAI `POST /responses`.
    #[serde(rename = "openai_responses")]
    OpenAiResponses,
    /// Anthropic `POST /messages`.
    AnthropicMessages,
    /// OpenAI `POST /completions`, from before there was a chat.
    #[serde(rename = "openai_completions")]
    OpenAiCompletions,
    /// OpenAI `POST /embeddings`. Never translated.
    #[serde(rename = "openai_embeddings")]
    OpenAiEmbeddings,
    /// Amazon Bedrock `POST /model/{model}/converse` and `/converse-stream`. Spoken by upstreams only.
    BedrockConverse,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 6] = [
        Dialect::OpenAiChat,
        Dialect::OpenAiResponses,
        Dialect::AnthropicMessages,
        Dialect::OpenAiCompletions,
        Dialect::OpenAiEmbeddings,
        Dialect::BedrockConverse,
    ];

    /// The name that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::OpenAiChat => "OpenAI chat completions",
            Dialect::OpenAiResponses => "OpenAI Responses",
            Dialect::AnthropicMessages => "Anthropic Messages",
            Dialect::OpenAiCompletions => "OpenAI completions",
            Dialect::OpenAiEmbeddings => "OpenAI embeddings",
            Dialect::BedrockConverse => "Bedrock Converse",
        }
    }

    /// The word for it in the database, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::OpenAiChat => "openai_chat",
            Dialect::OpenAiResponses => "openai_responses",
            Dialect::AnthropicMessages => "anthropic_messages",
            Dialect::OpenAiCompletions => "openai_completions",
            Dialect::OpenAiEmbeddings => "openai_embeddings",
            Dialect::BedrockConverse => "bedrock_converse",
        }
    }

    /// What rules call it (`request.endpoint`).
    pub fn endpoint(self) -> &'static str {
        match self {
            Dialect::OpenAiChat => "chat",
            Dialect::OpenAiResponses => "responses",
            Dialect::AnthropicMessages => "messages",
            Dialect::OpenAiCompletions => "completions",
            Dialect::OpenAiEmbeddings => "embeddings",
            Dialect::BedrockConverse => "converse",
        }
    }

    /// Whether errors take OpenAI's shape.
    pub fn is_openai(self) -> bool {
        !matches!(self, Dialect::AnthropicMessages | Dialect::BedrockConverse)
    }
}
