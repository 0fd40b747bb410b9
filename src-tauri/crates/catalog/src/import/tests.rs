use super::*;
use crate::Price;

const LITELLM: &[u8] = include_bytes!("fixtures/litellm.json");
const MODELS_DEV: &[u8] = include_bytes!("fixtures/models_dev.json");
const DAY: &str = "2026-10-21";

fn find<'l>(list: &'l PriceList, kind: ProviderKind, name: &str) -> &'l Model {
    list.models[&kind].iter().find(|model| model.name == name).unwrap()
}

/// All that was read, a line each.
fn golden(list: &PriceList) -> String {
    use std::fmt::Write as _;
    let mut out = format!("{:?} {} {:?}\n", list.format, list.date, list.skipped);
    for (kind, models) in &list.models {
        for model in models {
            let _ = writeln!(out, "{kind} {}", serde_json::to_string(model).unwrap());
        }
    }
    for refused in &list.refused {
        let _ = writeln!(out, "refused {}: {}", refused.name, refused.reason);
    }
    out
}

#[test]
fn a_file_of_litellm_becomes_models() {
    insta::assert_snapshot!("litellm", golden(&read(LITELLM, DAY).unwrap()));
}

#[test]
fn a_file_of_models_dev_becomes_models() {
    insta::assert_snapshot!("models_dev", golden(&read(MODELS_DEV, DAY).unwrap()));
}

#[test]
fn anthropics_writes_to_the_cache_cost_a_quarter_more_and_twice_as_much_for_an_hour() {
    for file in [LITELLM, MODELS_DEV] {
        let list = read(file, DAY).unwrap();
        for model in &list.models[&ProviderKind::Anthropic] {
            let price = model.price.unwrap();
            assert_eq!(price.cache_write, Some(price.input * 5 / 4), "{}", model.name);
            assert_eq!(price.cache_write_1h, Some(price.input * 2), "{}", model.name);
        }
    }
}

#[test]
fn a_price_is_exact_whatever_its_unit() {
    let per_token = read(LITELLM, DAY).unwrap();
    assert_eq!(find(&per_token, ProviderKind::OpenAi, "gpt-4o").price, Price::from_usd_per_million(2.5, Some(1.25), 10.0).ok());
}

#[test]
fn a_price_of_nothing_is_unknown_save_where_the_name_says_free() {
    let list = read(LITELLM, DAY).unwrap();
    assert_eq!(find(&list, ProviderKind::OpenAi, "free-of-charge").price, None);
    let list = read(MODELS_DEV, DAY).unwrap();
    assert_eq!(find(&list, ProviderKind::OpenRouter, "google/gemma-4-31b-it:free").price.unwrap().input, 0);
}

#[test]
fn the_models_of_models_dev_may_stand_below_providers_with_the_day_of_the_list() {
    let models: Value = serde_json::from_slice(MODELS_DEV).unwrap();
    let file = serde_json::json!({ "_commit_date": "2026-07-02T00:40:28+08:00", "providers": models });
    let list = read(file.to_string().as_bytes(), DAY).unwrap();
    assert_eq!(list.date, "2026-07-02");
    assert_eq!(list.models.len(), read(MODELS_DEV, DAY).unwrap().models.len());
    assert!(list.models.values().flatten().all(|model| model.price.is_none() || model.price_date.as_deref() == Some("2026-07-02")));
}

#[test]
fn what_is_no_price_list_is_refused_with_what_to_take() {
    for (file, said) in [
        (&b"[]"[..], "price list"),
        (b"", "price list"),
        (b"{\"a\":", "price list"),
        (b"{}", "no format"),
        (b"{\"a\":{\"b\":1}}", "no format"),
        (b"{\"a\":1} trailing", "price list"),
        (b"\xff\xfe", "price list"),
    ] {
        let error = read(file, DAY).unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("LiteLLM"), "{error}");
    }
    for day in ["today", "2026-13-01", "2026-1-1", "2026-10-00", ""] {
        assert_eq!(read(LITELLM, day), Err(ImportError::BadDate(day.to_owned())));
    }
}

