//! LiteLLM's `model_prices_and_context_window.json`: a row per model, USD per token.
//!
//! A name carries its provider before a slash where LiteLLM's users write it so; what the provider
//! itself knows stands behind. Azure's models stand by the name of the model that a deployment is of.

use serde_json::Value;

use super::numbers::{Fields, known_price, lists, price, tokens, yes};
use super::{Entries, PriceList, Reading, fields, is_name};
use crate::{Capabilities, Modalities, Mode, Model, Price, ProviderKind};

const PER_MILLION: f64 = 1e6;
const ABOVE: &str = "input_cost_per_token_above_";

/// Whose row it is: the kind, and what names of the provider's own begin with.
fn provider(name: &str) -> Option<(ProviderKind, &'static str)> {
    Some(match name {
        "openai" => (ProviderKind::OpenAi, ""),
        "anthropic" => (ProviderKind::Anthropic, ""),
        "gemini" => (ProviderKind::Google, "gemini/"),
        "azure" => (ProviderKind::Azure, "azure/"),
        "bedrock" | "bedrock_converse" => (ProviderKind::Bedrock, ""),
        "mistral" => (ProviderKind::Mistral, "mistral/"),
        "groq" => (ProviderKind::Groq, "groq/"),
        "deepseek" => (ProviderKind::DeepSeek, "deepseek/"),
        "xai" => (ProviderKind::Xai, "xai/"),
        "openrouter" => (ProviderKind::OpenRouter, "openrouter/"),
        "together_ai" => (ProviderKind::Together, "together_ai/"),
        "fireworks_ai" | "fireworks_ai-embedding-models" => (ProviderKind::Fireworks, "fireworks_ai/"),
        "cohere" | "cohere_chat" => (ProviderKind::Cohere, "cohere/"),
        _ => return None,
    })
}

pub(super) fn read(rows: &Entries<'_>, mut reading: Reading) -> PriceList {
    for (name, row) in rows {
        match fields(row) {
            Ok(fields) => take(name, &fields, &mut reading),
            Err(reason) => reading.refuse(name, reason),
        }
    }
    reading.done()
}

fn take(name: &str, fields: &Fields, reading: &mut Reading) {
    let word = |field: &str| fields.get(field).and_then(Value::as_str);
    let Some((kind, prefix)) = word("litellm_provider").and_then(provider) else {
        reading.list.skipped.unknown_provider += 1;
        return;
    };
    let mode = match word("mode") {
        Some("chat" | "responses" | "completion") => Mode::Chat,
        Some("embedding") => Mode::Embedding,
        _ => {
            reading.list.skipped.other_mode += 1;
            return;
        }
    };
    let own = name.strip_prefix(prefix);
    let bare = own.unwrap_or(name);
    let retired = word("deprecation_date").is_some_and(|day| day < reading.list.date.as_str());
    if retired || !callable(kind, bare, own.is_some()) {
        reading.list.skipped.not_callable += 1;
        return;
    }
    match model(bare, mode, fields) {
        Ok(model) => reading.take(kind, own.is_some(), model),
        Err(reason) => reading.refuse(name, reason),
    }
}

/// Is it a model's name, rather than a class of prices, a price zone or an alias of LiteLLM's own?
fn callable(kind: ProviderKind, name: &str, own: bool) -> bool {
    match kind {
        ProviderKind::OpenAi => !name.starts_with("ft:") && !name.contains('/'),
        ProviderKind::Azure | ProviderKind::Bedrock => own && !name.contains('/') && !name.contains('@'),
        ProviderKind::Together => own,
        ProviderKind::Fireworks => name.starts_with("accounts/"),
        _ => true,
    }
}

fn model(name: &str, mode: Mode, fields: &Fields) -> Result<Model, String> {
    if !is_name(name) {
        return Err("it is not a model's name".to_owned());
    }
    let context = match tokens(fields, "max_input_tokens")? {
        Some(tokens) => Some(tokens),
        None => self::tokens(fields, "max_tokens")?,
    };
    let chat = mode == Mode::Chat;
    Ok(Model {
        mode,
        context,
        max_output: if chat { tokens(fields, "max_output_tokens")? } else { None },
        price: full_price(mode, fields)?,
        capabilities: if chat { capabilities(fields) } else { Capabilities::NONE },
        modalities: Some(modalities(fields)),
        ..Model::named(name)
    })
}

fn capabilities(fields: &Fields) -> Capabilities {
    Capabilities {
        tools: yes(fields, "supports_function_calling"),
        vision: yes(fields, "supports_vision") || yes(fields, "supports_image_input"),
        json_schema: yes(fields, "supports_response_schema") || yes(fields, "supports_native_structured_output"),
        streaming: fields.get("supports_native_streaming") != Some(&Value::Bool(false)),
    }
}

fn modalities(fields: &Fields) -> Modalities {
    let takes = |word: &str, flags: &[&str]| lists(fields, "supported_modalities", word) || flags.iter().any(|flag| yes(fields, flag));
    Modalities {
        text: true,
        image: takes("image", &["supports_vision", "supports_image_input", "supports_embedding_image_input"]),
        audio: takes("audio", &["supports_audio_input"]),
        video: takes("video", &["supports_video_input"]),
        document: takes("pdf", &["supports_pdf_input"]),
    }
}

fn full_price(mode: Mode, fields: &Fields) -> Result<Option<Price>, String> {
    let Some(usual) = one_price(mode, fields, "")? else { return Ok(None) };
    let Some((limit, suffix)) = lowest_limit(fields) else { return Ok(Some(usual)) };
    Ok(Some(match one_price(mode, fields, &suffix)? {
        Some(long) => usual.with_above(limit, long),
        None => usual,
    }))
}

/// The price whose fields have this ending; nothing where it is not known.
fn one_price(mode: Mode, fields: &Fields, suffix: &str) -> Result<Option<Price>, String> {
    let named = |name: &str| known_price(fields, &format!("{name}{suffix}"), PER_MILLION);
    let input = price(fields, &format!("input_cost_per_token{suffix}"), PER_MILLION)?;
    let output = price(fields, &format!("output_cost_per_token{suffix}"), PER_MILLION)?;
    let (read, hit) = (named("cache_read_input_token_cost")?, named("input_cost_per_token_cache_hit")?);
    let (write, hour) = (named("cache_creation_input_token_cost")?, named("cache_creation_input_token_cost_above_1hr")?);
    let (Some(input), Some(output)) = (input, output.or((mode == Mode::Embedding).then_some(0.0))) else { return Ok(None) };
    if input == 0.0 && output == 0.0 {
        return Ok(None);
    }
    Price::from_usd_per_million(input, read.or(hit), output)?.with_cache_write(write, hour).map(Some)
}

/// The first size from which on another price holds, and how the fields of that price end.
fn lowest_limit(fields: &Fields) -> Option<(u64, String)> {
    let limits = fields.keys().filter_map(|field| {
        let thousands = field.strip_prefix(ABOVE)?.strip_suffix("k_tokens")?.parse::<u64>().ok()?;
        Some((thousands.checked_mul(1_000)?, format!("_above_{thousands}k_tokens")))
    });
    limits.min()
}
