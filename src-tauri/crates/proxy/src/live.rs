//! The live world: real calls on the real clock.

use std::{
    borrow::Cow,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use catalog::ProviderKind;
use http::{HeaderMap, HeaderValue, header};
use routing::{
    engine::{self, Routed},
    facts::Facts,
    failure::Detail,
    health::Admission,
    latency::{Look, Seen},
    memory::Key,
    outcome::Outcome,
    plan::Plan,
    reason::Reason,
    response::Response,
    target::ModelTarget,
    tracer::Tracer,
    world::{Attempted, Budget, Call, Figures, Keeper, LocalTime, Observed, Question, World},
};
use secrecy::{ExposeSecret, SecretString};
use wire::{Caller, Dialect, Quirks, Thoughts, Untranslatable, UpstreamEdit, chat};

use crate::{
    Shared, auth,
    call::{self, OpenCall, Opening},
    hold::Holding,
    input::Input,
    kept::{self, Kept},
    observe::observe,
    provider::{Outgoing, Provider, Secrets},
    reply::Reply,
    request::{Arrival, Attributes, local_time},
    room::Room,
    sandbox::Ask,
    snapshot::Snapshot,
    upstream::{self, CallFailure, Committed, EventSource, UpstreamBody, UpstreamError, Way, Whole},
};

/// The world of one request, and all of the request that routing reads: it may outlive the function that began it.
pub struct LiveWorld {
    shared: Arc<Shared>,
    snapshot: Arc<Snapshot>,
    chat: Arc<Input>,
    attributes: Attributes,
    /// The request's own headers: some are for the provider.
    headers: HeaderMap,
    /// Name of the app that calls.
    app: Arc<str>,
    plan: Arc<Plan>,
    arrival: Arrival,
    tracer: Arc<Tracer>,
    /// Counts the answers that are held back, for a caller that waits for a stream.
    holding: Option<Arc<Holding>>,
    /// The caller's own key is for the first provider called and no other.
    key_owner: OnceLock<Arc<str>>,
    /// Time slept before repeated calls.
    waited_us: AtomicU64,
    local_time: OnceLock<LocalTime>,
    /// For the answers that are held as a whole.
    room: Room,
    /// Who keeps the answer that the request goes on from.
    keeper: Option<Keeper>,
}

/// What a world is made of.
pub struct Asked {
    /// The table that the request found.
    pub snapshot: Arc<Snapshot>,
    /// The request.
    pub chat: Arc<Input>,
    /// What comes with it.
    pub attributes: Attributes,
    /// Its headers.
    pub headers: HeaderMap,
    /// Name of the app that calls.
    pub app: Arc<str>,
    /// What to run.
    pub plan: Arc<Plan>,
}

/// A routed request, and the time that was slept on purpose.
pub struct Rode {
    /// What came of it.
    pub routed: Routed<LiveWorld>,
    /// Microseconds.
    pub waited_us: u64,
}

impl LiveWorld {
    /// A world for one request.
    pub fn new(shared: &Arc<Shared>, asked: Asked, arrival: &Arrival, tracer: &Arc<Tracer>) -> Self {
        let Asked { snapshot, chat, attributes, headers, app, plan } = asked;
        let keeper = shared.continued.keeper(&app, &chat.request, &plan);
        Self {
            shared: Arc::clone(shared),
            snapshot,
            chat,
            attributes,
            headers,
            app,
            plan,
            arrival: arrival.clone(),
            tracer: Arc::clone(tracer),
            holding: None,
            key_owner: OnceLock::new(),
            waited_us: AtomicU64::new(0),
            local_time: OnceLock::new(),
            room: Room::new(shared.options.max_held),
            keeper,
        }
    }

    /// Tells when answers to a streamed request are held back.
    pub fn holding(self, holding: &Arc<Holding>) -> Self {
        Self { holding: Some(Arc::clone(holding)), ..self }
    }

    /// Routes the request.
    pub async fn run(&self) -> Rode {
        let routed = engine::route(&self.plan, &self.facts(), self, &self.tracer).await;
        Rode { routed, waited_us: self.waited_us.load(Ordering::Relaxed) }
    }

    /// What rules and costs go by; a plan that looks at nothing needs no count.
    fn input_tokens(&self) -> u64 {
        input_tokens(&self.snapshot, &self.plan, &self.chat)
    }

    fn facts(&self) -> Facts<'_> {
        self.attributes.facts(&self.chat, &self.app, &self.arrival.request_id, self.input_tokens())
    }
}

