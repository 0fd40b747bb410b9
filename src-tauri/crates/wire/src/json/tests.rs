use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;

fn accepts(text: &str) -> bool {
    let mut scan = Scanner::new(text);
    scan.skip().and_then(|()| scan.end()).is_ok()
}

fn only_string(text: &str) -> Text<'_> {
    Scanner::new(text).string().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn accepts_what_serde_json_accepts_and_nothing_else(tokens in prop::collection::vec(
        prop::sample::select(vec![
            "{", "}", "[", "]", ":", ",", "\"a\"", "\"", "\\", "\\n", "\\u00e9", "\\uD83D", "1", "-", "0",
            ".5", "e5", "E-", "true", "false", "null", "nul", " ", "\n", "é", "\u{1}", "\"k\":", "[1,2]",
        ]),
        0..10,
    )) {
        let text = tokens.concat();
        let theirs = serde_json::from_str::<&RawValue>(&text).is_ok();
        prop_assert_eq!(accepts(&text), theirs, "{:?}", text);
    }

    #[test]
    fn decodes_and_counts_strings_as_they_were_meant(meant in any::<String>()) {
        let written = serde_json::to_string(&meant).unwrap();
        let text = only_string(&written);
        prop_assert_eq!(text.decode(), meant.as_str());
        prop_assert_eq!(text.chars(), meant.chars().count() as u64);
    }
}

#[test]
fn a_string_ends_where_it_ends_however_long_it_is() {
    for length in 0..300 {
        let plain = "é".repeat(length / 2) + &"a".repeat(length % 2);
        let text = format!("\"{plain}\" and more");
        assert_eq!(only_string(&text).raw, plain);
        for (at, special) in (0..=length).step_by(7).zip(["\u{1}", "\u{1f}", "\n"].into_iter().cycle()) {
            let broken = format!("\"{}{special}{}\"", "a".repeat(at), "b".repeat(length - at));
            assert_eq!(Scanner::new(&broken).string().unwrap_err().offset, at + 1, "{broken:?}");
            let escaped = format!("\"{}\\\"{}\"", "a".repeat(at), "b".repeat(length - at));
            assert_eq!(only_string(&escaped).chars(), length as u64 + 1, "{escaped}");
        }
    }
}

#[test]
fn nesting_stops_at_128_levels() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(accepts(&nested(128)));
    assert!(!accepts(&nested(129)));
    assert!(!accepts(&"[".repeat(1_000_000)));
}

#[test]
fn siblings_do_not_count_as_depth() {
    let text = format!("[{}]", ["[{}]"; 500].join(","));
    assert!(accepts(&text));
}

#[test]
fn surrogates_pair_up_and_a_lone_one_becomes_the_replacement_character() {
    assert_eq!(only_string(r#""\ud83d\ude00!""#).decode(), "😀!");
    assert_eq!(only_string(r#""a\ud83db""#).decode(), "a\u{FFFD}b");
    assert_eq!(only_string(r#""\ud83d\ud83d\ude00""#).decode(), "\u{FFFD}😀");
    assert_eq!(only_string(r#""\ud83d""#).raw, r"\ud83d");
}

#[test]
fn a_fault_has_its_line_and_column_in_characters() {
    let text = "{\n  \"é\": nope\n}";
    let mut scan = Scanner::new(text);
    let fault = scan.skip().unwrap_err();
    assert_eq!(fault.line_and_column(text.as_bytes()), (2, 8));
}
