//! The live side: a proxy in this process, and upstreams that do on real sockets what the case says.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use catalog::{ProviderKind, ProviderOptions};
use proxy::{Active, AppKey, Provider, Proxy, ProxyOptions, Running, Setup, Snapshot, VersionLoader};
use routing::{plan::Plan, trace::Trace};
use serde_json::{Value, json};
use simulate::draws::Draws;
use store::{RequestSink, record::RequestRecord, traffic::RecorderHealth};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::sleep,
};
use whole::{
    client::{self, Answer},
    openai,
    upstream::{Reply, Step, Upstream},
};

use crate::case::{Ask, Case, Deed, Tempo, What};

const KEY: &str = "mlx_sk_one_engine";
/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of one request.
#[derive(Debug)]
pub struct Lived {
    /// As the caller got it; `None` where it hung up.
    pub answer: Option<Answer>,
    /// As it was recorded.
    pub record: RequestRecord,
}

impl Lived {
    /// Its trace.
    pub fn trace(&self) -> &Trace {
        &self.record.trace
    }

    /// The id under which it was recorded; none is needed where the caller hung up.
    pub fn request_id(&self) -> String {
        self.answer.as_ref().map_or("req_unknown", Answer::request_id).to_owned()
    }
}

/// The text of an answer, of a stream that of all events.
pub fn text(answer: &Answer) -> String {
    if let Ok(body) = serde_json::from_slice::<Value>(&answer.body) {
        return body["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned();
    }
    let events = answer.text().lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    let delta = |data: &str| serde_json::from_str::<Value>(data).expect("an event in JSON")["choices"][0]["delta"]["content"].clone();
    events.map(delta).filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// A proxy, its upstreams, and what it records.
pub struct Stage {
    _upstream: Upstream,
    _running: Running,
    address: SocketAddr,
    records: UnboundedReceiver<Box<RequestRecord>>,
}

impl Stage {
    /// Of a case. `picks` are the texts of judges, as the other side found them.
    pub async fn of(case: &Case, tempo: Tempo, picks: &[(String, Vec<String>)]) -> Self {
        let upstream = Upstream::start().await;
        let is_stream = case.asks.first().is_some_and(|ask| ask.stream);
        for model in &case.models {
            let texts = picks.iter().find(|(name, _)| *name == model.name).map_or(&[][..], |(_, texts)| texts);
            upstream.script(model.own_name(), replies(&model.deeds, texts, is_stream && model.provider() != "judge", tempo));
        }
        let (sender, records) = unbounded_channel();
        let draws = Draws::seeded(case.seed);
        // Decisions are awaited, so that a failure has its status.
        let options =
            ProxyOptions { draw: Arc::new(move || draws.next()), head_after: Duration::from_secs(3_600), ..ProxyOptions::default() };
        let proxy = Proxy::with_options(Arc::new(Sink(sender)), Arc::new(NoVersions), options);
        proxy.publish(snapshot(case, &upstream));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound address");
        Self { _running: proxy.serve(listener, Router::new()), _upstream: upstream, address, records }
    }

    /// One request to its end, and its record.
    pub async fn ask(&mut self, ask: &Ask, tempo: Tempo) -> Lived {
        sleep(Duration::from_millis(tempo.ms(ask.pause))).await;
        let key = format!("Bearer {KEY}");
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        let asking = async {
            let sent = client::send(self.address, "POST", "/openai/v1/chat/completions", &headers, ask.body().to_string()).await;
            sent.expect("the proxy answers").rest().await
        };
        let patience = ask.hang_up_ms(tempo).map_or(PATIENCE, Duration::from_millis);
        // What is dropped hangs up.
        let answer = tokio::time::timeout(patience, asking).await.ok();
        assert!(answer.is_some() || ask.hangs_up.is_some(), "no answer within a minute");
        let record = tokio::time::timeout(PATIENCE, self.records.recv()).await.expect("a record").expect("the proxy lives");
        Lived { answer, record: *record }
    }
}

fn snapshot(case: &Case, upstream: &Upstream) -> Snapshot {
    let active = |plan: Plan| {
        let (slug, version) = plan.config.clone().expect("a config's plan");
        (slug, Active { version, plan: Arc::new(plan) })
    };
    let provider = |name: &str| {
        let setup = Setup {
            name,
            kind: ProviderKind::OpenAiCompatible,
            base_url: &upstream.base_url(name),
            headers: &[],
            options: &ProviderOptions::default(),
            secrets: Vec::new(),
        };
        let provider = Provider::new(setup);
        (Arc::from(name), Arc::new(provider.expect("an address")))
    };
    let key = AppKey {
        id: "key_1".into(),
        name: "bot".into(),
        sha256: proxy::hash(KEY),
        default_tags: Vec::new(),
        allowed_configs: Vec::new(),
        per_minute: None,
        expires_at_ms: None,
    };
    Snapshot {
        configs: case.plans().into_iter().map(active).collect(),
        providers: ["alpha", "judge"].into_iter().map(provider).collect(),
        catalogue: Arc::new(case.catalogue()),
        keys: vec![key],
        ..Snapshot::default()
    }
}

fn replies(deeds: &[Deed], picks: &[String], is_stream: bool, tempo: Tempo) -> Vec<Reply> {
    let calls = deeds.len().max(picks.len());
    let reply = |call: usize| {
        let deed = deeds.get(call).or(deeds.last()).expect("it does something");
        match (&deed.what, picks.get(call)) {
            (What::Picks(_), text) => answered(&crate::case::says(deed.after, text.map_or("", String::as_str)), false, tempo),
            _ => answered(deed, is_stream, tempo),
        }
    };
    (0..calls).map(reply).collect()
}

fn answered(deed: &Deed, is_stream: bool, tempo: Tempo) -> Reply {
    let wait = Reply::new().then(Step::Pause { ms: tempo.ms(deed.after) });
    match &deed.what {
        What::Says(answer) if is_stream => stream(deed, answer, tempo),
        What::Says(answer) => append(wait, Reply::json(200, whole(answer))),
        What::Status { status, retry_after_half_beats, code } => {
            let body = match code {
                Some(code) => json!({"error": {"message": "scripted", "type": "invalid_request_error", "code": code}}).to_string(),
                None => openai::error(*status),
            };
            let rest = retry_after_half_beats.map(|beats| (tempo.0 * u64::from(beats) / 2).to_string());
            let headers: Vec<_> = rest.iter().map(|rest| ("retry-after-ms", rest.as_str())).collect();
            append(wait, Reply::json_with(*status, &headers, body))
        }
        What::Reset => wait.then(Step::Reset),
        What::Broken if is_stream => append(
            Reply::stream().text(openai::role_event()).then(Step::Pause { ms: tempo.ms(deed.after) }),
            Reply::new().then(Step::Close),
        ),
        What::Broken => {
            let head = Reply::new().head(200, &[("content-type", "application/json"), ("content-length", "100")]).text("{\"choices\":");
            append(head.then(Step::Pause { ms: tempo.ms(deed.after) }), Reply::new().then(Step::Close))
        }
        What::Silence => Reply::hang(),
        What::Picks(_) => unreachable!("picks have become texts"),
    }
}

fn append(mut reply: Reply, more: Reply) -> Reply {
    reply.0.extend(more.0);
    reply
}

fn whole(answer: &crate::case::Answer) -> String {
    let mut message = json!({"role": "assistant", "content": answer.text});
    if let Some((name, arguments)) = answer.tool {
        message["tool_calls"] = json!([{"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}]);
    }
    json!({
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish_reason}],
        "usage": usage(answer),
    })
    .to_string()
}

fn usage(answer: &crate::case::Answer) -> Value {
    let (input, output) = answer.tokens;
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

/// The role at once, then, where there is any content, half of it, the rest, and the end.
fn stream(deed: &Deed, answer: &crate::case::Answer, tempo: Tempo) -> Reply {
    let chunk = |delta: Value, finish: Value| {
        let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        format!("data: {chunk}\n\n")
    };
    let half = answer.text.char_indices().nth(answer.text.chars().count() / 2).map_or(0, |(at, _)| at);
    let (first, second) = answer.text.split_at(half);
    let mut reply = Reply::stream().text(openai::role_event()).then(Step::Pause { ms: tempo.ms(answer.first) });
    if let Some((name, arguments)) = answer.tool {
        let call = json!([{"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}]);
        reply = reply.text(chunk(json!({ "tool_calls": call }), Value::Null));
    }
    if !answer.text.is_empty() {
        reply = reply.text(chunk(json!({ "content": if first.is_empty() { second } else { first } }), Value::Null));
    }
    reply = reply.then(Step::Pause { ms: tempo.ms(deed.after.saturating_sub(answer.first)) });
    if !first.is_empty() {
        reply = reply.text(chunk(json!({ "content": second }), Value::Null));
    }
    let usage = json!({"id": "c", "choices": [], "usage": usage(answer)});
    reply.text(chunk(json!({}), json!(answer.finish_reason))).text(format!("data: {usage}\n\n")).text(openai::DONE).end()
}

struct Sink(UnboundedSender<Box<RequestRecord>>);

impl RequestSink for Sink {
    fn try_record(&self, record: Box<RequestRecord>) -> Result<(), Box<RequestRecord>> {
        self.0.send(record).map_err(|unsent| unsent.0)
    }
    fn record(&self, record: Box<RequestRecord>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let _ = self.0.send(record);
        Box::pin(std::future::ready(()))
    }
    fn accepts(&self) -> bool {
        true
    }
    fn health(&self) -> RecorderHealth {
        RecorderHealth::default()
    }
}

struct NoVersions;

impl VersionLoader for NoVersions {
    fn load(&self, _: &str, _: u32) -> Option<Arc<Plan>> {
        None
    }
}
