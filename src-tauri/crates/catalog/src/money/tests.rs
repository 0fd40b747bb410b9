use super::*;

fn counts(input: u64, cached_input: u64, output: u64) -> TokenCounts {
    TokenCounts { input, cached_input, output, ..TokenCounts::default() }
}

fn price(json: &str) -> Price {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_price_survives_json_without_drift() {
    for text in ["1.0", "0.15", "0.075", "2.5", "0.0375", "0.006", "1.32", "0.0001", "999.999999"] {
        let json = format!(r#"{{"input":{text},"cached_input":{text},"output":{text}}}"#);
        assert_eq!(serde_json::to_string(&price(&json)).unwrap(), json);
    }
    assert_eq!(price(r#"{"input":0.15,"output":1}"#), Price::from_usd_per_million(0.15, None, 1.0).unwrap());
}

#[test]
fn a_price_that_is_no_price_is_refused() {
    for json in [
        r#"{"input":-1,"output":1}"#,
        r#"{"input":1e300,"output":1}"#,
        r#"{"input":1}"#,
        r#"{"input":"1","output":1}"#,
        r#"{"input":1,"output":1,"per":"token"}"#,
        r#"{"input":1,"output":1,"above":{"tokens":200000,"input":2}}"#,
        r#"{"input":1,"output":1,"above":{"input":2,"output":2}}"#,
        r#"{"input":1,"output":1,"above":{"tokens":200000,"input":2,"output":2,"above":{}}}"#,
    ] {
        assert!(serde_json::from_str::<Price>(json).is_err(), "{json}");
    }
    assert!(Price::from_usd_per_million(f64::NAN, None, 1.0).is_err());
}

#[test]
fn cached_tokens_are_a_part_of_the_input_at_their_own_price() {
    let price = price(r#"{"input":2.5,"cached_input":1.25,"output":10}"#);
    let cost = price.cost(counts(1000, 400, 200));
    assert_eq!(cost.input, Nanos(600 * 2500 + 400 * 1250));
    assert_eq!(cost.output, Nanos(200 * 10_000));
    assert_eq!(cost.total, cost.input + cost.output);
    let unknown = Price { cached_input: None, ..price };
    let tokens = counts(1000, 400, 0);
    assert_eq!(unknown.cost(tokens).total, Nanos(2_500_000), "an unknown cache price is no discount");
    let more_cached_than_sent = counts(10, 99, 0);
    assert_eq!(price.cost(more_cached_than_sent).total, Nanos(12_500));
}

#[test]
fn a_long_input_has_its_own_price_for_every_token_of_the_call() {
    let price = price(
        r#"{"input":1.25,"cached_input":0.125,"output":10.0,"above":{"tokens":200000,"input":2.5,"cached_input":0.25,"output":15.0}}"#,
    );
    let cost = |input, cached_input| price.cost(counts(input, cached_input, 1_000));
    assert_eq!(cost(200_000, 0).input, Nanos(200_000 * 1250), "the limit itself is still usual");
    assert_eq!(cost(200_000, 0).output, Nanos(1_000 * 10_000));
    assert_eq!(cost(200_001, 0).input, Nanos(200_001 * 2500), "and not only the one token past it");
    assert_eq!(cost(200_001, 0).output, Nanos(1_000 * 15_000));
    assert_eq!(cost(300_000, 100_000).input, Nanos(200_000 * 2500 + 100_000 * 250));
    assert_eq!(cost(200_001, 200_001).output, cost(200_001, 0).output, "cached tokens count towards the size");
}

#[test]
fn an_unknown_cache_price_of_a_long_input_is_no_discount() {
    let price = Price::from_usd_per_million(1.0, Some(0.1), 2.0).and_then(|price| price.with_long_input(10, 3.0, None, 4.0)).unwrap();
    assert_eq!(price.cost(counts(11, 11, 0)).total, Nanos(33_000));
    let text = r#"{"input":1.0,"cached_input":0.1,"output":2.0,"above":{"tokens":10,"input":3.0,"output":4.0}}"#;
    assert_eq!(serde_json::to_string(&price).unwrap(), text);
    assert_eq!(serde_json::from_str::<Price>(text).unwrap(), price);
    assert!(price.with_long_input(10, -3.0, None, 4.0).is_err());
}

#[test]
fn what_is_written_to_the_cache_has_prices_of_its_own() {
    let price = Price::from_usd_per_million(4.0, Some(0.4), 20.0).and_then(|price| price.with_cache_write(Some(5.0), Some(8.0))).unwrap();
    let tokens = TokenCounts { input: 1_000, cached_input: 100, cache_write: 300, cache_write_1h: 200, output: 0 };
    let cost = price.cost(tokens);
    assert_eq!(cost.cache_write, Nanos(100 * 5_000 + 200 * 8_000));
    assert_eq!(cost.input, Nanos(600 * 4_000 + 100 * 400) + cost.cache_write, "the rest is fresh, or read from the cache");
    let usual = Price { cache_write_1h: None, ..price };
    assert_eq!(usual.cost(tokens).cache_write, Nanos(300 * 5_000));
    let uncharged = Price { cache_write: None, ..usual };
    assert_eq!(uncharged.cost(tokens).cache_write, Nanos(300 * 4_000), "never cheaper than fresh input");
    let more_written_than_sent = TokenCounts { input: 10, cached_input: 8, cache_write: 9, cache_write_1h: 9, output: 0 };
    assert_eq!(price.cost(more_written_than_sent).cache_write, Nanos(2 * 8_000));
}

#[test]
fn a_long_input_is_written_to_the_cache_at_its_own_price() {
    let long = Price::from_usd_per_million(0.5, None, 2.5).and_then(|price| price.with_cache_write(Some(0.625), Some(1.0))).unwrap();
    let price = Price::from_usd_per_million(0.1, None, 0.5).unwrap().with_above(100, long);
    let tokens = TokenCounts { input: 101, cache_write: 101, cache_write_1h: 1, ..TokenCounts::default() };
    assert_eq!(price.cost(tokens).cache_write, Nanos(100 * 625 + 1_000));
    assert_eq!(serde_json::from_str::<Price>(&serde_json::to_string(&price).unwrap()).unwrap(), price);
}

#[test]
fn half_a_nano_dollar_is_rounded_up_once() {
    // 0.0005 USD per million is 500 pico-dollars: half a nano-dollar.
    let price = Price { input: 500, cached_input: Some(250), cache_write: None, cache_write_1h: None, output: 499, above: None };
    let cost = |input, output| price.cost(counts(input, 0, output));
    assert_eq!(cost(1, 1), Cost { input: Nanos(1), total: Nanos(1), ..Cost::default() });
    assert_eq!(cost(3, 0).total, Nanos(2));
    let both = price.cost(counts(2, 1, 0));
    assert_eq!(both.total, Nanos(1), "750 pico-dollars, rounded as a sum and not one by one");
}

#[test]
fn the_largest_counts_saturate() {
    let price = Price { input: u64::MAX, cached_input: None, cache_write: None, cache_write_1h: None, output: u64::MAX, above: None };
    let tokens = counts(u64::MAX, 0, u64::MAX);
    assert_eq!(price.cost(tokens).total, Nanos(i64::MAX));
}

#[test]
fn amounts_read_well() {
    let shown = |nanos: i64| Nanos(nanos).to_string();
    assert_eq!(shown(0), "$0.00");
    assert_eq!(shown(5_100_000), "$0.0051");
    assert_eq!(shown(100_000_000_000), "$100.00");
    assert_eq!(shown(1_234_567_890), "$1.23");
    assert_eq!(shown(1_235_000_000), "$1.24");
    assert_eq!(shown(999_999_999), "$1.0000");
    assert_eq!(shown(123_400), "$0.0001");
    assert_eq!(shown(34_500), "$0.000035");
    assert_eq!(shown(1), "$0.000000001");
    assert_eq!(shown(-5_100_000), "-$0.0051");
    assert_eq!(shown(i64::MIN), "-$9223372036.85");
}

#[test]
fn amounts_convert_to_dollars_and_back() {
    assert_eq!(Nanos::from_usd_f64(0.0051), Nanos(5_100_000));
    assert_eq!(Nanos(5_100_000).as_usd_f64(), 0.0051);
    assert_eq!(Nanos::from_usd_f64(1e300), Nanos(i64::MAX));
    assert_eq!(Nanos(i64::MAX) + Nanos(1), Nanos(i64::MAX));
    assert_eq!([Nanos(1), Nanos(2)].into_iter().sum::<Nanos>(), Nanos(3));
    assert_eq!(serde_json::to_string(&Nanos(7)).unwrap(), "7");
}
