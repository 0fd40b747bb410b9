//! The live world: real calls on the real clock.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::{Method, Request, header};
use routing::{
    failure::Detail,
    health::Admission,
    outcome::Outcome,
    plan::Plan,
    reason::Reason,
    target::ModelTarget,
    tracer::Tracer,
    world::{Attempted, Call, Figures, World},
};
use secrecy::{ExposeSecret, SecretString};
use wire::chat::{ChatRequest, UpstreamEdit};

use crate::{
    Shared, auth,
    call::{self, OpenCall, Spent},
    request::Arrival,
    sandbox::Ask,
    snapshot::{Provider, Snapshot},
    upstream::{self, CallFailure, Committed, EventSource, UpstreamBody, UpstreamError, Whole},
};

/// An answer that has committed.
pub enum Reply {
    /// All of it is here.
    Whole {
        /// The answer.
        whole: Box<Whole>,
        /// Who gave it.
        target: ModelTarget,
        /// What it came to.
        spent: Spent,
    },
    /// Its first content is here; the call is still open.
    Stream {
        /// The stream.
        stream: Box<Committed>,
        /// The call, to be settled at the stream's end.
        call: Box<OpenCall>,
    },
}

/// The world of one request.
pub struct LiveWorld<'a> {
    pub shared: &'a Arc<Shared>,
    pub snapshot: &'a Snapshot,
    pub chat: &'a ChatRequest,
    pub arrival: &'a Arrival,
    pub tracer: &'a Arc<Tracer>,
    /// The caller's own key, for the first provider called and no other.
    pub own_key: Option<&'a SecretString>,
    pub key_owner: OnceLock<Arc<str>>,
    /// Sent with each call, so that a request that comes back to us is seen.
    pub via: &'a http::HeaderValue,
    /// Time slept before repeated calls.
    pub waited_us: AtomicU64,
    /// A version that the caller asked for and the table lacks.
    pub asked: Option<&'a Arc<Plan>>,
}

impl World for LiveWorld<'_> {
    type Reply = Reply;
    type Error = Box<UpstreamError>;

    fn now_us(&self) -> u64 {
        self.arrival.elapsed_us()
    }

    async fn sleep_until(&self, at_us: u64) {
        let wait_us = at_us.saturating_sub(self.now_us());
        tokio::time::sleep(Duration::from_micros(wait_us)).await;
        self.waited_us.fetch_add(wait_us, Ordering::Relaxed);
    }

    fn draw(&self) -> f64 {
        rand::random()
    }

    fn config(&self, slug: &str, version: Option<u32>) -> Option<Arc<Plan>> {
        self.snapshot.plan(slug, version).or_else(|| {
            let is_it = |plan: &&&Arc<Plan>| plan.config.as_ref().is_some_and(|(name, number)| **name == *slug && Some(*number) == version);
            self.asked.as_ref().filter(is_it).map(|plan| Arc::clone(plan))
        })
    }

    fn peek(&self, target: &ModelTarget) -> Admission {
        self.shared.health.peek_from(target, self.now_us() / 1_000)
    }

    async fn attempt(&self, call: Call<'_>) -> Attempted<Reply, Box<UpstreamError>> {
        let Some(provider) = self.snapshot.providers.get(call.target.provider()) else {
            return uncalled(missing_provider(call.target.provider()));
        };
        let own_key = self.own_key.filter(|_| *self.key_owner.get_or_init(|| Arc::clone(&provider.name)) == provider.name);
        if provider.lacks_key() && own_key.is_none() {
            return uncalled(missing_key(provider));
        }
        let price = self.snapshot.catalogue.lookup(call.target.provider(), call.target.model()).and_then(|model| model.price);
        let input_tokens = self.chat.facts.input_tokens_estimate();
        let mut open = OpenCall::begin(&self.shared.health, self.tracer, call.target, call.index, price, input_tokens);
        if let Some(key) = own_key {
            let reason = format!("called with the caller's own key (SHA-256 {}…)", fingerprint(key));
            self.tracer.amend(call.index, |attempt| attempt.reason = Some(Reason::text(reason)));
        }
        let started = Instant::now();
        let calling = self.call(provider, own_key, &call, &mut open);
        let result = match self.deadline(call.deadline_us) {
            None => calling.await,
            Some(deadline) => tokio::time::timeout_at(deadline.into(), calling)
                .await
                .unwrap_or_else(|_| Err(upstream::timed_out(deadline.saturating_duration_since(started)))),
        };
        match result {
            Ok(Answer::Whole(whole)) => answered(whole, open),
            Ok(Answer::Stream(stream)) => committed(stream, open),
            Err(failure) => {
                let figures = open.failed(failure.outcome, failure.retry_after_ms);
                Attempted { result: Err(failure), figures }
            }
        }
    }
}

