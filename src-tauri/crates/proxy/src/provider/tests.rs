//! What goes out, for each kind and each dialect: no network in it.

mod golden;
mod passthrough;
mod sigv4;

use std::time::{Duration, SystemTime};

use http::HeaderValue;

use super::*;

const KEY: &str = "sk-the-key-of-a-test";
const AWS: &str = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A provider with one key.
fn provider(kind: ProviderKind, base_url: &str, options: ProviderOptions) -> Provider {
    with_keys(kind, base_url, options, &[(None, KEY)])
}

fn with_keys(kind: ProviderKind, base_url: &str, options: ProviderOptions, keys: &[(Option<&str>, &str)]) -> Provider {
    let secrets = keys.iter().map(|(label, key)| (label.map(str::to_owned), SecretString::from(*key))).collect();
    Provider::new(Setup { name: "test", kind, base_url, headers: &[], options: &options, secrets }).unwrap()
}

/// One with what its preset says.
fn preset(kind: ProviderKind) -> Provider {
    provider(kind, kind.preset().base_url.unwrap_or("https://host.example/v1"), ProviderOptions::default())
}

fn outgoing<'a>(dialect: Dialect, model: &'a str, caller: &'a HeaderMap) -> Outgoing<'a> {
    Outgoing {
        dialect,
        model,
        stream: false,
        body: bytes::Bytes::from_static(b"{}").into(),
        credential: None,
        own_key: None,
        caller,
        now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

fn map(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())).collect()
}

#[test]
fn a_request_is_spoken_as_asked_where_the_provider_has_that_and_in_its_main_dialect_elsewhere() {
    use Dialect::{AnthropicMessages, BedrockConverse, OpenAiChat, OpenAiCompletions, OpenAiEmbeddings, OpenAiResponses};
    let of = |kind, asked, model| preset_or_region(kind).dialect_for(asked, model);
    assert_eq!(of(ProviderKind::OpenAi, OpenAiResponses, "gpt-5"), Some(OpenAiResponses));
    assert_eq!(of(ProviderKind::OpenAi, AnthropicMessages, "gpt-5"), Some(OpenAiChat));
    assert_eq!(of(ProviderKind::OpenAi, AnthropicMessages, "gpt-5.1-codex-mini"), Some(OpenAiResponses), "it has no chat");
    assert_eq!(of(ProviderKind::OpenAi, OpenAiChat, "o3-pro-2025-06-10"), Some(OpenAiResponses), "it has no chat");
    assert_eq!(of(ProviderKind::OpenAi, OpenAiCompletions, "davinci-002"), Some(OpenAiCompletions));
    assert_eq!(of(ProviderKind::OpenAi, OpenAiCompletions, "gpt-5"), Some(OpenAiChat));
    assert_eq!(of(ProviderKind::Anthropic, OpenAiResponses, "claude-x"), Some(AnthropicMessages));
    assert_eq!(of(ProviderKind::Anthropic, OpenAiEmbeddings, "claude-x"), None);
    assert_eq!(of(ProviderKind::Bedrock, AnthropicMessages, "amazon.nova-pro-v1:0"), Some(BedrockConverse));
    assert_eq!(of(ProviderKind::Bedrock, OpenAiEmbeddings, "amazon.titan"), None);
    assert_eq!(of(ProviderKind::DeepSeek, AnthropicMessages, "deepseek-chat"), Some(AnthropicMessages));
    assert_eq!(of(ProviderKind::Xai, OpenAiResponses, "grok-4"), Some(OpenAiChat), "not before the user says so");
    assert_eq!(of(ProviderKind::Sandbox, AnthropicMessages, "steady"), Some(OpenAiChat));
}

fn preset_or_region(kind: ProviderKind) -> Provider {
    match kind {
        ProviderKind::Bedrock => provider(kind, "", ProviderOptions { region: Some("eu-west-1".to_owned()), ..ProviderOptions::default() }),
        _ => preset(kind),
    }
}

