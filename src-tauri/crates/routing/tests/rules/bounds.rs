//! Hostile texts end with few findings, and soon: nothing here takes longer than a text of their length should.

use routing::rules::{ConditionScope, parse_condition, parse_program};

use crate::support::shown;

fn findings(condition: &str) -> Vec<String> {
    let parsed = parse_condition(condition, ConditionScope::Request);
    assert!(parsed.value.is_none());
    shown(&parsed.findings)
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    let long = "(".repeat(1 << 20);
    assert_eq!(findings(&long), ["1:1+1 the text is 1048576 bytes long; at most 262144 are allowed"]);
    assert_eq!(shown(&parse_program(&long).findings), ["1:1+1 the text is 1048576 bytes long; at most 262144 are allowed"]);
}

#[test]
fn nesting_is_bounded_in_every_way_that_a_tree_grows() {
    let deep = "this condition nests more than 40 levels deep: split it into several rules";
    let n = 30_000;
    for text in [
        "(".repeat(n),
        "!".repeat(n),
        "not ".repeat(n),
        format!("{}1 > 2", "-".repeat(n)),
        format!("1{} > 2", " + 1".repeat(n)),
        format!("x{} > 2", ".size()".repeat(n)),
        "true ? true : ".repeat(n / 2),
        "size(".repeat(n),
        format!("x in {}", "[".repeat(n)),
    ] {
        let found = findings(&text);
        assert!(found.len() == 1 && found[0].ends_with(deep), "{} {:?}", &text[..20], found);
    }
}

#[test]
fn a_long_chain_is_no_deep_one() {
    let chain = vec!["x == 1"; 20_000].join(" and ");
    assert!(parse_condition(&chain, ConditionScope::Request).value.is_some());
    let list = format!("x in [{}]", "\"a\", ".repeat(40_000));
    assert!(parse_condition(&list, ConditionScope::Request).value.is_some());
}

#[test]
fn a_hundred_findings_are_enough() {
    let text = "if a = 1 then use @a else ".repeat(5_000);
    let found = parse_program(&text).findings;
    assert_eq!(found.len(), 101);
    assert_eq!(found[100].message, "there is more to mend than is listed here: begin with the first ones");
    assert_eq!(findings(&"$ ".repeat(100_000)).len(), 101);
}

#[test]
fn patterns_are_bounded_in_size_and_number() {
    let many: Vec<String> = (0..5_000).map(|n| format!("x matches \"\\\\w{{5}}{n}\"")).collect();
    let found = findings(&many.join(" or "));
    assert!(found.iter().any(|finding| finding.contains("more than 64 different patterns")), "{}", found[0]);
    let nested = format!("x matches \"{}\"", "(".repeat(100_000));
    assert_eq!(findings(&nested).len(), 1);
}

#[test]
fn huge_words_are_cut_in_messages() {
    let found = findings(&format!("request.{} > 5", "a".repeat(200_000)));
    assert!(found[0].len() < 200, "{}", found[0].len());
    let digits = findings(&format!("x > {}", "9".repeat(200_000)));
    assert!(digits[0].len() < 200 && digits[0].ends_with("is too large a number"));
}