#[test]
fn a_hostile_file_costs_little_and_takes_nothing_down() {
    assert_eq!(read(&vec![b' '; MAX_BYTES + 1], DAY), Err(ImportError::TooLarge(MAX_BYTES + 1)));
    let deep =
        format!("{{\"a\":{{\"litellm_provider\":\"openai\",\"mode\":\"chat\",\"x\":{}{}}}}}", "[".repeat(20_000), "]".repeat(20_000));
    let list = read(deep.as_bytes(), DAY).unwrap();
    assert_eq!((list.models.len(), list.refused_count), (0, 1));
    let row = r#"{"litellm_provider":"openai","mode":"chat"}"#;
    let many: Vec<String> = (0..=MAX_ROWS).map(|n| format!("\"m{n}\":{row}")).collect();
    assert_eq!(read(format!("{{{}}}", many.join(",")).as_bytes(), DAY), Err(ImportError::TooManyRows));
    let large = format!("{{\"m\":{{\"litellm_provider\":\"openai\",\"mode\":\"chat\",\"x\":\"{}\"}}}}", "x".repeat(MAX_ROW));
    assert!(read(large.as_bytes(), DAY).unwrap().refused[0].reason.contains("bytes"));
    let bad: Vec<String> =
        (0..1_000).map(|n| format!("\"m{n}\":{{\"litellm_provider\":\"openai\",\"mode\":\"chat\",\"max_tokens\":-1}}")).collect();
    let list = read(format!("{{{}}}", bad.join(",")).as_bytes(), DAY).unwrap();
    assert_eq!((list.refused.len(), list.refused_count), (MAX_REASONS, 1_000));
}

#[test]
fn a_preview_says_how_each_model_stands() {
    let list = read(LITELLM, DAY).unwrap();
    let same = find(&list, ProviderKind::OpenAi, "gpt-4o").clone();
    let cheaper = Price::from_usd_per_million(1.0, None, 2.0).ok();
    let known = |_: ProviderKind, name: &str| match name {
        "gpt-4o" => Some(Model { price_date: Some("2026-01-01".to_owned()), tier: Some(crate::Tier::Premium), ..same.clone() }),
        "gpt-6.1-sol" => Some(Model { price: cheaper, price_date: Some("2026-01-01".to_owned()), ..Model::named(name) }),
        "claude-opus-5-5" => Some(Model { price: cheaper, price_date: Some("2027-01-01".to_owned()), ..Model::named(name) }),
        "gemini-2.5-pro" => Some(Model { context: Some(1), ..find(&list, ProviderKind::Google, name).clone() }),
        _ => None,
    };
    let changed = compare(&list, known);
    let of = |name: &str| changed.iter().find(|changed| changed.after.name == name).unwrap();
    assert_eq!(of("gpt-4o").change, Change::Same);
    assert_eq!(of("gpt-4o").after.tier, Some(crate::Tier::Premium), "our own judgement stays");
    assert_eq!(of("gpt-6.1-sol").change, Change::Price);
    assert_eq!((of("claude-opus-5-5").change, of("claude-opus-5-5").after.price), (Change::Older, cheaper));
    assert_eq!(of("gemini-2.5-pro").change, Change::Facts);
    assert_eq!(of("claude-haiku-5-5").change, Change::New);
}

#[test]
fn a_broken_file_is_refused_with_the_place_and_what_to_do() {
    let refusal = |file: &str| read(file.as_bytes(), DAY).unwrap_err().to_string();
    assert_eq!(
        refusal("{\"gpt-4o\":"),
        "this is no JSON price list: it ends in the middle (line 1, column 10); download it again from LiteLLM or models.dev"
    );
    assert!(refusal("[1, 2]").contains("no object of models"), "{}", refusal("[1, 2]"));
    assert!(refusal("{\"a\": 1,\n <html>").contains("line 2, column 2"), "{}", refusal("{\"a\": 1,\n <html>"));
}
