use super::*;

#[test]
fn reads_pairs_and_trims_them() {
    let tags = parse_tag_header(" tenant = acme , feature=a=b,,flag= ").unwrap();
    let pairs: Vec<_> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(pairs, [("feature", "a=b"), ("flag", ""), ("tenant", "acme")]);
    assert!(parse_tag_header("").unwrap().is_empty());
}

#[test]
fn names_the_key_that_breaks_a_rule() {
    let key = |header: &str| parse_tag_header(header).unwrap_err().param().unwrap();
    assert_eq!(key("a=1,broken"), "mlx:tags.broken");
    assert_eq!(key("=x"), "mlx:tags.");
    assert_eq!(key(&format!("k={}", "v".repeat(257))), "mlx:tags.k");
    assert_eq!(key(&format!("{}=v", "k".repeat(65))), format!("mlx:tags.{}", "k".repeat(64)));
    let many: Vec<_> = (0..33).map(|n| format!("k{n:02}=v")).collect();
    assert_eq!(key(&many.join(",")), "mlx:tags.k32");
}
