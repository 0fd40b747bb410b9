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
fn only_openai_shaped_kinds_are_callable_in_this_release() {
    for kind in ProviderKind::ALL {
        let preset = kind.preset();
        assert_eq!(preset.supported, preset.shape == Shape::OpenAi, "{kind}");
    }
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
