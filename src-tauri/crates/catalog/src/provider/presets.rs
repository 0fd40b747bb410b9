//! What is known of each kind, from the provider's own documentation as of November 2026.

use super::{Apis, AuthForm, Native, Preset, ProviderKind, Quirks, Shape, Thoughts};

/// What is known of a kind.
pub(super) fn of(kind: ProviderKind) -> Preset {
    match kind {
        ProviderKind::OpenAi => Preset {
            apis: Apis { completions: Native::Yes, completions_models: &OPENAI_COMPLETIONS, ..OPENAI_ALL },
            quirks: OPENAI,
            ..cloud("OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY")
        },
        ProviderKind::Anthropic => Preset {
            shape: Shape::Anthropic,
            auth: AuthForm::XApiKey,
            apis: ANTHROPIC_ONLY,
            ..cloud("Anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY")
        },
        // Its OpenAI shape rather than `generateContent`: thought signatures, tools, images and usage come through it,
        // it carries embeddings too, and what it lacks (safety settings, cached content) no caller's dialect can say either.
        ProviderKind::Google => Preset {
            apis: CHAT_AND_EMBEDDINGS,
            quirks: Quirks { thought_signatures: true, ..COMMON },
            ..cloud("Google Gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY")
        },
        ProviderKind::Azure => Preset {
            base_url: None,
            auth: AuthForm::ApiKey,
            apis: Apis { completions: Native::Yes, completions_models: &AZURE_COMPLETIONS, ..OPENAI_ALL },
            quirks: OPENAI,
            ..cloud("Azure OpenAI", "", "AZURE_OPENAI_API_KEY")
        },
        ProviderKind::Bedrock => Preset {
            base_url: None,
            regional_base_url: Some("https://bedrock-runtime.{region}.amazonaws.com"),
            shape: Shape::Bedrock,
            auth: AuthForm::SigV4,
            apis: Apis { converse: Native::Yes, ..NONE },
            ..cloud("Amazon Bedrock", "", "AWS_BEARER_TOKEN_BEDROCK")
        },
        ProviderKind::Mistral => Preset {
            stream_usage_option: false,
            apis: CHAT_AND_EMBEDDINGS,
            quirks: Quirks { seed_field: "random_seed", unknown_members: false, free_call_ids: false, ..COMMON },
            ..cloud("Mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY")
        },
        // Its Responses are a beta that keeps no state.
        ProviderKind::Groq => Preset {
            apis: Apis { responses: Native::Optional, ..CHAT },
            quirks: Quirks { max_tokens_field: "max_completion_tokens", ..COMMON },
            ..cloud("Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY")
        },
        ProviderKind::DeepSeek => Preset {
            apis: Apis { messages: Native::Yes, messages_path: "/anthropic/v1/messages", messages_auth: AuthForm::XApiKey, ..CHAT },
            quirks: Quirks { json_schema: false, thoughts: Thoughts::Content, ..COMMON },
            ..cloud("DeepSeek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY")
        },
        // Its Anthropic shape is deprecated, and its legacy completions know no reasoning model.
        ProviderKind::Xai => Preset {
            apis: Apis { responses: Native::Optional, ..CHAT_AND_EMBEDDINGS },
            ..cloud("xAI", "https://api.x.ai/v1", "XAI_API_KEY")
        },
        // Its Responses are a beta that keeps no state.
        ProviderKind::OpenRouter => Preset {
            apis: Apis { responses: Native::Optional, messages: Native::Yes, ..WITH_COMPLETIONS },
            quirks: Quirks { thoughts: Thoughts::Details, ..COMMON },
            ..cloud("OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY")
        },
        ProviderKind::Together => {
            Preset { apis: WITH_COMPLETIONS, ..cloud("Together AI", "https://api.together.xyz/v1", "TOGETHER_API_KEY") }
        }
        ProviderKind::Fireworks => Preset {
            apis: Apis { responses: Native::Optional, messages: Native::Yes, ..WITH_COMPLETIONS },
            quirks: Quirks { thoughts: Thoughts::ByModel, ..COMMON },
            ..cloud("Fireworks AI", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY")
        },
        ProviderKind::Cohere => Preset {
            stream_usage_option: false,
            apis: CHAT_AND_EMBEDDINGS,
            quirks: Quirks { parallel_tool_calls: false, ..COMMON },
            ..cloud("Cohere", "https://api.cohere.ai/compatibility/v1", "COHERE_API_KEY")
        },
        ProviderKind::Ollama => local("Ollama", "http://127.0.0.1:11434/v1", 11434),
        ProviderKind::LmStudio => local("LM Studio", "http://127.0.0.1:1234/v1", 1234),
        ProviderKind::Vllm => local("vLLM", "http://127.0.0.1:8000/v1", 8000),
        ProviderKind::OpenAiCompatible => Preset { base_url: None, local_port: None, ..local("OpenAI-compatible", "", 0) },
        ProviderKind::AnthropicCompatible => Preset {
            base_url: None,
            local_port: None,
            shape: Shape::Anthropic,
            auth: AuthForm::XApiKey,
            apis: ANTHROPIC_ONLY,
            ..local("Anthropic-compatible", "", 0)
        },
        ProviderKind::Sandbox => Preset { base_url: None, local_port: None, auth: AuthForm::None, apis: CHAT, ..local("Sandbox", "", 0) },
    }
}

/// The models that OpenAI still completes plain text with.
const OPENAI_COMPLETIONS: [&str; 4] = ["gpt-3.5-turbo-instruct", "gpt-3.5-turbo-instruct-0914", "davinci-002", "babbage-002"];
/// The same as Azure names them. A deployment goes by the name that the user gave it, which is this one by default.
const AZURE_COMPLETIONS: [&str; 4] = ["gpt-35-turbo-instruct", "gpt-3.5-turbo-instruct", "davinci-002", "babbage-002"];
/// `gpt-5.1-codex-mini`, `o3-pro`, `o4-mini-deep-research`, `computer-use-preview`: OpenAI serves them on `/responses` alone.
const RESPONSES_ONLY: [&str; 4] = ["codex", "pro", "research", "computer"];

const NONE: Apis = Apis {
    chat: Native::No,
    responses: Native::No,
    messages: Native::No,
    completions: Native::No,
    embeddings: Native::No,
    converse: Native::No,
    messages_path: "/v1/messages",
    messages_auth: AuthForm::Bearer,
    completions_models: &[],
    responses_only: &[],
};
const CHAT: Apis = Apis { chat: Native::Yes, ..NONE };
const CHAT_AND_EMBEDDINGS: Apis = Apis { embeddings: Native::Yes, ..CHAT };
const WITH_COMPLETIONS: Apis = Apis { completions: Native::Yes, ..CHAT_AND_EMBEDDINGS };
const OPENAI_ALL: Apis = Apis { responses: Native::Yes, responses_only: &RESPONSES_ONLY, ..CHAT_AND_EMBEDDINGS };
const ANTHROPIC_ONLY: Apis = Apis { messages: Native::Yes, messages_auth: AuthForm::XApiKey, ..NONE };
/// Recent releases of local servers have Responses and Messages, older ones answer 404: the user knows which one runs.
const SERVER: Apis = Apis { responses: Native::Optional, messages: Native::Optional, ..WITH_COMPLETIONS };

const COMMON: Quirks = Quirks {
    max_tokens_field: "max_tokens",
    developer_role: false,
    parallel_tool_calls: true,
    json_schema: true,
    seed_field: "seed",
    unknown_members: true,
    free_call_ids: true,
    thought_signatures: false,
    thoughts: Thoughts::No,
};
const OPENAI: Quirks = Quirks { max_tokens_field: "max_completion_tokens", developer_role: true, ..COMMON };

const fn cloud(display_name: &'static str, base_url: &'static str, key_env: &'static str) -> Preset {
    Preset {
        display_name,
        base_url: Some(base_url),
        regional_base_url: None,
        shape: Shape::OpenAi,
        apis: CHAT,
        quirks: COMMON,
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
        regional_base_url: None,
        shape: Shape::OpenAi,
        apis: SERVER,
        quirks: Quirks { thoughts: Thoughts::ByModel, ..COMMON },
        auth: AuthForm::Bearer,
        key_env: None,
        needs_key: false,
        supported: true,
        stream_usage_option: true,
        local_port: Some(port),
    }
}
