//! A condition in CEL's operators means what it means in CEL: the `cel` crate is the oracle.
//!
//! Left out, because it differs on purpose: a missing tag (an error in CEL, the empty string here), a tag beside a number
//! (an error in CEL), division by zero (an error or infinity in CEL, no number here), and division of whole numbers
//! (cut to a whole one in CEL). Whole and other numbers are kept apart, as CEL wants it.

use std::collections::HashMap;

use cel::{Context, Program, Value};
use proptest::prelude::*;

use crate::{
    support::{World, holds},
    worlds::{self, Tags},
    writer::{Writer, choices},
};

fn map<const N: usize>(entries: [(&str, Value); N]) -> HashMap<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn int(value: impl Into<i64>) -> Value {
    Value::Int(value.into())
}

fn context<'v>(world: &World<'_>, tags: &Tags) -> Context<'static, 'v> {
    let facts = &world.facts;
    let mut context = Context::default();
    let tags: HashMap<String, Value> = tags.iter().map(|(key, value)| (key.to_string(), Value::from(value.to_string()))).collect();
    context.add_variable_from_value("tags", tags);
    context.add_variable_from_value("end_user", facts.end_user.unwrap_or("").to_owned());
    context.add_variable_from_value("app", facts.app.unwrap_or("").to_owned());
    context.add_variable_from_value(
        "request",
        map([
            ("model", Value::from(facts.model.to_owned())),
            ("input_tokens", int(facts.input_tokens as i64)),
            ("messages", int(facts.messages)),
            ("stream", Value::Bool(facts.stream)),
            ("has_tools", Value::Bool(facts.has_tools)),
            ("has_images", Value::Bool(facts.has_images)),
            ("wants_json", Value::Bool(facts.wants_json)),
        ]),
    );
    context.add_variable_from_value("time", map([("hour", int(world.time.hour)), ("weekday", int(world.time.weekday))]));
    let budget = world.tightest;
    context.add_variable_from_value(
        "budget",
        map([
            ("used_pct", Value::Float(budget.used_pct)),
            ("used_usd", Value::Float(budget.used_usd)),
            ("cap_usd", Value::Float(budget.cap_usd)),
        ]),
    );
    context
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_in_cels_operators_means_the_same(condition in choices(), of_world in choices()) {
        let text = Writer::new(&condition, true).condition(3);
        let mut writer = Writer::new(&of_world, true);
        let tags = worlds::tags(&mut writer, false);
        let world = worlds::world(&mut writer, &tags);
        let program = Program::compile(&text).map_err(|error| TestCaseError::fail(format!("{text}\n{error}")))?;
        let expected = program.execute(&context(&world, &tags)).map_err(|error| TestCaseError::fail(format!("{text}\n{error}")))?;
        prop_assert_eq!(Value::Bool(holds(&text, &world)), expected, "{}", text);
    }
}
