//! Bad input, from callers and from upstreams, in every API: each has a defined answer, and is in the log.

#[allow(dead_code, reason = "the tests of translations use the rest")]
#[path = "../dialects/callers.rs"]
mod callers;

mod answers;
mod compressed;
mod connections;
mod requests;
mod streams;

use callers::Caller;
use serde_json::{Value, json};
use whole::{
    client::Answer,
    dialects::Dialect,
    modelux::{APP_KEY, Modelux},
    stage::{Stage, provider},
    upstream::Upstream,
};

/// One model of each API.
const UPSTREAMS: [(Dialect, &str); 3] =
    [(Dialect::Chat, "alpha/a1"), (Dialect::Messages, "claude/c1"), (Dialect::Responses, "native/n1-codex")];

fn bare(model: &str) -> &str {
    model.split_once('/').map_or(model, |(_, bare)| bare)
}

/// The model whose upstream speaks what that caller speaks, and one whose upstream does not.
fn own_and_other(caller: Caller) -> [&'static str; 2] {
    match caller {
        Caller::Chat => ["alpha/a1", "claude/c1"],
        Caller::Messages => ["claude/c1", "alpha/a1"],
        Caller::Responses => ["native/n1-codex", "alpha/a1"],
    }
}

/// Providers `alpha` (OpenAI's chat), `claude` (Anthropic's Messages) and `native` (OpenAI's Responses) on one upstream.
async fn stage(configs: &[(&str, Value)]) -> Stage {
    let upstream = Upstream::start().await;
    let claude = format!("http://{}/claude", upstream.address());
    let mut bundle = whole::stage::bundle(&upstream, configs);
    let of_kind = |kind: &str, mut provider: Value| {
        provider["kind"] = json!(kind);
        provider
    };
    let providers = bundle["providers"].as_array_mut().expect("a list");
    providers.push(of_kind("anthropic_compatible", provider("claude", &claude, "ALPHA_KEY", &["c1", "c2"])));
    providers.push(of_kind("openai", provider("native", &upstream.base_url("native"), "ALPHA_KEY", &["n1-codex", "n2-codex"])));
    let modelux = whole::stage::launch(&upstream, configs).bundle(&bundle).start().await;
    Stage { modelux, upstream }
}

async fn post(modelux: &Modelux, caller: Caller, body: impl Into<bytes::Bytes>) -> Answer {
    post_with(modelux, caller, &[("content-type", "application/json")], body).await
}

async fn post_with(modelux: &Modelux, caller: Caller, more: &[(&str, &str)], body: impl Into<bytes::Bytes>) -> Answer {
    let key = format!("Bearer {APP_KEY}");
    let mut headers = vec![("authorization", key.as_str())];
    headers.extend_from_slice(more);
    modelux.call("POST", caller.path(), &headers, body).await
}

/// The message of an error in the caller's form, after a look at its shape.
#[track_caller]
fn error_of(caller: Caller, answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    let body = answer.json();
    if caller == Caller::Messages {
        assert_eq!(body["type"], "error", "{body}");
    }
    assert!(body["error"]["type"].is_string(), "{body}");
    body["error"]["message"].as_str().unwrap_or_else(|| panic!("an error has a message: {body}")).to_owned()
}

/// The request is in the log with that status and an error.
async fn logged(modelux: &Modelux, answer: &Answer, status: u16) -> Value {
    let log = modelux.log(answer.request_id()).await;
    assert_eq!(log["status"], status, "{log:#}");
    assert!(log["error_class"].is_string(), "what failed has a class: {log:#}");
    log
}

/// The last event says in the caller's form what broke; nothing says that the answer is whole.
#[track_caller]
fn breaks(caller: Caller, answer: &Answer) -> String {
    let text = answer.text();
    let events = callers::events(text);
    let (name, last) = events.last().expect("events");
    let message = match caller {
        Caller::Chat => &last["error"]["message"],
        Caller::Messages => {
            assert_eq!((name.as_deref(), &last["type"]), (Some("error"), &Value::from("error")), "{text}");
            assert!(!text.contains("message_stop"), "{text}");
            &last["error"]["message"]
        }
        Caller::Responses => {
            assert_eq!(name.as_deref(), last["type"].as_str(), "{text}");
            assert!(!text.contains("response.completed"), "{text}");
            if last["type"] == "error" { &last["message"] } else { &last["response"]["error"]["message"] }
        }
    };
    assert!(!text.contains("data: [DONE]"), "{text}");
    message.as_str().unwrap_or_else(|| panic!("{caller:?}: it does not say what broke: {text}")).to_owned()
}

/// Bytes of which the process had at most so many at once, in KiB.
fn peak_kib(modelux: &Modelux) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", modelux.pid())).expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    peak.trim().trim_end_matches(" kB").parse().expect("a number")
}
