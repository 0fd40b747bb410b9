//! Every caller's API through every upstream's: what is asked, what comes back, what is recorded.
mod callers;
mod errors;
mod matrix;
mod passage;
mod strategies;
mod streams;

use serde_json::{Value, json};
use whole::{
    dialects::Dialect,
    modelux::Modelux,
    stage::{ALPHA_SECRET, Stage, provider},
    upstream::Upstream,
};

/// A model behind each API. `n1-codex` has Responses alone, as OpenAI's own models of that name.
const UPSTREAMS: [(Dialect, &str); 3] =
    [(Dialect::Chat, "alpha/a1"), (Dialect::Messages, "claude/c1"), (Dialect::Responses, "native/n1-codex")];

/// The model's name without its provider.
fn bare(model: &str) -> &str {
    model.split_once('/').map_or(model, |(_, bare)| bare)
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

async fn post(modelux: &Modelux, path: &str, body: &Value) -> whole::client::Answer {
    post_with(modelux, path, &[], body.to_string()).await
}

async fn post_with(modelux: &Modelux, path: &str, more: &[(&str, &str)], body: String) -> whole::client::Answer {
    let key = format!("Bearer {}", whole::modelux::APP_KEY);
    let mut headers = vec![("authorization", key.as_str()), ("content-type", "application/json")];
    headers.extend_from_slice(more);
    modelux.call("POST", path, &headers, body).await
}

#[tokio::test]
async fn each_upstream_is_asked_at_its_own_path_with_its_own_form_of_key() {
    let stage = stage(&[]).await;
    for (model, path, header, value) in [
        ("alpha/a1", "/alpha/v1/chat/completions", "authorization", format!("Bearer {ALPHA_SECRET}")),
        ("claude/c1", "/claude/v1/messages", "x-api-key", ALPHA_SECRET.to_owned()),
        ("native/n1-codex", "/native/v1/responses", "authorization", format!("Bearer {ALPHA_SECRET}")),
    ] {
        stage.modelux.chat(whole::stage::ask(model)).await.expect(200);
        let seen = stage.upstream.only(bare(model));
        assert_eq!((seen.path.as_str(), seen.header(header)), (path, Some(value.as_str())));
    }
    assert!(stage.upstream.only("c1").header("anthropic-version").is_some(), "Anthropic's API refuses a request without it");
}

#[tokio::test]
async fn each_endpoint_is_there_without_its_prefix_too() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let path = caller.path().replace("/openai", "").replace("/anthropic", "");
        let answer = post(&stage.modelux, &path, &caller.ask("alpha/a1", false)).await;
        assert_eq!(caller.heard(&answer).text, "hello from a1", "{path}");
    }
}

#[tokio::test]
async fn anthropics_own_key_header_lets_in() {
    let stage = stage(&[]).await;
    let body = callers::Caller::Messages.ask("claude/c1", false).to_string();
    let key = ("x-api-key", whole::modelux::APP_KEY);
    let headers = [key, ("anthropic-version", "2023-06-01"), ("content-type", "application/json")];
    stage.modelux.call("POST", "/anthropic/v1/messages", &headers, body.clone()).await.expect(200);
    let refused = stage.modelux.call("POST", "/anthropic/v1/messages", &[("x-api-key", "mlx_sk_wrong")], body).await;
    assert_eq!(refused.expect(401)["error"]["type"], "authentication_error");
}
