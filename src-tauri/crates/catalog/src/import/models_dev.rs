//! The `api.json` of models.dev: providers with their models, USD per million tokens.

use serde_json::Value;

use super::numbers::{Fields, known_price, lists, price, tokens, yes};
use super::{Entries, ImportError, PriceList, Reading, entries, fields, is_name};
use crate::{Capabilities, Modalities, Mode, Model, Price, ProviderKind};

fn provider(id: &str) -> Option<ProviderKind> {
    Some(match id {
        "openai" => ProviderKind::OpenAi,
        "anthropic" => ProviderKind::Anthropic,
        "google" => ProviderKind::Google,
        "azure" => ProviderKind::Azure,
        "amazon-bedrock" => ProviderKind::Bedrock,
        "mistral" => ProviderKind::Mistral,
        "groq" => ProviderKind::Groq,
        "deepseek" => ProviderKind::DeepSeek,
        "xai" => ProviderKind::Xai,
        "openrouter" => ProviderKind::OpenRouter,
        "togetherai" => ProviderKind::Together,
        "fireworks-ai" => ProviderKind::Fireworks,
        "cohere" => ProviderKind::Cohere,
        _ => return None,
    })
}

pub(super) fn read(providers: &Entries<'_>, mut reading: Reading) -> Result<PriceList, ImportError> {
    for (id, row) in providers {
        let models = models_of(row);
        match (provider(id), models) {
            (Some(kind), Ok(models)) => models.iter().for_each(|(name, row)| match fields(row) {
                Ok(fields) => take(kind, name, &fields, &mut reading),
                Err(reason) => reading.refuse(&format!("{id}/{name}"), reason),
            }),
            (None, Ok(models)) => reading.list.skipped.unknown_provider += models.len(),
            (_, Err(reason)) => reading.refuse(id, reason),
        }
    }
    Ok(reading.done())
}

fn models_of(row: &serde_json::value::RawValue) -> Result<Entries<'_>, String> {
    let provider = entries(row.get().as_bytes()).map_err(|_| "it is not a provider with its models".to_owned())?;
    let models = provider.into_iter().find(|(field, _)| field == "models").ok_or("it has no models")?.1;
    entries(models.get().as_bytes()).map_err(|_| "its models are no JSON object, or too many".to_owned())
}

fn take(kind: ProviderKind, name: &str, row: &Fields, reading: &mut Reading) {
    if row.get("status").and_then(Value::as_str) == Some("deprecated") || name.starts_with('~') {
        reading.list.skipped.not_callable += 1;
        return;
    }
    let modalities = row.get("modalities").and_then(Value::as_object);
    let writes = |word: &str| modalities.is_none_or(|modalities| lists(modalities, "output", word));
    let others = ["image", "audio", "video"].iter().any(|word| modalities.is_some() && writes(word));
    if !writes("text") || others {
        reading.list.skipped.other_mode += 1;
        return;
    }
    match model(kind, name, row, modalities) {
        Ok(model) => reading.take(kind, true, model),
        Err(reason) => reading.refuse(&format!("{kind}/{name}"), reason),
    }
}

fn model(kind: ProviderKind, name: &str, row: &Fields, modalities: Option<&Fields>) -> Result<Model, String> {
    if !is_name(name) {
        return Err("it is not a model's name".to_owned());
    }
    let none = Fields::new();
    let limit = row.get("limit").and_then(Value::as_object).unwrap_or(&none);
    let takes = |word: &str| modalities.is_some_and(|modalities| lists(modalities, "input", word));
    let mode = if name.contains("embed") { Mode::Embedding } else { Mode::Chat };
    let chat = mode == Mode::Chat;
    let tools = yes(row, "tool_call");
    // Where nothing is said of JSON by a schema, those that call tools can: a tool's input is one.
    let json_schema = row.get("structured_output").and_then(Value::as_bool).unwrap_or(tools);
    let context = match tokens(limit, "input")? {
        Some(input) => Some(input),
        None => tokens(limit, "context")?,
    };
    Ok(Model {
        mode,
        context,
        max_output: if chat { tokens(limit, "output")? } else { None },
        price: full_price(kind, name, row)?,
        capabilities: if chat { Capabilities { tools, vision: takes("image"), json_schema, streaming: true } } else { Capabilities::NONE },
        modalities: modalities.map(|_| Modalities {
            text: takes("text"),
            image: takes("image"),
            audio: takes("audio"),
            video: takes("video"),
            document: takes("pdf"),
        }),
        ..Model::named(name)
    })
}

fn full_price(kind: ProviderKind, name: &str, row: &Fields) -> Result<Option<Price>, String> {
    let Some(cost) = row.get("cost").and_then(Value::as_object) else { return Ok(None) };
    let Some(usual) = one_price(kind, name, cost)? else { return Ok(None) };
    let mut lowest: Option<(u64, Price)> = None;
    let tiers = cost.get("tiers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for tier in tiers.iter().filter_map(Value::as_object) {
        let limit = tier.get("tier").and_then(Value::as_object).map(|tier| tokens(tier, "size")).transpose()?.flatten();
        if let (Some(limit), Some(price)) = (limit, one_price(kind, name, tier)?)
            && lowest.is_none_or(|(lowest, _)| limit < lowest)
        {
            lowest = Some((limit, price));
        }
    }
    if let (None, Some(long)) = (lowest, cost.get("context_over_200k").and_then(Value::as_object)) {
        lowest = one_price(kind, name, long)?.map(|price| (200_000, price));
    }
    Ok(Some(lowest.map_or(usual, |(limit, long)| usual.with_above(limit, long))))
}

fn one_price(kind: ProviderKind, name: &str, cost: &Fields) -> Result<Option<Price>, String> {
    let (input, output) = (price(cost, "input", 1.0)?, price(cost, "output", 1.0)?);
    let (read, write) = (known_price(cost, "cache_read", 1.0)?, known_price(cost, "cache_write", 1.0)?);
    let (Some(input), Some(output)) = (input, output) else { return Ok(None) };
    if input == 0.0 && output == 0.0 && !name.ends_with(":free") {
        return Ok(None);
    }
    // The list has one price for a write; Anthropic's for an hour is twice its input.
    let hour = write.filter(|_| kind == ProviderKind::Anthropic).map(|_| input * 2.0);
    Price::from_usd_per_million(input, read, output)?.with_cache_write(write, hour).map(Some)
}
