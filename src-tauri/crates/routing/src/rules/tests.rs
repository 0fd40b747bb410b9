//! What only the inside can test: printing a tree and parsing it gives the same tree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::{
    ConditionScope,
    names::{Names, Patterns},
    parse::Parser,
    place::{At, Findings},
    print,
    token::Token,
    tree::{BudgetField, Expr, Kind, Op, Tag},
    words::{self, VARIABLES},
};

fn expr(kind: Kind) -> Expr {
    Expr::new(kind, At::default())
}

/// Any tree that a text can say, sense or not: the types are the checker's business.
fn trees() -> impl Strategy<Value = Expr> {
    let name = prop_oneof!["[a-z_é][a-z0-9_]{0,4}", Just("my key".to_owned()), Just("if".to_owned()), Just("cost".to_owned())];
    let tag = (name, any::<bool>()).prop_map(|(key, bare)| {
        let plain = key.starts_with(super::token::is_name_start) && key.chars().all(super::token::is_name);
        Tag { bare: bare && plain && !words::is_taken(&key), key: key.into() }
    });
    let target = prop_oneof!["[a-z]{1,5}/[a-z0-9.:-]{0,5}[a-z0-9]", Just("my provider/x (1)".to_owned()), Just("then".to_owned())];
    let number = prop_oneof![Just("0"), Just("32_000"), Just("0.9"), Just("1e3"), Just("1.5E-3")];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Kind::Bool),
        number.prop_map(|written| Kind::Number(written.replace('_', "").parse().unwrap(), written.into())),
        any::<String>().prop_map(|text| Kind::Text(text.into())),
        prop::sample::select(VARIABLES.to_vec()).prop_map(|(variable, _)| Kind::Variable(variable)),
        tag.clone().prop_map(Kind::Tag),
        tag.prop_map(Kind::Has),
        (proptest::option::of("[a-z \"']{0,4}"), prop::sample::select(words::BUDGET.to_vec()))
            .prop_map(|(name, (field, _))| Kind::Budget(name.map(Into::into), field)),
        target.clone().prop_map(|target| Kind::Cost(target.into())),
        target.clone().prop_map(|target| Kind::Healthy(target.into())),
        (target, proptest::option::of(1_u8..100)).prop_map(|(target, percentile)| Kind::Latency(target.into(), percentile)),
        Just(Kind::Budget(None, BudgetField::UsedPct)),
    ];
    let operators = [
        Op::Equal,
        Op::Unequal,
        Op::Less,
        Op::LessEqual,
        Op::Greater,
        Op::GreaterEqual,
        Op::In,
        Op::NotIn,
        Op::Contains,
        Op::StartsWith,
        Op::EndsWith,
        Op::Add,
        Op::Subtract,
        Op::Multiply,
        Op::Divide,
        Op::Remainder,
    ];
    leaf.prop_map(expr).prop_recursive(6, 40, 4, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| Expr::and(left, right)),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| Expr::or(left, right)),
            boxed.clone().prop_map(|inner| expr(Kind::Not(inner))),
            boxed.clone().prop_map(|inner| expr(Kind::Negative(inner))),
            boxed.clone().prop_map(|inner| expr(Kind::Size(inner))),
            (prop::sample::select(operators.to_vec()), boxed.clone(), boxed.clone())
                .prop_map(|(op, left, right)| expr(Kind::Binary(op, left, right))),
            (boxed, "[a-z\\\\\"]{0,3}").prop_map(|(subject, pattern)| {
                let pattern = Patterns::default().compile(pattern.into(), At::default(), &mut Findings::default());
                expr(Kind::Matches(subject, pattern))
            }),
            [inner.clone(), inner.clone(), inner.clone()].prop_map(|three| expr(Kind::Choice(Box::new(three)))),
            proptest::collection::vec(inner, 0..4).prop_map(|items| expr(Kind::List(items))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn printing_a_tree_and_parsing_it_gives_the_same_tree(tree in trees()) {
        let text = print::condition(&tree);
        let mut parser = Parser::new(&text, Names { scope: ConditionScope::Response, patterns: Patterns::default() });
        let parsed = parser.condition().ok();
        prop_assert!(parser.next().0 == Token::End, "{}", text);
        let depth = parsed.as_ref().map(|parsed| parsed.depth);
        prop_assert_eq!(parsed, Some(tree.clone()), "{}", text);
        prop_assert_eq!(depth, Some(tree.depth));
    }
}

#[test]
fn the_table_of_variables_is_in_the_order_of_its_type() {
    for (index, (variable, word)) in VARIABLES.iter().enumerate() {
        assert_eq!(*variable as usize, index);
        assert_eq!(variable.word(), word);
        assert_eq!(super::words::Variable::named(word.name), Some(*variable));
    }
}

#[test]
fn every_word_has_an_example_that_uses_it() {
    for word in super::vocabulary() {
        assert!(word.doc.ends_with(['.', '?']) && !word.example.is_empty(), "{word:?}");
        let last = word.name.rsplit(['.', ' ']).next().unwrap();
        assert!(word.example.contains(last), "{word:?}");
        let scope = if word.response_only { ConditionScope::Response } else { ConditionScope::Request };
        let findings = if word.example.starts_with("if ") {
            super::parse_program(word.example).findings
        } else {
            super::parse_condition(word.example, scope).findings
        };
        assert!(findings.iter().all(|finding| finding.message == "this condition never holds"), "{word:?} {findings:?}");
        if word.response_only {
            assert!(super::parse_condition(word.example, ConditionScope::Request).value.is_none(), "{word:?}");
        }
    }
}