impl World for LiveWorld {
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
        (self.shared.options.draw)()
    }

    fn config(&self, slug: &str, version: Option<u32>) -> Option<Arc<Plan>> {
        self.snapshot.plan(slug, version).or_else(|| {
            // A version that the caller asked for and the table lacks.
            let asked = self.plan.config.as_ref().filter(|(name, number)| **name == *slug && Some(*number) == version);
            asked.map(|_| Arc::clone(&self.plan))
        })
    }

    fn peek(&self, target: &ModelTarget) -> Admission {
        self.shared.health.peek(target, Instant::now(), self.arrival.at)
    }

    fn keeper(&self) -> Option<&Keeper> {
        self.keeper.as_ref()
    }

    fn observe(&self, target: &ModelTarget, config: Option<&str>) -> Observed {
        let input = |target: &ModelTarget| self.chat.tokens_for(&self.snapshot.catalogue, target);
        observe(&self.snapshot, &self.shared.learned, (&self.facts(), &input), target, config)
    }

    fn latency(&self, target: &ModelTarget, look: Look) -> Seen {
        self.shared.health.latency(target, look)
    }

    fn recall(&self, key: Key) -> Option<Arc<str>> {
        self.shared.memory().recall(key)
    }

    fn remember(&self, key: Key, label: &Arc<str>) {
        self.shared.memory().remember(key, label);
    }

    fn budget(&self, _: Option<&str>) -> Budget {
        Budget::NONE
    }

    fn local_time(&self) -> LocalTime {
        *self.local_time.get_or_init(|| local_time(self.arrival.time_ms))
    }

    fn response<'r>(&'r self, reply: &'r Reply) -> Option<Response<'r>> {
        reply.response()
    }

    fn with_text(&self, reply: Reply, text: &str) -> Reply {
        reply.with_text(text)
    }

    fn conversation(&self) -> Cow<'_, str> {
        self.chat.request.conversation().into()
    }

    async fn attempt<'a>(&'a self, call: Call<'a>) -> Attempted<Reply, Box<UpstreamError>> {
        let Some(provider) = self.snapshot.providers.get(call.target.provider()) else {
            return uncalled(missing_provider(call.target.provider()));
        };
        let own_key = self.own_key(provider);
        if provider.lacks_key(call.target.credential()) && own_key.is_none() {
            return uncalled(missing_key(provider, call.target.credential()));
        }
        let asked = match call.ask.as_deref().map(|question| put(question, &call)).transpose() {
            Ok(asked) => asked,
            Err(failure) => return uncalled(failure),
        };
        let input = asked.unwrap_or_else(|| Arc::clone(&self.chat));
        let chat = &input.request;
        let _held = self.holding.as_ref().filter(|_| call.whole).map(Holding::begin);
        let mut open = self.open(&call, &input);
        if let Some(key) = own_key {
            let reason = format!("called with the caller's own key (SHA-256 {}…)", fingerprint(key));
            self.tracer.amend(call.index, |attempt| attempt.reason = Some(Reason::text(reason)));
        }
        let started = Instant::now();
        let calling = self.call(provider, own_key, chat, &call, &mut open);
        let result = match self.deadline(call.deadline_us) {
            None => calling.await,
            Some(deadline) => tokio::time::timeout_at(deadline.into(), calling)
                .await
                .unwrap_or_else(|_| Err(upstream::timed_out(deadline.saturating_duration_since(started)))),
        };
        match result {
            Ok(Answer::Whole(whole)) => {
                self.remember_answer(whole.way.from, whole.facts.id.as_deref(), call.target);
                answered(whole, open)
            }
            Ok(Answer::Kept(kept)) => {
                self.remember_answer(kept.way.from, kept.id.as_deref(), call.target);
                ended(kept, open)
            }
            Ok(Answer::Stream(stream)) => {
                self.remember_answer(stream.source.way.from, stream.source.relay.id(), call.target);
                committed(stream, open)
            }
            Err(failure) => {
                let failure = redacted(failure, &provider.secrets(own_key));
                let figures = open.failed(failure.outcome, failure.retry_after_ms);
                Attempted { result: Err(failure), figures }
            }
        }
    }
}

enum Answer {
    Whole(Box<Whole>),
    Kept(Box<Kept>),
    Stream(Box<Committed>),
}

impl LiveWorld {
    fn deadline(&self, at_us: u64) -> Option<Instant> {
        self.arrival.at.checked_add(Duration::from_micros(at_us)).filter(|_| at_us != u64::MAX)
    }

    /// Later requests may go on with an answer of OpenAI's Responses, and only who gave it still has it.
    fn remember_answer(&self, spoken: Dialect, id: Option<&str>, target: &ModelTarget) {
        if let Some(id) = id.filter(|_| spoken == Dialect::OpenAiResponses) {
            self.shared.continued.note(&self.app, id, target);
        }
    }

