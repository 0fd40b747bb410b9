//! The form in which a kind of provider is described.

use serde::{Deserialize, Serialize};

/// The shape of a provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// OpenAI's `/chat/completions` below the base URL.
    OpenAi,
    /// Anthropic's `/v1/messages` below the base URL.
    Anthropic,
    /// Amazon Bedrock's `/model/{model}/converse` below the base URL.
    Bedrock,
}

/// How the key goes with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthForm {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// Azure: `api-key: KEY`, or `Authorization: Bearer` with a token of Microsoft Entra, which is a JWT.
    ApiKey,
    /// AWS: a signature by `ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]`, or `Authorization: Bearer` with a Bedrock API key.
    SigV4,
    /// No key.
    None,
}

/// Whether an API is spoken to a provider as it comes from a caller, with no translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Native {
    /// The provider does not have it.
    No,
    /// It may have it, or only in part: an option of the provider says so.
    Optional,
    /// It has all of it; an option of the provider may say otherwise.
    Yes,
}

/// The APIs that a kind of provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Apis {
    /// `POST /chat/completions`.
    pub chat: Native,
    /// `POST /responses`.
    pub responses: Native,
    /// `POST` of Anthropic's messages, at [`Apis::messages_path`].
    pub messages: Native,
    /// `POST /completions`.
    pub completions: Native,
    /// `POST /embeddings`.
    pub embeddings: Native,
    /// Bedrock's Converse.
    pub converse: Native,
    /// Where Anthropic's messages are, below the base URL without its `/v1`.
    pub messages_path: &'static str,
    /// How the key goes with Anthropic's messages.
    pub messages_auth: AuthForm,
    /// The only models that take legacy completions; all where empty.
    pub completions_models: &'static [&'static str],
    /// Models with one of these words between hyphens in their name take Responses only.
    pub responses_only: &'static [&'static str],
}

/// Where a provider differs from OpenAI's chat API. It matters where a request is translated; one that comes in the
/// provider's own dialect goes on as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quirks {
    /// What the largest answer is called: `max_tokens` or `max_completion_tokens`, which OpenAI's reasoning models insist on.
    pub max_tokens_field: &'static str,
    /// Whether there is a `developer` role; `system` otherwise.
    pub developer_role: bool,
    /// Whether `parallel_tool_calls` is taken.
    pub parallel_tool_calls: bool,
    /// Whether `response_format` may be a `json_schema`; `json_object` at most otherwise.
    pub json_schema: bool,
    /// What `seed` is called.
    pub seed_field: &'static str,
    /// Whether members that it does not know are ignored; refused otherwise.
    pub unknown_members: bool,
    /// Whether ids of calls may be any short text; exactly nine letters or digits otherwise.
    pub free_call_ids: bool,
    /// Whether calls come with a signature in `extra_content`, without which they are not taken back.
    pub thought_signatures: bool,
    /// How it takes back what its models thought.
    pub thoughts: Thoughts,
}

/// How a provider takes back what its models thought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thoughts {
    /// Not at all.
    No,
    /// As `reasoning_content`, and no call without.
    Content,
    /// As `reasoning_details`.
    Details,
    /// As `reasoning_content`, where the model is one that wants it: any server may be behind the address.
    ByModel,
}

/// What is known of a kind of provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Preset {
    /// The name that people know it by.
    pub display_name: &'static str,
    /// What the provider's own SDK takes as base URL; `None` where only the user knows it, or its region.
    pub base_url: Option<&'static str>,
    /// The base URL with `{region}` for the region, where that makes it.
    pub regional_base_url: Option<&'static str>,
    /// The shape of its API.
    pub shape: Shape,
    /// The APIs it has.
    pub apis: Apis,
    /// Where it differs.
    pub quirks: Quirks,
    /// How the key goes with a call.
    pub auth: AuthForm,
    /// The environment variable that its own SDK reads the key from.
    pub key_env: Option<&'static str>,
    /// Whether no call works without a key.
    pub needs_key: bool,
    /// Whether this release can call it.
    pub supported: bool,
    /// Whether a streamed call may ask for its usage (`stream_options.include_usage`). Mistral and Cohere refuse the
    /// option, and report usage without it.
    pub stream_usage_option: bool,
    /// The port of a server on this machine.
    pub local_port: Option<u16>,
}
