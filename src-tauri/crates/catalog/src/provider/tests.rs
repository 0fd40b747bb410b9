use super::*;

#[test]
fn every_kind_has_one_name_everywhere() {
    for kind in ProviderKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        assert_eq!(ProviderKind::from_name(kind.as_str()), Some(kind));
    }
    assert_eq!(ProviderKind::from_name("open_ai"), None);
}

#[test]
fn every_kind_can_be_called_through_one_main_api_at_least() {
    for kind in ProviderKind::ALL {
        let preset = kind.preset();
        let main = match preset.shape {
            Shape::OpenAi => preset.apis.chat,
            Shape::Anthropic => preset.apis.messages,
            Shape::Bedrock => preset.apis.converse,
        };
        assert_eq!(main, Native::Yes, "{kind}");
        assert!(preset.supported, "{kind}");
    }
}

#[test]
fn an_option_that_means_nothing_for_a_kind_is_named() {
    let region = ProviderOptions { region: Some("eu-west-1".to_owned()), ..ProviderOptions::default() };
    assert_eq!(region.misplaced(ProviderKind::Bedrock), None);
    assert_eq!(region.misplaced(ProviderKind::OpenAi), Some("region"));
    let responses = ProviderOptions { responses: Some(true), ..ProviderOptions::default() };
    assert_eq!(responses.misplaced(ProviderKind::Vllm), None);
    assert_eq!(responses.misplaced(ProviderKind::Anthropic), Some("responses"));
    assert!(serde_json::from_str::<ProviderOptions>(r#"{"regoin":"x"}"#).is_err());
}

#[test]
fn the_environment_says_what_the_makers_own_sdks_read_from_it() {
    let aws = |name: &str| {
        match name {
            "AWS_ACCESS_KEY_ID" => Some("AKID"),
            "AWS_SECRET_ACCESS_KEY" => Some("secret"),
            "AWS_BEARER_TOKEN_BEDROCK" => Some(" "),
            "AWS_DEFAULT_REGION" => Some("eu-west-1"),
            _ => None,
        }
        .map(str::to_owned)
    };
    let found = ProviderKind::Bedrock.from_environment(aws);
    assert_eq!((found.key.as_deref(), found.region.as_deref()), (Some("AKID:secret"), Some("eu-west-1")));
    let with_token =
        ProviderKind::Bedrock.from_environment(|name| aws(name).or_else(|| (name == "AWS_SESSION_TOKEN").then(|| "token".to_owned())));
    assert_eq!(with_token.key.as_deref(), Some("AKID:secret:token"));
    let openai = ProviderKind::OpenAi.from_environment(|name| (name == "OPENAI_API_KEY").then(|| "sk-1".to_owned()));
    assert_eq!(openai, FromEnvironment { key: Some("sk-1".to_owned()), region: None });
}

#[test]
fn a_preset_is_whole() {
    for kind in ProviderKind::ALL {
        let preset = kind.preset();
        assert_eq!(preset.needs_key, preset.key_env.is_some(), "{kind}");
        let url = preset.base_url.unwrap_or("http");
        assert!(url.starts_with("http") && !url.ends_with('/'), "{kind}");
        let local = url.starts_with("http://");
        assert_eq!(preset.local_port.is_some(), local, "{kind}");
        assert!(preset.local_port.is_none_or(|port| url.contains(&format!(":{port}/"))), "{kind}");
    }
}

#[test]
fn beginnings_of_names_lead_to_their_makers() {
    let kind = ProviderKind::by_model_prefix;
    assert_eq!(kind("gpt-9"), Some(ProviderKind::OpenAi));
    assert_eq!(kind("o3-pro"), Some(ProviderKind::OpenAi));
    assert_eq!(kind("text-embedding-4"), Some(ProviderKind::OpenAi));
    assert_eq!(kind("claude-next"), Some(ProviderKind::Anthropic));
    assert_eq!(kind("gemini-9"), Some(ProviderKind::Google));
    assert_eq!(kind("llama3"), None);
}