#[test]
fn an_option_switches_a_dialect_on_where_the_kind_may_have_it_and_off_anywhere() {
    let on = ProviderOptions { responses: Some(true), messages: Some(true), ..ProviderOptions::default() };
    let vllm = provider(ProviderKind::Vllm, "http://127.0.0.1:8000/v1", on.clone());
    assert_eq!(vllm.dialect_for(Dialect::OpenAiResponses, "m"), Some(Dialect::OpenAiResponses));
    assert_eq!(vllm.dialect_for(Dialect::AnthropicMessages, "m"), Some(Dialect::AnthropicMessages));
    let mistral = provider(ProviderKind::Mistral, "https://api.mistral.ai/v1", on);
    assert_eq!(mistral.dialect_for(Dialect::OpenAiResponses, "m"), Some(Dialect::OpenAiChat), "Mistral has none to switch on");
    let off = ProviderOptions { responses: Some(false), completions: Some(false), ..ProviderOptions::default() };
    let openai = provider(ProviderKind::OpenAi, "https://api.openai.com/v1", off);
    assert_eq!(openai.dialect_for(Dialect::OpenAiResponses, "gpt-5"), Some(Dialect::OpenAiChat));
    assert_eq!(openai.dialect_for(Dialect::OpenAiCompletions, "davinci-002"), Some(Dialect::OpenAiChat));
}

#[test]
fn responses_on_azure_wait_for_the_version_that_has_them() {
    let azure = |version: &str| {
        let options = ProviderOptions { api_version: Some(version.to_owned()), ..ProviderOptions::default() };
        provider(ProviderKind::Azure, "https://r.openai.azure.com", options).dialect_for(Dialect::OpenAiResponses, "gpt-4o")
    };
    assert_eq!(azure("2024-10-21"), Some(Dialect::OpenAiChat));
    assert_eq!(azure("2025-04-01-preview"), Some(Dialect::OpenAiResponses));
    assert_eq!(azure("preview"), Some(Dialect::OpenAiResponses));
}

#[test]
fn a_credential_is_chosen_by_its_label_and_one_that_is_not_there_is_never_replaced_by_another() {
    let two = with_keys(
        ProviderKind::OpenAi,
        "https://api.openai.com/v1",
        ProviderOptions::default(),
        &[(None, KEY), (Some("team"), "sk-team-key")],
    );
    let sent = |credential| {
        let none = HeaderMap::new();
        let request = two.request(Outgoing { credential, ..outgoing(Dialect::OpenAiChat, "gpt-5", &none) })?;
        Ok::<_, ProviderError>(header(request.headers(), "authorization").unwrap().to_owned())
    };
    assert_eq!(sent(None).unwrap(), format!("Bearer {KEY}"));
    assert_eq!(sent(Some("team")).unwrap(), "Bearer sk-team-key");
    assert!(matches!(sent(Some("other")), Err(ProviderError::Credential { label, .. }) if label == "other"));
    assert!(!two.lacks_key(None) && !two.lacks_key(Some("team")) && two.lacks_key(Some("other")));
}

#[test]
fn a_key_is_lacked_only_where_one_is_needed() {
    let none = |kind: ProviderKind| with_keys(kind, "http://127.0.0.1:1/v1", ProviderOptions::default(), &[]);
    assert!(none(ProviderKind::OpenAi).lacks_key(None));
    assert!(!none(ProviderKind::Ollama).lacks_key(None));
    assert!(none(ProviderKind::Ollama).lacks_key(Some("other")));
}

#[test]
fn the_callers_own_key_goes_in_the_form_of_the_provider_and_in_place_of_its_own() {
    let own = SecretString::from("sk-ant-own");
    let none = HeaderMap::new();
    let request = preset(ProviderKind::Anthropic)
        .request(Outgoing { own_key: Some(&own), ..outgoing(Dialect::AnthropicMessages, "claude-x", &none) })
        .unwrap();
    assert_eq!(header(request.headers(), "x-api-key"), Some("sk-ant-own"));
    let text = format!("{:?}", request.headers());
    assert!(!text.contains(KEY) && !text.contains("sk-ant-own"), "keys do not show in what is logged: {text}");
}

