//! The proxy between a client and an upstream that does what a test tells it.

mod calls;
mod dry_runs;
mod held;
mod passed;
mod strategies;

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use catalog::{Catalogue, Model, Price, ProviderKind, ProviderModels, ProviderOptions, Tier};
use routing::{
    document::Document,
    names::{ConfigInfo, ModelKnown, Names},
    plan::Plan,
    target::ModelTarget,
    tracer::Tracer,
    world::Call,
};
use serde_json::{Value, json};
use store::{RequestSink, record::RequestRecord, traffic::RecorderHealth};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use whole::{
    client::{Answer, Streaming, send},
    upstream::Upstream,
};

use crate::{
    Active, AppKey, Proxy, ProxyOptions, Running, Snapshot, VersionLoader,
    live::{Asked, LiveWorld},
    provider::{Provider, Setup},
    request::{Arrival, Attributes},
};

const KEY: &str = "mlx_sk_test";
/// How long a test waits for something that must happen before it is called a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy, and the upstream behind its providers `alpha` (a1, a2, a3) and `beta` (b1).
/// A token costs 1,000 nano-dollars in, 500 from the cache, and 2,000 out.
struct Rig {
    upstream: Upstream,
    proxy: Proxy,
    records: Arc<Records>,
    address: SocketAddr,
    _running: Running,
}

/// Keeps what is recorded.
#[derive(Default)]
struct Records {
    all: Mutex<Vec<RequestRecord>>,
    count: watch::Sender<usize>,
}

impl RequestSink for Records {
    fn try_record(&self, record: Box<RequestRecord>) -> Result<(), Box<RequestRecord>> {
        self.all.lock().unwrap().push(*record);
        self.count.send_modify(|count| *count += 1);
        Ok(())
    }

    fn record(&self, record: Box<RequestRecord>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let _ = self.try_record(record);
        Box::pin(std::future::ready(()))
    }

    fn accepts(&self) -> bool {
        true
    }

    fn health(&self) -> RecorderHealth {
        RecorderHealth::default()
    }
}

impl Records {
    /// The only request so far, once it is recorded.
    async fn only(&self) -> RequestRecord {
        let mut count = self.count.subscribe();
        timeout(PATIENCE, count.wait_for(|count| *count > 0)).await.expect("a record").unwrap();
        let all = self.all.lock().unwrap();
        assert_eq!(all.len(), 1);
        all[0].clone()
    }
}

struct Loader;

impl VersionLoader for Loader {
    fn load(&self, _: &str, _: u32) -> Option<Arc<Plan>> {
        None
    }
}

struct Known;

impl Names for Known {
    fn config(&self, _: &str) -> Option<ConfigInfo> {
        Some(ConfigInfo { latest_version: 1, archived: false })
    }
    fn slugs(&self) -> Vec<String> {
        Vec::new()
    }
    fn document(&self, _: &str, _: Option<u32>) -> Option<Value> {
        None
    }
    fn providers(&self) -> Vec<String> {
        vec!["alpha".to_owned(), "beta".to_owned()]
    }
    fn model(&self, provider: &str, _: &str) -> Option<ModelKnown> {
        matches!(provider, "alpha" | "beta" | "sandbox").then_some(ModelKnown::Listed)
    }
    fn models(&self) -> Vec<String> {
        Vec::new()
    }
    fn resolve_bare(&self, _: &str) -> Option<(String, String)> {
        None
    }
}

fn plan(slug: &str, document: &Value) -> Arc<Plan> {
    let checked = Document::check(document, &Known, None);
    let document = checked.document.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    Arc::new(Plan::compile(&document, Some((slug.into(), 1)), &Known))
}

impl Rig {
    /// With these configs.
    async fn with(configs: &[(&str, Value)]) -> Self {
        Self::new(configs, ProxyOptions::default()).await
    }

    /// The same, impatient: the head of a held stream goes out after 20 ms, and a comment every 10 ms.
    async fn impatient(configs: &[(&str, Value)]) -> Self {
        let options = ProxyOptions { head_after: Duration::from_millis(20), beat: Duration::from_millis(10), ..ProxyOptions::default() };
        Self::new(configs, options).await
    }

