//! The running proxy: its listener, its health, and what is asked of it besides answering apps.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use catalog::ProviderKind;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use proxy::{Assumption, Proxy, Running, Verified, VersionLoader};
use routing::{learned::Learned, plan::Plan};
use serde_json::Value;
use store::RequestSink;
use tokio::net::TcpListener;

use crate::{
    Code, Control, Error,
    api::{
        configs::DryRunResult,
        events::UiEvent,
        health::TargetHealth,
        providers::Verification,
        status::{ProxyState, SentTest},
    },
    network, port,
    publish::{self, Given},
    setup::{Publish, Setup, blocking},
    sights::Unwell,
    time,
    world::ProviderState,
};

/// How long running requests on a port that was left may go on.
const LEFT: Duration = Duration::from_secs(60);
/// How long a test request may take.
const TEST: Duration = Duration::from_secs(60);

/// The proxy and where it listens.
pub(crate) struct Live {
    proxy: Proxy,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    listening: Option<Listening>,
    paused: bool,
    trouble: Option<ProxyState>,
}

struct Listening {
    address: SocketAddr,
    running: Running,
}

impl Live {
    pub(crate) fn new(sink: Arc<dyn RequestSink>, loader: impl VersionLoader + 'static) -> Self {
        Self { proxy: Proxy::new(sink, Arc::new(loader)), state: Mutex::default() }
    }

