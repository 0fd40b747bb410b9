use super::*;

const BUNDLE: &str = r#"{"name":"m1","context":128000,"max_output":4096,"tier":"standard","price":{"input":1.0,"cached_input":0.5,"output":2.0},"capabilities":["tools","vision","json_schema","streaming"]}"#;

#[test]
fn a_model_of_a_bundle_survives_unchanged() {
    let model: Model = serde_json::from_str(BUNDLE).unwrap();
    assert!(model.enabled);
    assert_eq!(serde_json::to_string(&model).unwrap(), BUNDLE);
}

#[test]
fn what_is_not_said_is_unknown_and_not_zero() {
    let model: Model = serde_json::from_str(r#"{"name":"m"}"#).unwrap();
    assert_eq!(model, Model::named("m"));
    assert_eq!(model.estimate_cost(1000, 0.0, 1000), None);
}

#[test]
fn unknown_keys_and_capabilities_are_refused() {
    assert!(serde_json::from_str::<Model>(r#"{"name":"m","contxt":1}"#).is_err());
    assert!(serde_json::from_str::<Model>(r#"{"name":"m","capabilities":["fly"]}"#).is_err());
    assert!(serde_json::from_str::<Model>(r#"{"name":"m","tier":"best"}"#).is_err());
    assert!(serde_json::from_str::<Model>("{}").is_err());
}

#[test]
fn an_estimate_takes_the_cached_share_at_its_price() {
    let model: Model = serde_json::from_str(BUNDLE).unwrap();
    let total = |share| model.estimate_cost(1000, share, 100).map(|cost| cost.total.0);
    assert_eq!(total(0.0), Some(1_000_000 + 200_000));
    assert_eq!(total(0.5), Some(750_000 + 200_000));
    assert_eq!(total(7.0), Some(500_000 + 200_000));
    assert_eq!(total(f64::NAN), total(0.0));
}

#[test]
fn an_estimate_takes_the_price_of_a_long_input() {
    let json = r#"{"name":"m","price":{"input":1,"output":2,"above":{"tokens":1000,"input":2,"output":3}}}"#;
    let model: Model = serde_json::from_str(json).unwrap();
    let total = |input| model.estimate_cost(input, 0.0, 100).map(|cost| cost.total.0);
    assert_eq!(total(1000), Some(1_000_000 + 200_000));
    assert_eq!(total(1001), Some(2_002_000 + 300_000));
}

#[test]
fn tiers_are_ordered() {
    assert!(Tier::Economy < Tier::Standard && Tier::Standard < Tier::Premium && Tier::Premium < Tier::Frontier);
}