enum Answer {
    Whole(Box<Whole>),
    Stream(Box<Committed>),
}

impl LiveWorld<'_> {
    fn deadline(&self, at_us: u64) -> Option<Instant> {
        self.arrival.at.checked_add(Duration::from_micros(at_us)).filter(|_| at_us != u64::MAX)
    }

    async fn call(
        &self,
        provider: &Provider,
        own_key: Option<&SecretString>,
        call: &Call<'_>,
        open: &mut OpenCall,
    ) -> Result<Answer, CallFailure> {
        let facts = &self.chat.facts;
        let response = self.send(provider, own_key, call, open).await?;
        let idle = Duration::from_millis(call.idle_timeout_ms);
        if !upstream::is_answer(response.status()) {
            return Err(upstream::refused(response, idle, |body| provider.redact(body)).await);
        }
        let (head, body) = response.into_parts();
        if !facts.stream {
            return upstream::whole(head.headers, body, idle).await.map(|whole| Answer::Whole(Box::new(whole)));
        }
        let source = EventSource::new(body, idle, facts.include_usage != Some(true));
        let stream = upstream::until_commit(head.headers, source).await?;
        open.first_content();
        Ok(Answer::Stream(Box::new(stream)))
    }

    async fn send(
        &self,
        provider: &Provider,
        own_key: Option<&SecretString>,
        call: &Call<'_>,
        open: &mut OpenCall,
    ) -> Result<http::Response<UpstreamBody>, CallFailure> {
        let facts = &self.chat.facts;
        let preset = provider.kind.preset();
        let body = self.chat.upstream_body(&UpstreamEdit {
            model: call.target.model(),
            params: call.params.as_deref(),
            include_usage: facts.stream && preset.stream_usage_option,
        });
        if provider.kind == catalog::ProviderKind::Sandbox {
            open.sent();
            let chat = ChatRequest::read(body.into_bytes()).map_err(|error| upstream::connection(error.to_string()))?;
            let ask = Ask { model: call.target.model(), chat: &chat, id: self.arrival.id };
            return Ok(self.shared.sandbox.answer(&ask).map(UpstreamBody::Sandbox));
        }
        let mut request = Request::new(body.into());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = provider.chat.clone();
        *request.headers_mut() = provider.headers(own_key).map_err(|error| upstream::connection(error.to_string()))?;
        request.headers_mut().insert(header::VIA, self.via.clone());
        open.sent();
        let response = self.shared.client.request(request).await.map_err(|error| upstream::unreachable(&error))?;
        Ok(response.map(UpstreamBody::Http))
    }
}

fn answered(whole: Box<Whole>, open: OpenCall) -> Attempted<Reply, Box<UpstreamError>> {
    let target = open.target().clone();
    let spent = open.answered(whole.facts.usage, whole.facts.output_chars);
    let figures = Figures { status: Some(200), ..call::figures(spent) };
    Attempted { result: Ok(Reply::Whole { whole, target, spent }), figures }
}

fn committed(stream: Box<Committed>, open: OpenCall) -> Attempted<Reply, Box<UpstreamError>> {
    let figures = Figures { status: Some(200), ttft_us: open.ttft().map(call::micros), ..Figures::default() };
    Attempted { result: Ok(Reply::Stream { stream, call: Box::new(open) }), figures }
}

fn uncalled(failure: CallFailure) -> Attempted<Reply, Box<UpstreamError>> {
    Attempted { result: Err(failure), figures: Figures::default() }
}

/// Enough to tell keys apart, too little to guess one.
fn fingerprint(key: &SecretString) -> String {
    auth::hash(key.expose_secret())[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn missing_provider(name: &str) -> CallFailure {
    upstream::connection(format!("there is no provider {name:?}, or it is switched off; look into Providers"))
}

fn missing_key(provider: &Provider) -> CallFailure {
    let env = provider.kind.preset().key_env.map(|env| format!(" or set {env} and restart")).unwrap_or_default();
    let message = format!("{} has no key; add one in Providers{env}", provider.name);
    CallFailure {
        outcome: Outcome::Http(401),
        detail: Detail::None,
        reason: Reason::text(message.clone()),
        retry_after_ms: None,
        error: Some(Box::new(UpstreamError { status: 401, body: None, message, code: Some("missing_provider_key".to_owned()) })),
    }
}