    fn own_key(&self, provider: &Provider) -> Option<&SecretString> {
        let key = self.attributes.provider_key.as_ref();
        key.filter(|_| *self.key_owner.get_or_init(|| Arc::clone(&provider.name)) == provider.name)
    }

    fn open(&self, call: &Call<'_>, input: &Arc<Input>) -> OpenCall {
        let target = call.target;
        // What a judge says teaches nothing of what callers' requests come to.
        let config = call.config.filter(|_| call.ask.is_none());
        OpenCall::begin(Opening {
            health: &self.shared.health,
            tracer: &self.tracer,
            target,
            index: call.index,
            price: self.snapshot.catalogue.lookup(target.provider(), target.model()).and_then(|model| model.price),
            input: Arc::clone(input),
            kind: self.snapshot.catalogue.kind(target.provider()),
            lesson: config.map(|config| self.shared.learned.lesson(config, target.name())),
        })
    }

    async fn call(
        &self,
        provider: &Provider,
        own_key: Option<&SecretString>,
        chat: &wire::Request,
        call: &Call<'_>,
        open: &mut OpenCall,
    ) -> Result<Answer, CallFailure> {
        let (response, way) = self.send(provider, own_key, (chat, call), open).await?;
        let idle = Duration::from_millis(call.idle_timeout_ms);
        if !upstream::is_answer(response.status()) {
            let secrets = provider.secrets(own_key);
            return Err(upstream::refused(response, idle, chat.dialect, |body| secrets.redact(body)).await);
        }
        let (head, body) = response.into_parts();
        if !chat.facts.stream {
            return upstream::whole(head.headers, body, self.room.begin(), idle, way).await.map(|whole| Answer::Whole(Box::new(whole)));
        }
        let source = EventSource::new(body, idle, way, call.whole);
        if call.whole {
            return kept::until_end(head.headers, source, self.room.begin(), open).await.map(|kept| Answer::Kept(Box::new(kept)));
        }
        let stream = upstream::until_commit(head.headers, source).await?;
        open.first_content();
        Ok(Answer::Stream(Box::new(stream)))
    }

