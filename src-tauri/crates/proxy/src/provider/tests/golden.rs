//! One table: every kind, every dialect, what is called and with which headers.

use std::fmt::Write;

use super::*;

fn row(out: &mut String, title: &str, provider: &Provider, model: &str) {
    writeln!(out, "# {title}").unwrap();
    let none = HeaderMap::new();
    for dialect in Dialect::ALL {
        let spoken = provider.dialect_for(dialect, model);
        if spoken != Some(dialect) {
            // Callers do not speak Converse, so that it is worth a line only where it is native.
            if dialect != Dialect::BedrockConverse {
                writeln!(out, "{:<24} {}", dialect.name(), spoken.map_or("—".to_owned(), |spoken| format!("as {}", spoken.name())))
                    .unwrap();
            }
            continue;
        }
        let request = provider.request(outgoing(dialect, model, &none)).unwrap();
        writeln!(out, "{:<24} {}{}", dialect.name(), request.uri(), sent(request.headers())).unwrap();
    }
    let models = provider.list_models(None, SystemTime::UNIX_EPOCH).unwrap();
    writeln!(out, "{:<24} {}{}\n", "list of models", models.uri(), sent(models.headers())).unwrap();
}

/// The headers that differ from kind to kind.
fn sent(headers: &HeaderMap) -> String {
    let mut names: Vec<&str> = headers.keys().map(http::HeaderName::as_str).collect();
    names.retain(|name| !matches!(*name, "content-type" | "user-agent"));
    names.sort_unstable();
    names.iter().fold(String::new(), |mut line, name| {
        let value = header(headers, name).unwrap().replace(KEY, "KEY");
        write!(line, "\n{:<24}   {name}: {value}", "").unwrap();
        line
    })
}

#[test]
fn each_kind_is_called_where_and_as_its_documentation_says() {
    let mut out = String::new();
    for kind in ProviderKind::ALL.into_iter().filter(|kind| kind.preset().base_url.is_some()) {
        row(&mut out, kind.as_str(), &preset(kind), "the-model");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn each_kind_whose_address_is_the_users_is_called_below_it() {
    let mut out = String::new();
    let all = ProviderOptions { responses: Some(true), messages: Some(true), ..ProviderOptions::default() };
    row(
        &mut out,
        "openai_compatible",
        &provider(ProviderKind::OpenAiCompatible, "http://127.0.0.1:9001/v1/", ProviderOptions::default()),
        "m",
    );
    row(&mut out, "openai_compatible, all switched on", &provider(ProviderKind::OpenAiCompatible, "http://[::1]:9001/api/v1", all), "m");
    row(
        &mut out,
        "anthropic_compatible",
        &provider(ProviderKind::AnthropicCompatible, "http://127.0.0.1:9001", ProviderOptions::default()),
        "m",
    );
    row(
        &mut out,
        "anthropic, with /v1 all the same",
        &provider(ProviderKind::Anthropic, "https://gw.example/anthropic/v1", ProviderOptions::default()),
        "m",
    );
    row(
        &mut out,
        "deepseek, as its own guide writes it",
        &provider(ProviderKind::DeepSeek, "https://api.deepseek.com", ProviderOptions::default()),
        "m",
    );
    row(&mut out, "openai, a model for legacy completions", &preset(ProviderKind::OpenAi), "gpt-3.5-turbo-instruct");
    row(&mut out, "openai, a model for Responses only", &preset(ProviderKind::OpenAi), "gpt-5-codex");
    insta::assert_snapshot!(out);
}

#[test]
fn azure_is_called_by_deployment_with_a_dated_version_and_as_openai_without() {
    let mut out = String::new();
    let version = |version: &str| ProviderOptions { api_version: Some(version.to_owned()), ..ProviderOptions::default() };
    let resource = "https://r.openai.azure.com";
    let kind = ProviderKind::Azure;
    row(&mut out, "2024-10-21", &provider(kind, resource, version("2024-10-21")), "my gpt/4o");
    row(&mut out, "2025-04-01-preview, /openai", &provider(kind, &format!("{resource}/openai/"), version("2025-04-01-preview")), "gpt-4o");
    row(&mut out, "no version", &provider(kind, resource, ProviderOptions::default()), "gpt-4o");
    row(&mut out, "preview", &provider(kind, resource, version("preview")), "gpt-4o");
    row(&mut out, "/openai/v1", &provider(kind, &format!("{resource}/openai/v1"), ProviderOptions::default()), "gpt-4o");
    let token = "eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJ4In0.c2ln";
    row(&mut out, "a token of Entra", &with_keys(kind, resource, ProviderOptions::default(), &[(None, token)]), "gpt-4o");
    insta::assert_snapshot!(out);
}

#[test]
fn bedrock_is_called_by_region_with_the_models_name_encoded() {
    let mut out = String::new();
    let region = ProviderOptions { region: Some("eu-central-1".to_owned()), ..ProviderOptions::default() };
    let model = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let arn = "arn:aws:bedrock:eu-central-1:1:inference-profile/x";
    let kind = ProviderKind::Bedrock;
    row(&mut out, "an API key", &with_keys(kind, "", region.clone(), &[(None, "ABSK-key")]), model);
    row(&mut out, "an access key", &with_keys(kind, "", region.clone(), &[(None, AWS)]), arn);
    row(
        &mut out,
        "a session",
        &with_keys(
            kind,
            "https://bedrock-runtime.us-west-2.amazonaws.com",
            ProviderOptions::default(),
            &[(None, &format!("{AWS}:the-token"))],
        ),
        model,
    );
    row(&mut out, "another address", &with_keys(kind, "http://127.0.0.1:9001", region, &[(None, AWS)]), model);
    insta::assert_snapshot!(out);
}

#[test]
fn a_stream_of_bedrock_has_an_address_of_its_own() {
    let region = ProviderOptions { region: Some("us-east-1".to_owned()), ..ProviderOptions::default() };
    let none = HeaderMap::new();
    let streamed = Outgoing { stream: true, ..outgoing(Dialect::BedrockConverse, "m:0", &none) };
    let request = provider(ProviderKind::Bedrock, "", region).request(streamed).unwrap();
    assert_eq!(request.uri(), "https://bedrock-runtime.us-east-1.amazonaws.com/model/m%3A0/converse-stream");
}

#[test]
fn a_model_that_would_leave_the_path_is_refused() {
    let region = ProviderOptions { region: Some("us-east-1".to_owned()), ..ProviderOptions::default() };
    let none = HeaderMap::new();
    let bedrock = provider(ProviderKind::Bedrock, "", region);
    for model in ["..", ".", ""] {
        assert!(matches!(bedrock.request(outgoing(Dialect::BedrockConverse, model, &none)), Err(ProviderError::Model(_))), "{model:?}");
    }
    let climbing = bedrock.request(outgoing(Dialect::BedrockConverse, "../../secrets?x#y", &none)).unwrap();
    assert_eq!(climbing.uri().path(), "/model/..%2F..%2Fsecrets%3Fx%23y/converse");
}
