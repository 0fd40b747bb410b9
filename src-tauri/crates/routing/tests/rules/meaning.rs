//! What conditions mean.

use routing::{
    facts::Facts,
    rules::{Budget, LocalTime, Matcher, format_program},
};
use serde_json::json;

use crate::support::{Asked, World, condition, holds, program};

const EXAMPLE: &str = r#"# support traffic stays on approved models
if tenant == "enterprise" then use @premium
else if budget.used_pct >= 0.9 then use @cheap
else if request.input_tokens > 32_000 and not request.has_tools then use google/gemini-2.5-pro
else if cost(openai/gpt-4o) > 0.05 or latency(openai/gpt-4o) > 2500 then use @fast
else if tags.feature in ["summarize", "classify"] then use openai/gpt-4o-mini
else if sensitivity == "pii" then block "PII may not leave this machine"
else use @production
"#;

#[test]
fn the_contracts_example_reads_and_is_in_its_canonical_layout() {
    let program = program(EXAMPLE);
    assert_eq!(program.rules.len(), 7);
    assert_eq!(program.rules[0].line, 2);
    assert_eq!(program.rules[2].text, "else if request.input_tokens > 32_000 and not request.has_tools then use google/gemini-2.5-pro");
    assert_eq!(format_program(EXAMPLE).unwrap(), EXAMPLE);
}

#[test]
fn the_first_condition_that_holds_is_found_with_the_values_that_its_names_had() {
    let program = program(EXAMPLE);
    let conditions: Vec<_> = program.rules.iter().filter_map(|rule| rule.condition.clone()).collect();
    let matcher = Matcher::compile(&conditions);
    assert_eq!(matcher.targets(), ["openai/gpt-4o"]);
    let tags = [("feature".into(), "classify".into())];
    let mut world = World { facts: Facts { input_tokens: 40_000, has_tools: true, tags: &tags, ..Facts::default() }, ..World::default() };
    let targets = matcher.targets().to_vec();
    let first = |world: &World<'_>| matcher.first(&Asked { world, targets: &targets });
    assert_eq!(first(&world), Some(4));
    world.facts.has_tools = false;
    assert_eq!(first(&world), Some(2));
    world.costs.insert("openai/gpt-4o".into(), 0.051);
    world.tightest = Budget { used_pct: 0.93, ..Budget::default() };
    assert_eq!(first(&world), Some(1));
    let values = |index| serde_json::Value::Object(matcher.values(index, &Asked { world: &world, targets: &targets }));
    assert_eq!(values(1), json!({"budget.used_pct": 0.93}));
    assert_eq!(values(3), json!({"cost(openai/gpt-4o)": 0.051, "latency(openai/gpt-4o)": 0, "latency(openai/gpt-4o).samples": 0}));
}

#[test]
fn a_tag_is_a_string_that_reads_as_a_number_where_a_number_stands_beside_it() {
    let tags = [("seats".into(), "25".into()), ("tenant".into(), "acme".into())];
    let world = World { facts: Facts { tags: &tags, ..Facts::default() }, ..World::default() };
    for (text, expected) in [
        ("seats == 25", true),
        ("seats == \"25\"", true),
        ("seats == \"25.0\"", false),
        ("seats in [1, 25.0]", true),
        ("seats * 2 == 50", true),
        ("tenant == 25", false),
        ("tenant != 25", false),
        ("tenant * 2 != 25", false),
        ("tenant not in [25]", true),
        ("missing == \"\"", true),
        ("missing < 1", false),
        ("has(tags.seats) and !has(missing)", true),
        ("seats / 0 > 1", false),
        ("tenant.startsWith(\"ac\") && tags[\"tenant\"].size() == 4", true),
        ("tenant matches '^a.*e$'", true),
        ("tenant == \"x\" ? false : tenant contains \"cm\"", true),
    ] {
        assert_eq!(holds(text, &world), expected, "{text}");
    }
}

#[test]
fn days_of_the_week_go_by_name_or_by_number() {
    let world = World { time: LocalTime { hour: 9, minute: 30, weekday: 6 }, ..World::default() };
    assert!(holds("time.weekday == \"Saturday\" and time.weekday in ['sat', 7] and time.weekday >= 6 and time.hour == 9", &world));
}

#[test]
fn mentions_name_what_only_the_world_can_check() {
    let condition = condition("tenant == 'x' and cost(openai/gpt-4o) > budget(\"team\").remaining_usd");
    let names: Vec<_> =
        condition.mentions().iter().map(|mention| (mention.name.as_str(), mention.span.column, mention.span.length)).collect();
    assert_eq!(names, [("tenant", 1, 6), ("openai/gpt-4o", 24, 13), ("team", 49, 4)]);
}