    async fn new(configs: &[(&str, Value)], options: ProxyOptions) -> Self {
        let upstream = Upstream::start().await;
        let records = Arc::<Records>::default();
        let proxy = Proxy::with_options(Arc::clone(&records) as Arc<dyn RequestSink>, Arc::new(Loader), options);
        proxy.publish(snapshot(&upstream, configs));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let running = proxy.serve(listener, axum::Router::new());
        Self { upstream, proxy, records, address, _running: running }
    }

    /// Sends a chat request; the head is awaited.
    async fn send(&self, body: &Value) -> Streaming {
        let key = format!("Bearer {KEY}");
        let headers = [("content-type", "application/json"), ("authorization", key.as_str())];
        send(self.address, "POST", "/openai/v1/chat/completions", &headers, body.to_string()).await.unwrap()
    }

    /// Sends a chat request and awaits all of the answer.
    async fn chat(&self, body: &Value) -> Answer {
        self.send(body).await.rest().await
    }

    /// The world that a request would be routed in.
    fn world(&self, body: &Value) -> LiveWorld {
        let chat = wire::Request::read(wire::Dialect::OpenAiChat, body.to_string().into()).unwrap();
        let asked = Asked {
            headers: http::HeaderMap::new(),
            snapshot: self.proxy.snapshot(),
            chat: Arc::new(chat.into()),
            attributes: Attributes::default(),
            app: "test".into(),
            plan: Arc::new(Plan::direct(target("a1"))),
        };
        LiveWorld::new(&self.proxy.shared, asked, &Arrival::now(), &Arc::new(Tracer::new()))
    }
}

fn snapshot(upstream: &Upstream, configs: &[(&str, Value)]) -> Snapshot {
    let model = |name: &&str| {
        let price = Price::from_usd_per_million(1.0, Some(0.5), 2.0).unwrap();
        Model { price: Some(price), tier: Some(Tier::Standard), context: Some(128_000), ..Model::named(*name) }
    };
    let listed = |name: &str, models: &[&str]| ProviderModels {
        name: name.to_owned(),
        kind: ProviderKind::OpenAiCompatible,
        enabled: true,
        models: models.iter().map(model).collect(),
    };
    let called = |name: &str, kind| {
        let setup = Setup {
            name,
            kind,
            base_url: &upstream.base_url(name),
            headers: &[],
            options: &ProviderOptions::default(),
            secrets: vec![(None, "secret-of-the-upstream".to_owned().into())],
        };
        let provider = Provider::new(setup).unwrap();
        (Arc::from(name), Arc::new(provider))
    };
    let app = AppKey {
        id: "key_1".into(),
        name: "test".into(),
        sha256: crate::hash(KEY),
        default_tags: Vec::new(),
        allowed_configs: Vec::new(),
        per_minute: None,
        expires_at_ms: None,
    };
    let configs = configs.iter().map(|(slug, document)| (Arc::from(*slug), Active { version: 1, plan: plan(slug, document) }));
    let kind = ProviderKind::OpenAiCompatible;
    Snapshot {
        configs: configs.collect(),
        providers: [called("alpha", kind), called("beta", kind), called("sandbox", ProviderKind::Sandbox)].into_iter().collect(),
        catalogue: Arc::new(Catalogue::new([listed("alpha", &["a1", "a2", "a3"]), listed("beta", &["b1"])])),
        keys: vec![app],
        ..Snapshot::default()
    }
}

fn target(model: &str) -> ModelTarget {
    ModelTarget::new("alpha", model, None)
}

/// A call that nothing hurries.
fn call(target: &ModelTarget) -> Call<'_> {
    Call {
        target,
        index: 0,
        deadline_us: u64::MAX,
        idle_timeout_ms: 60_000,
        params: None,
        whole: true,
        ask: None,
        config: Some("production"),
    }
}

fn ask(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "hi"}]})
}

fn ask_streamed(model: &str) -> Value {
    json!({"model": model, "stream": true, "messages": [{"role": "user", "content": "hi"}]})
}

/// What a stream says, comments left out.
fn content(answer: &Answer) -> String {
    let mut all = String::new();
    for line in answer.text().lines() {
        let Some(data) = line.strip_prefix("data: ").filter(|data| *data != "[DONE]") else { continue };
        let chunk: Value = serde_json::from_str(data).expect("every event is JSON");
        all += chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
    }
    all
}
