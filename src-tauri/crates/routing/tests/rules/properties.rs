//! What holds for every text.

use proptest::prelude::*;
use routing::rules::{
    ConditionScope, Matcher, format_condition, format_program, list_to_text, parse_condition, parse_list, parse_program, to_list,
};

use crate::{
    support::{Asked, condition, holds, shown},
    worlds,
    writer::{Writer, choices},
};

const ACTIONS: [&str; 6] = [
    "use @fast",
    "use openai/gpt-4o",
    "use 'my provider/m x'",
    "block \"no\\n'it'\"",
    "use {\"strategy\": \"single\", \"model\": \"a/b\"}",
    "use @a:3",
];

/// A program with comments, blank lines and breaks where they may stand.
fn program(choices: &[u8]) -> String {
    let mut writer = Writer::new(choices, false);
    let mut text = String::new();
    let rules = writer.pick(4) + 1;
    for rule in 0..=rules {
        let above = ["", "# a comment\n", "\n\n\n", "#\n\n#no space\n", "## heading\n\n\n# text  \n\n", " # indented\n"];
        text.push_str(above[writer.pick(above.len())]);
        let action = ACTIONS[writer.pick(ACTIONS.len())];
        if rule == rules {
            text.push_str(&format!("else {action}"));
        } else {
            let condition = writer.condition(2).replace("response.valid_json", "true").replace("response.has_tool_calls", "false");
            let head = if rule == 0 { "if" } else { "else if" };
            let between = [" ", "\n", " # inside\n  ", "\t"][writer.pick(4)];
            text.push_str(&format!("{head}{between}{condition}{between}then {action}"));
        }
        text.push_str(["\n", " # beside\n", "#beside it\n", "\r\n"][writer.pick(4)]);
    }
    text.push_str(["", "\n\n# below\n", "# below\n\n\n#\n\n"][writer.pick(3)]);
    text
}

fn list_of(text: &str) -> Vec<serde_json::Value> {
    to_list(&parse_program(text).value.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_keeps_its_meaning_in_its_canonical_text(written in choices(), of_world in choices()) {
        let text = Writer::new(&written, false).condition(3);
        let canonical = condition(&text).text().to_owned();
        prop_assert_eq!(condition(&canonical).text().to_owned(), canonical.clone());
        prop_assert_eq!(format_condition(&canonical).unwrap(), canonical.clone());
        let mut writer = Writer::new(&of_world, false);
        let tags = worlds::tags(&mut writer, true);
        let world = worlds::world(&mut writer, &tags);
        prop_assert_eq!(holds(&text, &world), holds(&canonical, &world), "{}\n{}", text, canonical);
    }

    #[test]
    fn what_the_checker_accepts_evaluates_in_every_world(written in choices(), of_world in choices()) {
        let conditions: Vec<_> = (0..3).map(|n| condition(&Writer::new(&written[written.len() * n / 3..], false).condition(3))).collect();
        let matcher = Matcher::compile(&conditions);
        let targets = matcher.targets().to_vec();
        let mut writer = Writer::new(&of_world, false);
        let tags = worlds::tags(&mut writer, true);
        let world = worlds::world(&mut writer, &tags);
        let asked = Asked { world: &world, targets: &targets };
        let first = matcher.first(&asked);
        prop_assert_eq!(first, conditions.iter().position(|condition| holds(condition.text(), &world)));
        for index in 0..3 {
            matcher.values(index, &asked);
        }
    }

    #[test]
    fn formatting_is_idempotent_and_loses_no_comment(written in choices()) {
        let text = program(&written);
        let once = format_program(&text).map_err(|findings| TestCaseError::fail(format!("{text}\n{:?}", shown(&findings))))?;
        prop_assert_eq!(&format_program(&once).unwrap(), &once, "{}", text);
        let said = |text: &str| text.lines().filter(|line| line.contains("# ") || line.contains("#n") || line.contains("#b")).count();
        prop_assert!(said(&once) >= said(&text), "{}\n{}", text, once);
        prop_assert!(!once.contains("\n\n\n"), "{}", once);
    }

    #[test]
    fn text_and_list_turn_into_each_other_without_loss(written in choices()) {
        let text = program(&written);
        let list = list_of(&text);
        let formatted = format_program(&text).unwrap();
        prop_assert_eq!(list_to_text(&list).unwrap(), formatted.clone());
        prop_assert_eq!(list_of(&formatted), list.clone());
        let (of_list, of_text) = (parse_list(&list).value.unwrap(), parse_program(&formatted).value.unwrap());
        for (a, b) in of_list.rules.iter().zip(&of_text.rules) {
            prop_assert_eq!((&a.text, a.line, &a.above, &a.beside), (&b.text, b.line, &b.above, &b.beside));
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
        parse_program(&text);
        parse_condition(&text, ConditionScope::Response);
    }

    #[test]
    fn no_mixture_of_words_makes_it_panic_and_every_finding_has_a_place(words in proptest::collection::vec(
        prop::sample::select(vec![
            "if", "else", "then", "use", "block", "and", "or", "not", "in", "==", "<", "(", ")", "[", "]", "{", "}", "\"", "'a'", "#x\n", "\n", "@a", "a/b",
            "cost(", "latency(", "budget(", "tags", ".", ",", "?", ":", "5", "-", "é𝄞", "\\", "matches", "\"(\"", "time.weekday", "{\"a\":", "AND", "=", "“", "has(",
        ]), 0..25)) {
        let text = words.join(" ");
        let parsed = parse_program(&text);
        prop_assert_eq!(parsed.value.is_none(), parsed.findings.iter().any(|f| f.severity == routing::diagnostic::Severity::Error));
        for finding in parsed.findings {
            let line = text.split('\n').nth(finding.line as usize - 1);
            let units = line.map(|line| line.encode_utf16().count() as u32);
            prop_assert!(units.is_some_and(|units| finding.column <= units + 1 && finding.column >= 1 && finding.length >= 1), "{:?}\n{}", finding, text);
        }
        if let Ok(formatted) = format_program(&text) {
            prop_assert_eq!(format_program(&formatted).unwrap(), formatted);
        }
    }
}
