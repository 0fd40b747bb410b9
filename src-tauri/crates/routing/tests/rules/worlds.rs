//! Random worlds.

use routing::{
    facts::Facts,
    response::{Response, ToolCall},
    rules::{Budget, LocalTime},
};

use crate::{support::World, writer::Writer};

pub type Tags = Vec<(Box<str>, Box<str>)>;

/// Tags in the order of their keys; `tenant`, `seats` are there unless `maybe`.
pub fn tags(writer: &mut Writer<'_>, maybe: bool) -> Tags {
    let value = |writer: &mut Writer<'_>| ["", "a", "acme", "acme corp", "25", "-3.5e2", "nan", "inf", "é\n"][writer.pick(9)];
    let mut tags: Tags = Vec::new();
    for key in ["seats", "tenant"] {
        let text = value(writer);
        if !maybe || writer.pick(3) > 0 {
            tags.push((key.into(), text.into()));
        }
    }
    tags
}

pub fn world<'a>(writer: &mut Writer<'_>, tags: &'a Tags) -> World<'a> {
    let facts = Facts {
        endpoint: "chat",
        model: ["a", "acme", "@production", ""][writer.pick(4)],
        stream: writer.pick(2) == 0,
        input_tokens: writer.pick(40) as u64,
        max_tokens: (writer.pick(2) == 0).then_some(100),
        has_tools: writer.pick(2) == 0,
        has_images: writer.pick(2) == 0,
        wants_json: writer.pick(2) == 0,
        messages: writer.pick(20) as u32,
        tags,
        end_user: [None, Some("a"), Some("acme corp"), Some("25")][writer.pick(4)],
        app: [None, Some("acme")][writer.pick(2)],
        ..Facts::default()
    };
    let mut world = World { facts, ..World::default() };
    world.tightest = [Budget::default(), Budget { used_pct: 0.9, used_usd: 12.25, remaining_usd: 0.5, cap_usd: 12.75 }][writer.pick(2)];
    world.time = LocalTime { hour: writer.pick(24) as u8, minute: writer.pick(60) as u8, weekday: writer.pick(7) as u8 + 1 };
    if writer.pick(2) == 0 {
        world.costs.insert("openai/gpt-4o".into(), 0.5);
        world.latencies.insert(("my provider/m".into(), 95), 12.0);
    }
    if writer.pick(2) == 0 {
        world.down.push("openai/gpt-4o".into());
    }
    if writer.pick(2) == 0 {
        let text = ["", "{\"a\": 1}", "forty-two"][writer.pick(3)];
        let tool_calls = vec![ToolCall::default(); writer.pick(2)];
        world.response = Some(Response { text: text.into(), tool_calls, latency_ms: f64::NAN, ..Response::default() });
    }
    world
}
