use super::*;

#[test]
fn the_table_parses_and_each_price_has_source_and_date() {
    let all = parse().unwrap();
    let count: usize = all.values().map(Vec::len).sum();
    assert!((60..=120).contains(&count), "{count} models");
    for (kind, models) in &all {
        for model in models.iter().filter(|_| *kind != ProviderKind::Sandbox) {
            assert!(model.price.is_some() && model.price_source.is_some(), "{kind}/{}", model.name);
            assert!(model.price_date.as_deref().is_some_and(|date| date.starts_with("20")));
        }
    }
}

#[test]
fn no_name_is_there_twice() {
    for kind in ProviderKind::ALL {
        let mut names: Vec<_> = models(kind).iter().map(|model| &model.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{kind}");
    }
}

#[test]
fn well_known_prices_are_as_published() {
    let find = |kind, name: &str| models(kind).iter().find(|model| model.name == name).unwrap();
    let price = find(ProviderKind::OpenAi, "gpt-4o").price;
    assert_eq!(price, crate::Price::from_usd_per_million(2.5, Some(1.25), 10.0).ok());
    let mini = find(ProviderKind::OpenAi, "gpt-4o-mini");
    assert_eq!(mini.price, crate::Price::from_usd_per_million(0.15, Some(0.075), 0.6).ok());
    assert_eq!((mini.context, mini.max_output), (Some(128_000), Some(16_384)));
}

#[test]
fn the_prices_of_long_inputs_are_as_published() {
    let all = ProviderKind::ALL.into_iter().flat_map(|kind| models(kind).iter().map(move |model| (kind, model)));
    let long: Vec<_> = all.filter_map(|(kind, model)| Some((kind, model, model.price?, model.price?.above?))).collect();
    assert_eq!(long.len(), 19);
    for (kind, model, price, above) in &long {
        let what = format!("{kind}/{}", model.name);
        assert!(model.context.is_some_and(|context| context > above.tokens), "{what} never gets there");
        assert!(above.input > price.input && above.output > price.output, "{what} gets cheaper");
        assert_eq!(above.cached_input.is_some(), price.cached_input.is_some(), "{what} forgets its cache");
    }
    let pro = long.iter().find(|(_, model, ..)| model.name == "gemini-2.5-pro").unwrap();
    let published = crate::Price::from_usd_per_million(1.25, Some(0.125), 10.0);
    assert_eq!(published.and_then(|price| price.with_long_input(200_000, 2.5, Some(0.25), 15.0)), Ok(pro.2));
}

#[test]
fn the_users_own_model_takes_the_place_of_a_built_in_one() {
    let own = [Model::named("gpt-4o"), Model::named("mine")];
    let all = with_overrides(ProviderKind::OpenAi, &own);
    assert_eq!(all.len(), models(ProviderKind::OpenAi).len() + 1);
    assert_eq!(all.iter().find(|model| model.name == "gpt-4o"), Some(&own[0]));
    assert_eq!(all.last(), Some(&own[1]));
}
