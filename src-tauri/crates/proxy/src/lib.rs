//! The proxy: a listener, who may call, the live world, and what is recorded.
//!
//! ```text
//! serve ─▶ guard ─▶ chat ─▶ resolve ─▶ routing::engine ─▶ live ─▶ upstream | sandbox
//!                     │                                      │
//!                     └──────────── recording ◀──────────────┘
//! ```

mod answer;
mod auth;
mod body;
mod call;
mod client;
mod continued;
mod count_tokens;
mod decoded;
mod dry_run;
mod exchange;
mod explain;
mod figures;
mod health;
mod hold;
mod input;
mod kept;
mod learned;
mod live;
mod money;
mod observe;
mod options;
mod passthrough;
mod paths;
mod pieces;
mod provider;
mod recording;
mod refusal;
mod reply;
mod request;
mod resolve;
mod room;
mod routes;
mod sandbox;
mod serve;
mod snapshot;
#[cfg(test)]
mod tests;
mod upstream;
mod verify;
mod via;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwap;
use axum::Router;
use routing::{facts::Facts, learned::Learned, memory::Memory, plan::Plan};
use store::RequestSink;
use tokio::net::TcpListener;
use wire::{Dialect, Request};

pub use auth::{hash, key_of};
pub use client::{Outbound, OutboundError, is_metadata};
pub use dry_run::{Assumption, Decided};
pub use figures::Figures;
pub use health::TargetHealth;
pub use input::Input;
pub use options::{Draw, ProxyOptions};
pub use provider::{Outgoing, Provider, ProviderError, Setup};
pub use serve::Running;
pub use snapshot::{Active, AppKey, Settings, Snapshot, VersionLoader};
pub use verify::Verified;

/// What all requests share.
pub(crate) struct Shared {
    snapshot: ArcSwap<Snapshot>,
    sink: Arc<dyn RequestSink>,
    loader: Arc<dyn VersionLoader>,
    health: Arc<health::HealthBook>,
    learned: learned::LearnedBook,
    memory: Mutex<Memory>,
    continued: continued::Continued,
    client: client::HttpClient,
    sandbox: sandbox::Sandbox,
    figures: Figures,
    key_use: auth::KeyUse,
    paused: AtomicBool,
    via: via::Via,
    options: ProxyOptions,
}

impl Shared {
    fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The proxy. Cheap to clone.
#[derive(Clone)]
pub struct Proxy {
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy that knows nothing yet; [`Proxy::publish`] tells it.
    pub fn new(sink: Arc<dyn RequestSink>, loader: Arc<dyn VersionLoader>) -> Self {
        Self::with_options(sink, loader, ProxyOptions::default())
    }

    /// The same with other options.
    pub fn with_options(sink: Arc<dyn RequestSink>, loader: Arc<dyn VersionLoader>, options: ProxyOptions) -> Self {
        Self {
            shared: Arc::new(Shared {
                snapshot: ArcSwap::default(),
                sink,
                loader,
                health: Arc::default(),
                learned: learned::LearnedBook::default(),
                memory: Mutex::default(),
                continued: continued::Continued::default(),
                client: client::HttpClient::new(),
                sandbox: sandbox::Sandbox::default(),
                figures: Figures::default(),
                key_use: auth::KeyUse::default(),
                paused: AtomicBool::new(false),
                via: via::Via::new(rand::random()),
                options: options.clamped(),
            }),
        }
    }

    /// Has later calls leave this machine that way; those under way end on their own.
    ///
    /// # Errors
    /// A proxy or a certificate that is none; nothing changes then.
    pub fn set_outbound(&self, outbound: Outbound) -> Result<(), OutboundError> {
        self.shared.client.set(outbound)
    }

    /// Puts a new table in place. Requests under way finish on the one that they began with.
    pub fn publish(&self, snapshot: Snapshot) {
        self.shared.snapshot.store(Arc::new(snapshot));
    }

    /// The table as it is.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.load_full()
    }

    /// Serves a listener; `more` are further routes, such as the management API, behind the same guard.
    pub fn serve(&self, listener: TcpListener, more: Router) -> Running {
        let router = routes::router(Arc::clone(&self.shared)).merge(more);
        serve::serve(Arc::clone(&self.shared), listener, router)
    }

    /// While paused, requests get a 503.
    pub fn set_paused(&self, paused: bool) {
        self.shared.paused.store(paused, Ordering::Relaxed);
    }

    /// Is it paused?
    pub fn is_paused(&self) -> bool {
        self.shared.is_paused()
    }

    /// Health of the targets called since the start, those that are not well first.
    pub fn health(&self) -> Vec<TargetHealth> {
        self.shared.health.view()
    }

    /// Closes a target's breaker and ends its cool-down; false where nothing is known of it.
    pub fn reset_health(&self, target: &str) -> bool {
        self.shared.health.reset(target)
    }

    /// Tells what calls came to before this start, as slug of the config, `provider/model`, and means.
    pub fn seed_learned(&self, means: impl IntoIterator<Item = (String, String, Learned)>) {
        self.shared.learned.seed(means);
    }

    /// Counters.
    pub fn figures(&self) -> &Figures {
        &self.shared.figures
    }

    /// Ids of keys used since the last call of this, with when.
    pub fn take_used_keys(&self) -> Vec<(Arc<str>, i64)> {
        self.shared.key_use.take()
    }

    /// Decides a request without calling anybody. `draft` is what to run in place of what its model names;
    /// `headers` are those that the request would carry; targets in `assumptions` fail as they say.
    ///
    /// # Errors
    /// What the proxy would answer to such a request.
    pub async fn dry_run(
        &self,
        body: bytes::Bytes,
        headers: &http::HeaderMap,
        draft: Option<Arc<Plan>>,
        assumptions: &[Assumption],
    ) -> Result<Decided, wire::ApiError> {
        let chat = Request::read(Dialect::OpenAiChat, body).map_err(wire::ApiError::from)?;
        let snapshot = self.snapshot();
        let nobody = AppKey {
            id: "".into(),
            name: "dry run".into(),
            sha256: [0; 32],
            default_tags: Vec::new(),
            allowed_configs: Vec::new(),
            per_minute: None,
            expires_at_ms: None,
        };
        let attributes = request::Attributes::read(headers, Some(&chat), &nobody).map_err(wire::ApiError::from)?;
        let resolved = match draft {
            Some(plan) => resolve::Resolved { plan, how: "config" },
            None => resolve::resolve(&self.shared, &snapshot, &chat.facts.model, &nobody).await?,
        };
        let arrival = request::Arrival::now();
        let chat = Input::from(chat);
        let input_tokens = live::input_tokens(&snapshot, &resolved.plan, &chat);
        let facts: Facts<'_> = attributes.facts(&chat, &nobody.name, &arrival.request_id, input_tokens);
        Ok(dry_run::decide(&self.shared, &snapshot, &chat, &facts, (&resolved.plan, resolved.how, assumptions)))
    }
}