    async fn send(
        &self,
        provider: &Provider,
        own_key: Option<&SecretString>,
        (chat, call): (&wire::Request, &Call<'_>),
        open: &mut OpenCall,
    ) -> Result<(http::Response<UpstreamBody>, Way), CallFailure> {
        let (model, stream) = (call.target.model(), chat.facts.stream);
        let spoken =
            provider.dialect_for(chat.dialect, model).ok_or_else(|| upstream::untranslatable(&unspoken(chat.dialect, call.target)))?;
        let preset = provider.kind.preset();
        let known = self.snapshot.catalogue.lookup(call.target.provider(), model);
        let edit = UpstreamEdit {
            model,
            params: call.params.as_deref(),
            include_usage: stream && preset.stream_usage_option,
            max_output: known.and_then(|known| known.max_output),
            quirks: quirks(provider.kind, &preset.quirks),
        };
        let wire::Outgoing { body, warnings } = chat.upstream(spoken, &edit).map_err(|error| upstream::untranslatable(&error))?;
        let now = SystemTime::now();
        let caller = Caller {
            body: chat.body().clone(),
            include_usage: chat.facts.include_usage == Some(true),
            input_tokens: chat.facts.input_tokens_estimate(),
            created: now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs(),
            id: self.arrival.request_id.to_string(),
        };
        let way = Way { from: spoken, to: chat.dialect, caller, warnings, secrets: provider.secrets(own_key) };
        if way.from != way.to {
            let translated = format!("translated from {} to {}", way.to.name(), way.from.name());
            let sentences = std::iter::once(&translated).chain(&way.warnings).map(String::as_str);
            let reason = Reason::text(sentences.collect::<Vec<_>>().join("; "));
            self.tracer.amend(call.index, |attempt| {
                attempt.reason.get_or_insert(reason);
            });
        }
        if provider.kind == ProviderKind::Sandbox {
            open.sent();
            let chat =
                wire::Request::read(Dialect::OpenAiChat, body.into_bytes()).map_err(|error| upstream::connection(error.to_string()))?;
            let ask = Ask { model: call.target.model(), chat: &chat, id: self.arrival.id };
            return Ok((self.shared.sandbox.answer(&ask).map(UpstreamBody::Sandbox), way));
        }
        let outgoing =
            Outgoing { dialect: spoken, model, stream, body, credential: call.target.credential(), own_key, caller: &self.headers, now };
        let mut request = provider.request(outgoing).map_err(|error| upstream::connection(error.to_string()))?;
        // A request that comes back to us is seen by it.
        if let Some(via) = self.shared.via.onward(&self.headers) {
            request.headers_mut().insert(header::VIA, via);
        }
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        open.sent();
        let response = self.shared.client.request(request).await.map_err(|error| upstream::unreachable(&error))?;
        Ok((UpstreamBody::of(response)?, way))
    }
}

fn unspoken(asked: Dialect, target: &ModelTarget) -> Untranslatable {
    let why = format!("leads to {target}, which does not take {}; choose a model that does", asked.name());
    Untranslatable::new("model", why)
}

fn quirks(kind: ProviderKind, known: &catalog::Quirks) -> Quirks {
    Quirks {
        max_completion_tokens: known.max_tokens_field == "max_completion_tokens",
        developer_role: known.developer_role,
        no_parallel_tool_calls: !known.parallel_tool_calls,
        custom_tools: matches!(kind, ProviderKind::OpenAi | ProviderKind::Azure),
        no_json_schema: !known.json_schema,
        random_seed: known.seed_field == "random_seed",
        no_unknown_members: !known.unknown_members,
        nine_letter_ids: !known.free_call_ids,
        thought_signatures: known.thought_signatures,
        thoughts: match known.thoughts {
            catalog::Thoughts::No => Thoughts::LeftOut,
            catalog::Thoughts::Content => Thoughts::Content,
            catalog::Thoughts::Details => Thoughts::Details,
            catalog::Thoughts::ByModel => Thoughts::ByModel,
        },
    }
}

/// The tokens of a request's input, as the first model that the plan names counts them.
pub fn input_tokens(snapshot: &Snapshot, plan: &Plan, input: &Input) -> u64 {
    match plan.first_model() {
        _ if plan.is_plain() => input.request.facts.input_tokens_estimate(),
        Some(model) => input.tokens_for(&snapshot.catalogue, model),
        None => input.tokens(ProviderKind::OpenAiCompatible, ""),
    }
}

/// A question of our own as a request.
fn put(question: &Question, call: &Call<'_>) -> Result<Arc<Input>, CallFailure> {
    let Question { system, user, max_tokens } = question;
    let body = chat::question(call.target.model(), system, user, *max_tokens, call.params.as_deref());
    let request = wire::Request::read(Dialect::OpenAiChat, body).map_err(|error| upstream::connection(error.to_string()))?;
    Ok(Arc::new(request.into()))
}

fn answered(whole: Box<Whole>, open: OpenCall) -> Attempted<Reply, Box<UpstreamError>> {
    let target = open.target().clone();
    let spent = open.answered(whole.facts.usage, whole.facts.output_chars);
    let figures = Figures { status: Some(200), ..call::figures(spent) };
    Attempted { result: Ok(Reply::Whole { whole, said: OnceLock::new(), target, spent }), figures }
}

fn ended(kept: Box<Kept>, open: OpenCall) -> Attempted<Reply, Box<UpstreamError>> {
    let (target, ttft_us) = (open.target().clone(), open.ttft().map(call::micros));
    let spent = open.answered(kept.usage, kept.output_chars);
    let figures = Figures { status: Some(200), ttft_us, ..call::figures(spent) };
    Attempted { result: Ok(Reply::Kept { kept, target, spent }), figures }
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

/// What upstreams say may hold keys, also in errors that come as a 200 or within a stream.
fn redacted(mut failure: CallFailure, secrets: &Secrets) -> CallFailure {
    if let Reason::Text(reason) = failure.reason {
        failure.reason = Reason::text(secrets.redacted(reason.into_owned()));
    }
    if let Some(error) = &mut failure.error {
        error.message = secrets.redacted(std::mem::take(&mut error.message));
    }
    failure
}

fn missing_key(provider: &Provider, credential: Option<&str>) -> CallFailure {
    let env = provider.kind.preset().key_env.map(|env| format!(" or set {env} and restart")).unwrap_or_default();
    let message = match credential {
        Some(credential) => format!("{} has no key for its credential {credential:?}; add it in Providers", provider.name),
        None => format!("{} has no key; add one in Providers{env}", provider.name),
    };
    CallFailure {
        outcome: Outcome::Http(401),
        detail: Detail::None,
        reason: Reason::text(message.clone()),
        retry_after_ms: None,
        error: Some(Box::new(UpstreamError {
            status: 401,
            body: None,
            message,
            code: Some("missing_provider_key".to_owned()),
            param: None,
        })),
    }
}
