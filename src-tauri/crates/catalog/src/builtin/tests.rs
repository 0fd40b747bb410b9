use super::*;

#[test]
fn the_table_parses_and_each_price_has_source_and_date() {
    let all = parse().unwrap();
    for (kind, models) in &all {
        for model in models.iter().filter(|_| *kind != ProviderKind::Sandbox) {
            assert!(model.price.is_some() && model.price_source.is_some(), "{kind}/{}", model.name);
            assert!(model.price_date.as_deref().is_some_and(|date| date.starts_with("20")));
            assert!(model.modalities.is_some_and(|takes| takes.text), "{kind}/{}", model.name);
            let chat = model.mode == crate::Mode::Chat;
            assert_eq!((model.tier.is_some(), model.capabilities != crate::Capabilities::NONE), (chat, chat), "{kind}/{}", model.name);
        }
    }
}

#[test]
fn every_provider_in_the_cloud_has_models() {
    for kind in ProviderKind::ALL.into_iter().filter(|kind| kind.preset().needs_key) {
        assert!(models(kind).len() >= 3, "{kind} has {}", models(kind).len());
    }
    let count: usize = ProviderKind::ALL.into_iter().map(|kind| models(kind).len()).sum();
    assert!((300..=700).contains(&count), "{count} models: more would be felt when a provider's list is shown");
}

/// Says nothing unless `MODELUX_PRICE_LISTS` names files, as the module's own words show.
#[test]
fn the_built_in_models_are_written_anew() {
    let Ok(wanted) = std::env::var("MODELUX_PRICE_LISTS") else { return };
    let files: BTreeMap<&str, &str> = wanted.split(',').filter_map(|part| part.split_once('=')).collect();
    let mut file: File = serde_json::from_str(include_str!("../models.json")).unwrap();
    for list in &mut file.lists {
        let Some(path) = files.get(&*list.name) else { continue };
        let read = crate::import::read(&std::fs::read(path).unwrap(), &list.date).unwrap();
        assert_eq!((read.format.name(), read.date.as_str()), (&*list.name, &*list.date), "write the list's day into models.json first");
        for (kind, models) in &mut list.models {
            models.retain_mut(|model| {
                let newer = read.models.get(kind).and_then(|models| models.iter().find(|newer| newer.name == model.name));
                let Some(newer) = newer.filter(|newer| newer.price.is_some()) else { return false };
                let tier = model.tier.filter(|_| newer.mode == crate::Mode::Chat);
                *model = Model { tier, price_source: None, price_date: None, ..newer.clone() };
                true
            });
        }
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/models.json"), laid_out(&file)).unwrap();
}

/// One model a line, so that a change of one is a change of one line.
fn laid_out(file: &File) -> String {
    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }
    let lists: Vec<String> = file
        .lists
        .iter()
        .map(|list| {
            let kinds: Vec<String> = list
                .models
                .iter()
                .map(|(kind, models)| {
                    let models: Vec<String> = models.iter().map(|model| format!("    {}", json(model))).collect();
                    format!("   {}: [\n{}\n   ]", json(kind), models.join(",\n"))
                })
                .collect();
            let head =
                format!("  \"name\": {},\n  \"source\": {},\n  \"date\": {}", json(&list.name), json(&list.source), json(&list.date));
            format!(" {{\n{head},\n  \"models\": {{\n{}\n  }}\n }}", kinds.join(",\n"))
        })
        .collect();
    format!("{{\n\"lists\": [\n{}\n]\n}}\n", lists.join(",\n"))
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
    assert!(long.len() > 19, "{}", long.len());
    for (kind, model, price, above) in &long {
        let what = format!("{kind}/{}", model.name);
        assert!(model.context.is_some_and(|context| context >= above.tokens), "{what} never gets there");
        assert!(above.input > price.input && above.output > price.output, "{what} gets cheaper");
        assert_eq!(above.cached_input.is_some(), price.cached_input.is_some(), "{what} forgets its cache");
    }
    let pro = long.iter().find(|(_, model, ..)| model.name == "gemini-2.5-pro").unwrap();
    let published = crate::Price::from_usd_per_million(1.25, Some(0.125), 10.0);
    assert_eq!(published.and_then(|price| price.with_long_input(200_000, 2.5, Some(0.25), 15.0)), Ok(pro.2));
}
