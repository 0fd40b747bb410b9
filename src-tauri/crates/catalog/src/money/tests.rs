use super::*;

fn price(json: &str) -> Price {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_price_survives_json_without_drift() {
    for text in ["1.0", "0.15", "0.075", "2.5", "0.0375", "0.006", "1.32", "0.0001", "999.999999"] {
        let json = format!(r#"{{"input":{text},"cached_input":{text},"output":{text}}}"#);
        assert_eq!(serde_json::to_string(&price(&json)).unwrap(), json);
    }
    assert_eq!(price(r#"{"input":0.15,"output":1}"#), Price { input: 150_000, cached_input: None, output: 1_000_000 });
}

#[test]
fn a_price_that_is_no_price_is_refused() {
    for json in [
        r#"{"input":-1,"output":1}"#,
        r#"{"input":1e300,"output":1}"#,
        r#"{"input":1}"#,
        r#"{"input":"1","output":1}"#,
        r#"{"input":1,"output":1,"per":"token"}"#,
    ] {
        assert!(serde_json::from_str::<Price>(json).is_err(), "{json}");
    }
    assert!(Price::from_usd_per_million(f64::NAN, None, 1.0).is_err());
}

#[test]
fn cached_tokens_are_a_part_of_the_input_at_their_own_price() {
    let price = price(r#"{"input":2.5,"cached_input":1.25,"output":10}"#);
    let cost = price.cost(TokenCounts { input: 1000, cached_input: 400, output: 200 });
    assert_eq!(cost.input, Nanos(600 * 2500 + 400 * 1250));
    assert_eq!(cost.output, Nanos(200 * 10_000));
    assert_eq!(cost.total, cost.input + cost.output);
    let unknown = Price { cached_input: None, ..price };
    let tokens = TokenCounts { input: 1000, cached_input: 400, output: 0 };
    assert_eq!(unknown.cost(tokens).total, Nanos(2_500_000), "an unknown cache price is no discount");
    let more_cached_than_sent = TokenCounts { input: 10, cached_input: 99, output: 0 };
    assert_eq!(price.cost(more_cached_than_sent).total, Nanos(12_500));
}

#[test]
fn half_a_nano_dollar_is_rounded_up_once() {
    // 0.0005 USD per million is 500 pico-dollars: half a nano-dollar.
    let price = Price { input: 500, cached_input: Some(250), output: 499 };
    let cost = |input, output| price.cost(TokenCounts { input, cached_input: 0, output });
    assert_eq!(cost(1, 1), Cost { input: Nanos(1), output: Nanos(0), total: Nanos(1) });
    assert_eq!(cost(3, 0).total, Nanos(2));
    let both = price.cost(TokenCounts { input: 2, cached_input: 1, output: 0 });
    assert_eq!(both.total, Nanos(1), "750 pico-dollars, rounded as a sum and not one by one");
}

#[test]
fn the_largest_counts_saturate() {
    let price = Price { input: u64::MAX, cached_input: None, output: u64::MAX };
    let tokens = TokenCounts { input: u64::MAX, cached_input: 0, output: u64::MAX };
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
