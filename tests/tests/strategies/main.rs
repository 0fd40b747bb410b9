//! Strategies, each through the real binary with upstreams that do as they are told.
mod cascade;
mod choose;
mod ensemble;
mod held_streams;
mod manage;
mod rules;

use serde_json::{Value, json};
use whole::{
    client::Answer,
    openai,
    stage::{ALPHA_SECRET, BETA_SECRET, Stage, bundle},
    upstream::{Reply, Step, Upstream},
};

/// A stage with one config.
async fn stage(document: Value) -> Stage {
    Stage::with(&[("production", document)]).await
}

/// A stage whose models are changed first: `change` gets each model with its name.
async fn stage_of(configs: &[(&str, Value)], change: impl Fn(&str, &mut Value)) -> Stage {
    let upstream = Upstream::start().await;
    let mut bundle = bundle(&upstream, configs);
    for provider in bundle["providers"].as_array_mut().expect("providers") {
        for model in provider["models"].as_array_mut().expect("models") {
            let name = model["name"].as_str().expect("a name").to_owned();
            change(&name, model);
        }
    }
    let launch = whole::modelux::Launch::new().bundle(&bundle).env("ALPHA_KEY", ALPHA_SECRET).env("BETA_KEY", BETA_SECRET);
    Stage { modelux: launch.start().await, upstream }
}

fn text(answer: &Answer) -> String {
    answer.expect(200)["choices"][0]["message"]["content"].as_str().expect("a text").to_owned()
}

/// What the events of a stream say together.
fn streamed_text(stream: &str) -> String {
    let events = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    let parsed = events.map(|data| serde_json::from_str::<Value>(data).expect("every event is JSON"));
    parsed.filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

fn outcomes(log: &Value) -> Vec<String> {
    let attempts = log["trace"]["attempts"].as_array().expect("attempts").iter();
    attempts.map(|attempt| format!("{} {}", text_of(&attempt["target"]), text_of(&attempt["outcome"]))).collect()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

/// The sum of what the attempts cost, which must be that of the row and, where there is one, of the header.
#[track_caller]
fn assert_cost(answer: &Answer, log: &Value, usd: f64) {
    let near = |found: f64| (found - usd).abs() < 1e-12;
    let attempts = log["trace"]["attempts"].as_array().expect("attempts").iter();
    let sum: f64 = attempts.filter_map(|attempt| attempt["cost_usd"].as_f64()).sum();
    assert!(near(sum), "attempts cost {sum}, not {usd}: {log:#}");
    assert!(near(log["cost_usd"].as_f64().expect("a cost")), "the row says {}, not {usd}", log["cost_usd"]);
    if let Some(header) = answer.header("x-modelux-cost-usd") {
        assert!(near(header.parse().expect("a number")), "the header says {header}, not {usd}");
    }
}

/// A chat completion after a gate has opened.
fn chat_behind(gate: &str, content: &str) -> Reply {
    let mut reply = Reply::new().wait(gate);
    reply.0.extend(Reply::chat(content).0);
    reply
}

/// A stream that says nothing until a gate has opened.
fn stream_behind(gate: &str, parts: &[&str]) -> Reply {
    let open = Reply::stream().text(openai::role_event()).then(Step::Wait { gate: gate.to_owned() });
    open.parts(parts).text(openai::finish_event()).text(openai::usage_event()).text(openai::DONE).end()
}

/// A chat request with these fields besides.
fn ask_with(fields: Value) -> String {
    let mut body = json!({"model": "@production", "messages": [{"role": "user", "content": "hi"}]});
    for (name, value) in fields.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body.to_string()
}

fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}])
}