#[test]
fn of_the_callers_headers_only_those_of_the_dialect_go_on() {
    let caller = map(&[
        ("anthropic-beta", "tools-2024, files"),
        ("anthropic-version", "2024-01-01"),
        ("openai-organization", "org-1"),
        ("openai-beta", "x"),
        ("authorization", "Bearer mlx_sk_secret"),
        ("x-modelux-user-id", "u"),
        ("user-agent", "claude-cli"),
        ("cookie", "a=b"),
    ]);
    let sent = |kind, dialect| preset(kind).request(outgoing(dialect, "m", &caller)).unwrap().headers().clone();
    let anthropic = sent(ProviderKind::Anthropic, Dialect::AnthropicMessages);
    assert_eq!(header(&anthropic, "anthropic-beta"), Some("tools-2024,files"));
    assert_eq!(header(&anthropic, "anthropic-version"), Some("2024-01-01"));
    assert_eq!(header(&anthropic, "openai-organization"), None);
    let openai = sent(ProviderKind::OpenAi, Dialect::OpenAiChat);
    assert_eq!((header(&openai, "openai-organization"), header(&openai, "openai-beta")), (Some("org-1"), Some("x")));
    assert_eq!(header(&openai, "anthropic-beta"), None);
    assert_eq!(header(&sent(ProviderKind::Groq, Dialect::OpenAiChat), "openai-organization"), None, "it says nothing to Groq");
    for headers in [anthropic, openai] {
        assert_eq!((header(&headers, "x-modelux-user-id"), header(&headers, "cookie")), (None, None));
        assert!(header(&headers, "user-agent").unwrap().starts_with("modelux/"));
        assert!(!header(&headers, "authorization").unwrap_or_default().contains("mlx_sk"));
    }
}

#[test]
fn betas_of_the_user_and_of_the_caller_add_up_and_the_users_other_headers_win() {
    let headers = [("anthropic-beta".to_owned(), "context-1m".to_owned()), ("anthropic-version".to_owned(), "2023-01-01".to_owned())];
    let setup = Setup {
        name: "a",
        kind: ProviderKind::Anthropic,
        base_url: "https://api.anthropic.com",
        headers: &headers,
        options: &ProviderOptions::default(),
        secrets: Vec::new(),
    };
    let caller = map(&[("anthropic-beta", "files,context-1m"), ("anthropic-version", "2099-01-01")]);
    let request = Provider::new(setup).unwrap().request(outgoing(Dialect::AnthropicMessages, "m", &caller)).unwrap();
    assert_eq!(header(request.headers(), "anthropic-beta"), Some("context-1m,files"));
    assert_eq!(header(request.headers(), "anthropic-version"), Some("2023-01-01"));
}

#[test]
fn what_an_upstream_repeats_of_a_key_is_taken_out() {
    let aws = with_keys(
        ProviderKind::Bedrock,
        "",
        ProviderOptions { region: Some("us-east-1".to_owned()), ..ProviderOptions::default() },
        &[(None, AWS), (Some("b"), "ABSKsecond-key")],
    );
    let text = aws.redact(b"no wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY, nor ABSKsecond-key, for AKIDEXAMPLE").unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "no [redacted], nor [redacted], for AKIDEXAMPLE");
    assert_eq!(aws.redact(b"nothing in it"), None);
}

#[test]
fn a_setup_that_cannot_be_called_is_refused_with_what_to_do() {
    let wrong = |kind, base_url: &str, key: &str| {
        let secrets = vec![(None, SecretString::from(key))];
        let options = ProviderOptions::default();
        Provider::new(Setup { name: "t", kind, base_url, headers: &[], options: &options, secrets })
            .err()
            .map(|error| error.to_string())
            .unwrap()
    };
    insta::assert_snapshot!([
        wrong(ProviderKind::OpenAi, "no url", KEY),
        wrong(ProviderKind::OpenAi, "/v1", KEY),
        wrong(ProviderKind::Bedrock, "", AWS),
    ].join("\n"), @r#"
    "no url" is no address that can be called; write one such as https://api.example.com/v1
    "/v1" is no address that can be called; write one such as https://api.example.com/v1
    the region is not known; set the option "region", such as us-east-1
    "#);
}

#[test]
fn a_key_that_cannot_be_sent_is_told_by_the_call_and_leaves_the_others_alone() {
    let region = ProviderOptions { region: Some("us-east-1".to_owned()), ..ProviderOptions::default() };
    let bedrock = with_keys(ProviderKind::Bedrock, "", region, &[(None, AWS), (Some("half"), "AKID:"), (Some("torn"), "ABSK\nkey")]);
    let none = HeaderMap::new();
    let sent = |credential| bedrock.request(Outgoing { credential, ..outgoing(Dialect::BedrockConverse, "m", &none) }).err();
    assert_eq!(sent(None), None);
    assert_eq!(sent(Some("half")), Some(ProviderError::AwsKey));
    assert_eq!(sent(Some("torn")), Some(ProviderError::Key));
}
