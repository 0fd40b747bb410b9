//! The reference page says nothing that is not so: each of its examples is run.
//!
//! A block `rules` has a program or conditions; below each stand lines `with NAME=VALUE, … → OUTCOME`.

use routing::{
    facts::Facts,
    response::Response,
    rules::{Action, Budget, Matcher, Program, REFERENCE, format_condition, format_program},
};
use serde_json::Value;

use crate::support::{Asked, World, condition, program};

struct Example {
    text: String,
    cases: Vec<(Vec<(String, Value)>, String)>,
}

fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for block in REFERENCE.split("```rules\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let mut next = Example { text: String::new(), cases: Vec::new() };
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(case) = line.strip_prefix("with") {
                let (settings, outcome) = case.split_once("→").expect("a case has an outcome");
                next.cases.push((read(settings), outcome.trim().to_owned()));
                continue;
            }
            if !next.cases.is_empty() {
                examples.push(std::mem::replace(&mut next, Example { text: String::new(), cases: Vec::new() }));
            }
            next.text.push_str(line);
            next.text.push('\n');
        }
        assert!(!next.cases.is_empty(), "{block}");
        examples.push(next);
    }
    examples
}

/// `name=value, …`; values are JSON.
fn read(settings: &str) -> Vec<(String, Value)> {
    let mut rest = settings.trim();
    let mut read = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').expect("a setting has a value");
        let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
        let value = values.next().unwrap().unwrap_or_else(|error| panic!("{settings}: {error}"));
        rest = after[values.byte_offset()..].trim_start_matches([',', ' ']);
        read.push((name.to_owned(), value));
    }
    read
}

/// Runs something in the world that the settings describe.
fn in_world<T>(settings: &[(String, Value)], run: impl FnOnce(&World<'_>) -> T) -> T {
    let mut world = World::default();
    let mut tags: Vec<(Box<str>, Box<str>)> = Vec::new();
    let mut response = Response::default();
    let mut facts = Facts::default();
    for (name, value) in settings {
        let text = || value.as_str().expect("a string");
        let number = || value.as_f64().expect("a number");
        match name.as_str() {
            "app" => facts.app = Some(text()),
            "end_user" => facts.end_user = Some(text()),
            "request.model" => facts.model = text(),
            "request.input_tokens" => facts.input_tokens = number() as u64,
            "request.max_tokens" => facts.max_tokens = Some(number() as u64),
            "request.stream" => facts.stream = value.as_bool().unwrap(),
            "request.has_tools" => facts.has_tools = value.as_bool().unwrap(),
            "budget.used_pct" => world.tightest.used_pct = number(),
            "budget.remaining_usd" => world.tightest.remaining_usd = number(),
            "budget(\"team\").used_usd" => {
                world.budgets.insert("team".into(), Budget { used_usd: number(), ..Budget::default() });
            }
            "cost(openai/gpt-4o)" => {
                world.costs.insert("openai/gpt-4o".into(), number());
            }
            "latency(openai/gpt-4o, 95)" => {
                world.latencies.insert(("openai/gpt-4o".into(), 95), number());
            }
            "healthy(openai/gpt-4o)" => world.down.push("openai/gpt-4o".into()),
            "time.hour" => world.time.hour = number() as u8,
            "time.weekday" => world.time.weekday = number() as u8,
            "response.text" => response.text = text().into(),
            "response.finish_reason" => response.finish_reason = Some(text().into()),
            "response.logprob_mean" => response.logprob_mean = Some(number()),
            _ => {
                assert!(!name.contains(['.', '(']) || name.starts_with("tags["), "{name} is not known here");
                let key = name.strip_prefix("tags[\"").and_then(|key| key.strip_suffix("\"]")).unwrap_or(name);
                tags.push((key.into(), text().into()));
            }
        }
    }
    tags.sort();
    facts.tags = &tags;
    run(&World { facts, response: Some(response), ..world })
}

fn outcome(program: &Program, world: &World<'_>) -> String {
    let conditions: Vec<_> = program.rules.iter().filter_map(|rule| rule.condition.clone()).collect();
    let matcher = Matcher::compile(&conditions);
    let targets = matcher.targets().to_vec();
    let rule = matcher.first(&Asked { world, targets: &targets }).unwrap_or(conditions.len());
    match &program.rules[rule].action {
        Action::Block { message, .. } => format!("block {message:?}"),
        Action::Use { target: Value::String(name), .. } if name.contains(' ') => format!("use {name:?}"),
        Action::Use { target: Value::String(name), .. } => format!("use {name}"),
        Action::Use { target, .. } => format!("use {target}"),
    }
}

#[test]
fn every_example_comes_out_as_the_page_says() {
    let examples = examples();
    assert!(examples.len() > 25, "{}", examples.len());
    for Example { text, cases } in &examples {
        for (settings, expected) in cases {
            let found = in_world(settings, |world| {
                if text.trim_start().starts_with(['#', 'i']) && text.contains("then") {
                    assert!(format_program(text).is_ok());
                    return outcome(&program(text), world);
                }
                assert!(format_condition(text).is_ok());
                let matcher = Matcher::compile(&[condition(text)]);
                let targets = matcher.targets().to_vec();
                matcher.first(&Asked { world, targets: &targets }).is_some().to_string()
            });
            assert_eq!(&found, expected, "{text}{settings:?}");
        }
    }
}

#[test]
fn every_name_stands_on_the_page() {
    for word in routing::rules::vocabulary() {
        let short = word.name.split(' ').next().unwrap();
        let escaped = short.replace('|', "\\|");
        assert!(REFERENCE.contains(&format!("`{short}")) || REFERENCE.contains(&escaped), "{}", word.name);
    }
}