    /// Puts a world in force in the proxy.
    pub(crate) fn publisher(&self, given: Given) -> Publish {
        let proxy = self.proxy.clone();
        Box::new(move |setup, world| {
            if let Err(why) = proxy.set_outbound(network::outbound(&world.settings, |name| setup.secrets.variable(name))) {
                tracing::warn!(%why, "calls leave this machine as before");
            }
            proxy.publish(publish::snapshot(setup, world, given));
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.lock().listening.as_ref().map(|listening| listening.address)
    }

    /// What it does.
    pub(crate) fn state(&self) -> ProxyState {
        let state = self.lock();
        match (&state.trouble, state.paused) {
            (Some(trouble), _) => trouble.clone(),
            (None, _) if state.listening.is_none() => ProxyState::Failed { message: "The proxy was not started".to_owned() },
            (None, true) => ProxyState::Paused,
            (None, false) => ProxyState::Running,
        }
    }

    /// Requests get a 503 while it is paused.
    pub(crate) fn set_paused(&self, paused: bool) {
        self.proxy.set_paused(paused);
        self.lock().paused = paused;
    }

    /// A listener on another port than now; `None` where it is the same one.
    ///
    /// # Errors
    /// `port_in_use`, with who has it and the next free one.
    pub(crate) async fn bind_other(&self, port: u16) -> Result<Option<TcpListener>, Error> {
        if self.address().is_some_and(|address| address.port() == port) {
            return Ok(None);
        }
        bind(port).await.map(Some).map_err(refusal)
    }

    /// Stops listening, and lets running requests come to their end for a while.
    pub(crate) async fn stop(&self, grace: Duration) {
        let listening = self.lock().listening.take();
        if let Some(listening) = listening
            && !listening.running.stop(grace).await
        {
            tracing::warn!("some requests were still running after {} s and were cut off", grace.as_secs());
        }
    }

    /// Health of all targets, times from now.
    pub(crate) fn health(&self, now_ms: i64) -> Vec<TargetHealth> {
        let shown = |target: proxy::TargetHealth| TargetHealth {
            until: target.breaker.until_ms.map(|in_ms| time::text(now_ms.saturating_add_unsigned(in_ms))),
            state: target.breaker.state.to_owned(),
            reason: target.breaker.reason,
            calls: target.breaker.calls,
            failures: target.breaker.failures,
            p50_ms: target.p50_ms,
            target: target.target,
            credential: target.credential,
        };
        self.proxy.health().into_iter().map(shown).collect()
    }

    /// Targets and their states, to see whether any changed.
    pub(crate) fn health_states(&self) -> Vec<(String, &'static str)> {
        self.proxy.health().into_iter().map(|target| (target.target, target.breaker.state)).collect()
    }

    /// Health of a provider as a whole: that of its worst target.
    pub(crate) fn provider_health(&self, provider: &str) -> (String, Option<String>) {
        let own = |target: &proxy::TargetHealth| target.target.split_once('/').is_some_and(|(name, _)| name == provider);
        let targets: Vec<_> = self.proxy.health().into_iter().filter(own).collect();
        let told = |states: &[&str]| {
            let worst = targets.iter().find(|target| states.contains(&target.breaker.state))?;
            Some(format!("{}: {}", worst.target, worst.breaker.reason))
        };
        if let Some(reason) = told(&["open", "half_open"]) {
            return ("failing".to_owned(), Some(reason));
        }
        if let Some(reason) = told(&["cooling_down"]) {
            return ("rate_limited".to_owned(), Some(reason));
        }
        (if targets.is_empty() { "unknown" } else { "ok" }.to_owned(), None)
    }

    /// Lets estimates begin with what the log teaches.
    pub(crate) fn seed(&self, learned: Vec<store::traffic::Learned>) {
        let means = learned.into_iter().filter_map(|of| {
            let learned = Learned::from_means(of.samples, of.output_tokens, of.input_tokens, of.cached_tokens);
            Some((of.config?, format!("{}/{}", of.provider, of.model), learned))
        });
        self.proxy.seed_learned(means);
    }

    /// Tells what is wrong with a target now.
    pub(crate) fn unwell(&self) -> Unwell {
        let proxy = self.proxy.clone();
        Box::new(move |target| {
            let of = proxy.health().into_iter().find(|health| health.target == target)?;
            let how = match of.breaker.state {
                "open" => "its breaker is open",
                "half_open" => "its breaker is half open",
                "cooling_down" => "it is cooling down",
                _ => return None,
            };
            Some(format!("{how}: {}", of.breaker.reason))
        })
    }

    /// Closes a target's breaker; false where it was never called.
    pub(crate) fn reset_health(&self, target: &str) -> bool {
        self.proxy.reset_health(target)
    }

    /// Requests that ended in the last minute.
    pub(crate) fn requests_last_minute(&self) -> u32 {
        self.proxy.figures().last_minute()
    }

    /// Decides about a request without calling anybody.
    pub(crate) async fn dry_run(
        &self,
        request: &Value,
        headers: &BTreeMap<String, String>,
        draft: Option<Plan>,
        assumptions: &[Assumption],
    ) -> Result<DryRunResult, Error> {
        let run = self.proxy.dry_run(Bytes::from(request.to_string()), &header_map(headers)?, draft.map(Arc::new), assumptions).await;
        let run = run.map_err(|refusal| {
            let code = if refusal.status == 404 { Code::NotFound } else { Code::InvalidRequest };
            Error::new(code, refusal.message)
        })?;
        Ok(DryRunResult {
            trace: run.trace,
            est_cost_usd: run.est_cost_usd,
            est_latency_ms: run.est_latency_ms,
            explanation: run.explanation,
        })
    }

    /// Ids of keys used since the last call of this, with when.
    pub(crate) fn take_used_keys(&self) -> Vec<(String, i64)> {
        self.proxy.take_used_keys().into_iter().map(|(id, at_ms)| (id.to_string(), at_ms)).collect()
    }

    /// Asks a provider for its models, with the credential of that name.
    pub(crate) async fn verify(&self, setup: &Arc<Setup>, provider: &ProviderState, label: Option<&str>) -> Verification {
        let state = provider.clone();
        let setup = Arc::clone(setup);
        let label = label.map(str::to_owned);
        let ready =
            blocking(move || publish::provider_with(&setup, &state, label.as_deref()).map_err(|why| Error::new(Code::InvalidRequest, why)))
                .await;
        let ready = match ready {
            Ok(ready) => ready,
            Err(error) => return unverified(error.message),
        };
        if ready.lacks_key(None) {
            return unverified("There is no key yet; enter it first.".to_owned());
        }
        if provider.kind == ProviderKind::Sandbox {
            let models = provider.models.iter().map(|model| model.name.clone()).collect();
            return Verification {
                ok: true,
                message: "The sandbox answers without a key or a network.".to_owned(),
                latency_ms: None,
                models,
            };
        }
        verification(self.proxy.verify(&ready, None).await, &ready)
    }

    /// Sends a chat request through the proxy's own door.
    pub(crate) async fn send_test(&self, key: &str, body: &Value) -> Result<SentTest, Error> {
        let address = self
            .address()
            .ok_or_else(|| Error::new(Code::Internal, "The proxy does not listen, so that no request can be sent through it"))?;
        let failed = |why: String| Error::new(Code::Internal, format!("The test request did not come through: {why}"));
        let request = http::Request::post(format!("http://{address}/openai/v1/chat/completions"))
            .header(http::header::AUTHORIZATION, format!("Bearer {key}"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|error| failed(error.to_string()))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = async {
            let response = client.request(request).await.map_err(|error| failed(error.to_string()))?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| failed(error.to_string()))?.to_bytes();
            Ok::<_, Error>((head, body))
        };
        let answer = tokio::time::timeout(TEST, answer).await;
        let (head, body) = answer.map_err(|_| failed(format!("no answer within {} s", TEST.as_secs())))??;
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        Ok(SentTest { request_id: header("x-modelux-request-id"), status: head.status.as_u16(), text: answer_text(&body) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Control {
    /// Binds the port and begins to serve. A port that is taken is no error but a state, so that a window can offer another.
    ///
    /// # Errors
    /// None in practice.
    pub async fn start(self: &Arc<Self>) -> Result<ProxyState, Error> {
        self.begin_upkeep();
        match bind(self.wanted_port()).await {
            Ok(listener) => self.serve(listener)?,
            Err(trouble) => self.live.lock().trouble = Some(trouble),
        }
        self.begin_learning();
        self.events.tell(UiEvent::ProxyChanged);
        Ok(self.live.state())
    }

    /// Serves on another listener, then lets go of the one before.
    pub(crate) async fn move_to(self: &Arc<Self>, listener: TcpListener) -> Result<(), Error> {
        let before = self.live.lock().listening.take();
        self.serve(listener)?;
        if let Some(before) = before {
            // Requests in flight come to their end there; the answer to this very call may be among them.
            tokio::spawn(before.running.stop(LEFT));
        }
        self.events.tell(UiEvent::ProxyChanged);
        Ok(())
    }

    fn serve(self: &Arc<Self>, listener: TcpListener) -> Result<(), Error> {
        let address = listener.local_addr().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let mut router = axum::Router::new().nest(crate::http::PREFIX, crate::http::router(Arc::clone(self)));
        if self.serves_ui() {
            router = router.merge(crate::http::ui::router());
        }
        let running = self.live.proxy.serve(listener, router);
        let mut state = self.live.lock();
        state.listening = Some(Listening { address, running });
        state.trouble = None;
        drop(state);
        self.announce(&address.to_string());
        Ok(())
    }
}

async fn bind(port: u16) -> Result<TcpListener, ProxyState> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let found = blocking(move || Ok((port::holder(port), port::next_free(port)))).await;
            let (holder, free_port) = found.unwrap_or_default();
            Err(ProxyState::PortInUse { port, holder, free_port })
        }
        Err(error) => Err(ProxyState::Failed { message: format!("Port {port} cannot be listened on: {error}. Choose another one.") }),
    }
}

fn refusal(trouble: ProxyState) -> Error {
    match trouble {
        ProxyState::PortInUse { port, holder, free_port } => {
            let by = holder.clone().unwrap_or_else(|| "another program".to_owned());
            let way_out = free_port.map_or_else(String::new, |free| format!("; {free} is free"));
            Error::new(Code::PortInUse, format!("Port {port} is taken by {by}{way_out}"))
                .with("port", port)
                .with("holder", holder)
                .with("free_port", free_port)
        }
        ProxyState::Failed { message } => Error::new(Code::InvalidRequest, message),
        ProxyState::Running | ProxyState::Paused => Error::new(Code::Internal, "The port could not be taken"),
    }
}

fn unverified(message: String) -> Verification {
    Verification { ok: false, message, latency_ms: None, models: Vec::new() }
}

/// What the provider said, with what to do about it.
fn verification(said: Verified, provider: &proxy::Provider) -> Verification {
    let message = said.sentence(provider);
    match said {
        Verified::Models { models, latency } => Verification { ok: true, message, latency_ms: Some(latency.as_secs_f64() * 1e3), models },
        _ => unverified(message),
    }
}

fn header_map(headers: &BTreeMap<String, String>) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let wrong = || Error::new(Code::InvalidRequest, format!("{name:?} is not a header that can be sent"));
        map.append(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(map)
}

/// The answer's text, or the error's message.
fn answer_text(body: &[u8]) -> String {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = json["choices"][0]["message"]["content"].as_str().or_else(|| json["error"]["message"].as_str());
    said.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned)
}
