//! What people must know to add a provider of each kind.

use std::borrow::Cow;

use catalog::{ProviderKind, ProviderOptions};

use crate::{
    Code, Error,
    api::providers::{ProviderKind as KindDto, ProviderOptions as OptionsDto},
};

/// Longest option, in bytes.
const LONGEST: usize = 64;

/// The kind as it is offered.
pub(crate) fn shown(kind: ProviderKind) -> KindDto {
    let preset = kind.preset();
    KindDto {
        kind: kind.as_str().to_owned(),
        display_name: preset.display_name.to_owned(),
        base_url: preset.base_url.map(str::to_owned),
        needs_key: preset.needs_key,
        key_env: preset.key_env.map(str::to_owned),
        supported: preset.supported,
        group: group(kind).to_owned(),
        base_url_example: example(kind).to_owned(),
        keys_url: keys_url(kind).map(str::to_owned),
        options: options(kind),
    }
}

fn group(kind: ProviderKind) -> &'static str {
    use ProviderKind as Kind;
    match kind {
        Kind::OpenAi | Kind::Anthropic | Kind::Google | Kind::Mistral | Kind::DeepSeek | Kind::Xai | Kind::Cohere => "maker",
        Kind::Azure | Kind::Bedrock | Kind::Groq | Kind::OpenRouter | Kind::Together | Kind::Fireworks => "host",
        Kind::Ollama | Kind::LmStudio | Kind::Vllm | Kind::Sandbox => "local",
        Kind::OpenAiCompatible | Kind::AnthropicCompatible => "custom",
    }
}

fn example(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Azure => "https://NAME.openai.azure.com/openai/v1",
        ProviderKind::Bedrock => "https://bedrock-runtime.eu-central-1.amazonaws.com",
        ProviderKind::OpenAiCompatible => "http://127.0.0.1:8000/v1",
        ProviderKind::AnthropicCompatible => "http://127.0.0.1:8000",
        _ => kind.preset().base_url.unwrap_or_default(),
    }
}

/// Looked up on the providers' sites in November 2026.
fn keys_url(kind: ProviderKind) -> Option<&'static str> {
    Some(match kind {
        ProviderKind::OpenAi => "https://platform.openai.com/api-keys",
        ProviderKind::Anthropic => "https://console.anthropic.com/settings/keys",
        ProviderKind::Google => "https://aistudio.google.com/apikey",
        ProviderKind::Azure => "https://portal.azure.com",
        ProviderKind::Bedrock => "https://console.aws.amazon.com/bedrock/home#/api-keys",
        ProviderKind::Mistral => "https://console.mistral.ai/api-keys",
        ProviderKind::Groq => "https://console.groq.com/keys",
        ProviderKind::DeepSeek => "https://platform.deepseek.com/api_keys",
        ProviderKind::Xai => "https://console.x.ai",
        ProviderKind::OpenRouter => "https://openrouter.ai/settings/keys",
        ProviderKind::Together => "https://api.together.ai/settings/api-keys",
        ProviderKind::Fireworks => "https://app.fireworks.ai/settings/users/api-keys",
        ProviderKind::Cohere => "https://dashboard.cohere.com/api-keys",
        _ => return None,
    })
}

/// One option alone, so that it can be asked whether a kind takes it.
fn each_option() -> [(&'static str, ProviderOptions); 5] {
    let none = ProviderOptions::default;
    [
        ("api_version", ProviderOptions { api_version: Some(String::new()), ..none() }),
        ("region", ProviderOptions { region: Some(String::new()), ..none() }),
        ("responses", ProviderOptions { responses: Some(true), ..none() }),
        ("messages", ProviderOptions { messages: Some(true), ..none() }),
        ("completions", ProviderOptions { completions: Some(true), ..none() }),
    ]
}

fn options(kind: ProviderKind) -> Vec<String> {
    let taken = |(name, option): (&str, ProviderOptions)| option.misplaced(kind).is_none().then(|| name.to_owned());
    each_option().into_iter().filter_map(taken).collect()
}

/// The options without what is empty.
///
/// # Errors
/// `invalid_request` for one that the kind has not, or that cannot be right.
pub(crate) fn read_options(kind: ProviderKind, given: &OptionsDto) -> Result<ProviderOptions, Error> {
    let options = ProviderOptions {
        api_version: text("api_version", given.api_version.as_deref(), is_api_version, "2024-10-21")?,
        region: text("region", given.region.as_deref(), is_region, "eu-central-1")?,
        responses: given.responses,
        messages: given.messages,
        completions: given.completions,
    };
    match options.misplaced(kind) {
        None => Ok(options),
        Some(name) => Err(refusal(name, format!("A provider of the kind {kind} has no {}; leave it out", called(name)))),
    }
}

/// As the API shows them.
pub(crate) fn shown_options(options: &ProviderOptions) -> OptionsDto {
    let ProviderOptions { api_version, region, responses, messages, completions } = options.clone();
    OptionsDto { api_version, region, responses, messages, completions }
}

fn text(name: &str, given: Option<&str>, right: fn(&str) -> bool, example: &str) -> Result<Option<String>, Error> {
    let Some(value) = given.map(str::trim).filter(|value| !value.is_empty()) else { return Ok(None) };
    if value.len() > LONGEST || !right(value) {
        return Err(refusal(name, format!("{value:?} cannot be the {}; write one such as {example}", called(name))));
    }
    Ok(Some(value.to_owned()))
}

/// As a person calls it.
fn called(option: &str) -> &str {
    match option {
        "api_version" => "API version",
        "base_url" => "base URL",
        "responses" => "option responses",
        "messages" => "option messages",
        "completions" => "option completions",
        other => other,
    }
}

fn refusal(field: &str, why: String) -> Error {
    Error::new(Code::InvalidRequest, why).with("field", field)
}

/// `2024-10-21`, `2025-04-01-preview`, `preview`, `v1`.
fn is_api_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// `eu-central-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => words.len() >= 2 && words.iter().all(word) && number.parse::<u8>().is_ok(),
        None => false,
    }
}

/// Refuses a provider without an address where only its owner knows that.
///
/// # Errors
/// `invalid_request`, naming what is missing.
pub(crate) fn check_reachable(kind: ProviderKind, options: &ProviderOptions) -> Result<(), Error> {
    let preset = kind.preset();
    let missing =
        |field: &str, such: &str| Err(refusal(field, format!("A provider of the kind {kind} needs a {}, such as {such}", called(field))));
    match (preset.base_url, preset.regional_base_url) {
        (Some(_), _) => Ok(()),
        (None, Some(_)) if options.region.is_some() => Ok(()),
        (None, Some(_)) => missing("region", "eu-central-1"),
        (None, None) => missing("base_url", example(kind)),
    }
}

/// Where a provider of the kind is called, where nobody named an address; empty where it has none.
pub(crate) fn base_url(kind: ProviderKind, options: &ProviderOptions) -> Cow<'static, str> {
    let preset = kind.preset();
    match (preset.regional_base_url, &options.region) {
        (Some(template), Some(region)) => template.replace("{region}", region).into(),
        _ => preset.base_url.unwrap_or_default().into(),
    }
}
