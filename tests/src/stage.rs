//! A proxy with a scripted upstream behind it, set up as most tests want it.

use serde_json::{Value, json};

use crate::{
    modelux::{Launch, Modelux},
    upstream::Upstream,
};

/// Secret of provider `alpha`.
pub const ALPHA_SECRET: &str = "alpha-secret-5d41402abc4b2a76b9719d911017c592";
/// Secret of provider `beta`.
pub const BETA_SECRET: &str = "beta-secret-7d793037a0760186574b0282f2f435e7";

/// A proxy and its upstream.
#[derive(Debug)]
pub struct Stage {
    /// The real binary.
    pub modelux: Modelux,
    /// What its providers talk to.
    pub upstream: Upstream,
}

impl Stage {
    /// Starts both, with these configs as `(slug, document)`.
    ///
    /// Providers: `alpha` (models a1 to a4) and `beta` (b1, b2) are the scripted upstream under two mounts,
    /// `gone` (g1) refuses connections.
    pub async fn with(configs: &[(&str, Value)]) -> Self {
        let upstream = Upstream::start().await;
        let modelux = launch(&upstream, configs).start().await;
        Self { modelux, upstream }
    }
}

/// The launch that [`Stage::with`] starts.
pub fn launch(upstream: &Upstream, configs: &[(&str, Value)]) -> Launch {
    Launch::new().bundle(&bundle(upstream, configs)).env("ALPHA_KEY", ALPHA_SECRET).env("BETA_KEY", BETA_SECRET)
}

/// The bundle that [`Stage::with`] starts with.
pub fn bundle(upstream: &Upstream, configs: &[(&str, Value)]) -> Value {
    let configs: Vec<_> = configs.iter().map(|(slug, document)| json!({"slug": slug, "document": document})).collect();
    json!({
        "modelux": 1,
        "providers": [
            provider("alpha", &upstream.base_url("alpha"), "ALPHA_KEY", &["a1", "a2", "a3", "a4"]),
            provider("beta", &upstream.base_url("beta"), "BETA_KEY", &["b1", "b2"]),
            provider("gone", &format!("http://127.0.0.1:{}/v1", refusing_port()), "ALPHA_KEY", &["g1"]),
        ],
        "configs": configs,
    })
}

/// A provider for a bundle; every model costs 1 USD per million tokens in and 2 out.
pub fn provider(name: &str, base_url: &str, key: &str, models: &[&str]) -> Value {
    let models: Vec<_> = models
        .iter()
        .map(|model| {
            json!({
                "name": model, "context": 128_000, "max_output": 4096, "tier": "standard",
                "price": {"input": 1.0, "cached_input": 0.5, "output": 2.0},
                "capabilities": ["tools", "vision", "json_schema", "streaming"],
            })
        })
        .collect();
    json!({"name": name, "kind": "openai_compatible", "base_url": base_url, "credential": {"env": key}, "headers": {}, "models": models})
}

/// The document of a config that calls one model.
pub fn single(model: &str) -> Value {
    json!({"strategy": "single", "model": model})
}

/// The document of a config that calls these in order.
pub fn fallback(attempts: &[&str]) -> Value {
    json!({"strategy": "fallback", "attempts": attempts})
}

/// A chat request for that model.
pub fn ask(model: &str) -> String {
    json!({"model": model, "messages": [{"role": "user", "content": "hi"}]}).to_string()
}

/// A streamed chat request for that model.
pub fn ask_streamed(model: &str) -> String {
    json!({"model": model, "stream": true, "messages": [{"role": "user", "content": "hi"}]}).to_string()
}

/// A port on which nobody listens: port 1 needs root and has no service.
fn refusing_port() -> u16 {
    1
}
