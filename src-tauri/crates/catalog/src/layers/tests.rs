use super::*;

fn priced(name: &str, usd: f64, day: &str) -> Model {
    Model {
        price: Price::from_usd_per_million(usd, None, usd).ok(),
        price_source: Some("list".to_owned()),
        price_date: Some(day.to_owned()),
        context: Some(1_000),
        tier: Some(Tier::Premium),
        ..Model::named(name)
    }
}

#[test]
fn an_import_goes_over_what_is_built_in_and_the_users_say_over_both() {
    let built_in = [priced("a", 1.0, "2026-01-01"), priced("b", 1.0, "2026-01-01")];
    let imported = [Model { tier: None, context: None, ..priced("a", 2.0, "2026-02-02") }, priced("c", 3.0, "2026-02-02")];
    let all = with_imported(&built_in, &imported);
    let price = |model: &Model| model.price.map(|price| price.input / 1_000_000);
    assert_eq!(all.iter().map(|model| (&*model.name, price(model))).collect::<Vec<_>>(), [("a", Some(2)), ("b", Some(1)), ("c", Some(3))]);
    assert_eq!((all[0].tier, all[0].context), (Some(Tier::Premium), Some(1_000)), "what the list does not say stays");

    let own = [Override { price: Price::from_usd_per_million(9.0, None, 9.0).ok(), ..Override::of("a") }, Override::of("mine")];
    let all = with_overrides(all, &own);
    assert_eq!((price(&all[0]), all[0].price_source.as_deref(), all[0].price_date.as_deref()), (Some(9), Some(OWN), None));
    assert_eq!(all[0].context, Some(1_000));
    assert_eq!((&*all[3].name, all[3].price), ("mine", None), "unknown, and not free");
}

#[test]
fn what_is_built_in_of_a_later_day_stays() {
    let known = priced("a", 1.0, "2026-03-03");
    assert_eq!(newer(&known, &priced("a", 2.0, "2026-02-02")), None);
    let unpriced = Model { price: None, ..priced("a", 2.0, "2026-04-04") };
    assert_eq!(newer(&known, &unpriced).unwrap().price, known.price, "a list that has no price takes none away");
}

#[test]
fn to_switch_a_model_off_does_not_freeze_its_price() {
    let known = priced("a", 1.0, "2026-01-01");
    let said = Override { enabled: Some(false), price: known.price, context: known.context, ..Override::of("a") };
    let own = said.beyond(Some(&known));
    assert_eq!(own, Override { enabled: Some(false), ..Override::of("a") });
    let later = priced("a", 2.0, "2026-02-02");
    assert_eq!((own.over(Some(&later)).price, own.over(Some(&later)).enabled), (later.price, false));
    assert!(Override { context: known.context, ..Override::of("a") }.beyond(Some(&known)).is_empty());
}

#[test]
fn a_model_that_an_earlier_release_kept_whole_reads_as_an_override() {
    let kept = r#"{"name":"m","context":5,"price":{"input":1.0,"output":2.0},"capabilities":["tools"],"price_source":"set by you","enabled":false}"#;
    let own: Override = serde_json::from_str(kept).unwrap();
    assert_eq!((own.context, own.enabled, own.capabilities.map(|can| can.vision)), (Some(5), Some(false), Some(false)));
}

#[test]
fn a_later_say_goes_over_an_earlier_one_field_by_field() {
    let first = Override { context: Some(1), enabled: Some(false), ..Override::of("a") };
    let both = first.and(Override { context: Some(2), ..Override::of("a") });
    assert_eq!((both.context, both.enabled), (Some(2), Some(false)));
}
