use super::*;
use crate::builtin;

fn provider(name: &str, kind: ProviderKind, models: &[&str]) -> ProviderModels {
    let models = models.iter().map(|name| Model::named(*name)).collect();
    ProviderModels { name: name.to_owned(), kind, enabled: true, models }
}

fn catalogue() -> Catalogue {
    Catalogue::new([
        provider("alpha", ProviderKind::OpenAiCompatible, &["m1", "shared", "org/m2"]),
        provider("openai", ProviderKind::OpenAi, &["gpt-4o", "gpt-4o-mini", "shared"]),
    ])
}

#[test]
fn looks_a_model_up_by_provider_and_name() {
    let catalogue = catalogue();
    assert_eq!(catalogue.lookup("alpha", "org/m2").unwrap().name, "org/m2");
    assert!(catalogue.lookup("alpha", "gpt-4o").is_none());
    assert!(catalogue.lookup("beta", "m1").is_none());
    assert_eq!(catalogue.kind("alpha"), Some(ProviderKind::OpenAiCompatible));
}

#[test]
fn a_bare_name_leads_to_the_first_provider_that_has_it() {
    let catalogue = catalogue();
    assert_eq!(catalogue.resolve_bare("gpt-4o"), Ok(("openai", "gpt-4o")));
    assert_eq!(catalogue.resolve_bare("shared"), Ok(("alpha", "shared")));
    assert_eq!(catalogue.resolve_bare("fast"), Ok(("sandbox", "fast")));
}

#[test]
fn a_bare_name_that_nobody_lists_leads_to_its_maker_by_its_beginning() {
    let catalogue = catalogue();
    assert_eq!(catalogue.resolve_bare("gpt-next"), Ok(("openai", "gpt-next")));
    let unknown = catalogue.resolve_bare("claude-next").unwrap_err();
    assert_eq!(unknown.missing_provider, Some(ProviderKind::Anthropic));
}

#[test]
fn an_unknown_name_is_answered_with_the_forms_and_the_nearest_names() {
    let unknown = catalogue().resolve_bare("gtp-4o").unwrap_err();
    assert_eq!(unknown.nearest[0], "openai/gpt-4o");
    let message = unknown.to_string();
    for part in ["`gtp-4o`", "`@config`", "`provider/model`", "Did you mean `openai/gpt-4o`"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(catalogue().nearest("openai/gpt-4o-min")[0], "openai/gpt-4o-mini");
    assert!(catalogue().nearest("something entirely different").is_empty());
    assert_eq!(catalogue().nearest_provider("opnai"), Some("openai"));
}

#[test]
fn a_name_whose_provider_is_missing_says_so() {
    let unknown = catalogue().unknown("xai/grok-4");
    assert_eq!(unknown.missing_provider, Some(ProviderKind::Xai));
    assert!(unknown.to_string().contains("add one in Providers"), "{unknown}");
}

#[test]
fn what_is_not_enabled_is_not_there() {
    let mut off = provider("openai", ProviderKind::OpenAi, &["gpt-4o"]);
    off.enabled = false;
    let mut some = provider("alpha", ProviderKind::OpenAiCompatible, &["m1", "m2"]);
    some.models[0].enabled = false;
    let catalogue = Catalogue::new([off, some]);
    assert!(catalogue.resolve_bare("gpt-4o").is_err());
    assert!(catalogue.lookup("alpha", "m1").is_none());
    assert!(catalogue.lookup("alpha", "m2").is_some());
}

#[test]
fn the_sandbox_is_built_in_and_can_be_turned_off() {
    assert!(catalogue().lookup("sandbox", "json").is_some());
    let mut off = sandbox::provider();
    off.enabled = false;
    assert!(Catalogue::new([off]).lookup("sandbox", "json").is_none());
}

#[test]
fn every_built_in_model_is_found_again() {
    let all = ProviderKind::ALL.into_iter().map(|kind| ProviderModels {
        name: kind.as_str().to_owned(),
        kind,
        enabled: true,
        models: builtin::models(kind).to_vec(),
    });
    let catalogue = Catalogue::new(all);
    for (provider, model) in catalogue.models() {
        assert_eq!(catalogue.lookup(provider, &model.name), Some(model));
        assert!(catalogue.resolve_bare(&model.name).is_ok());
    }
}
