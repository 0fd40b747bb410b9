//! The upstream as a test sees it: scripts in, requests out.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::timeout};

use super::{Reply, Seen, Step, connection::accept};
use crate::{
    dialects::{Dialect, Said},
    openai,
};

/// How long a test waits for something that must happen before it is called a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running scripted upstream. Stops when dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    state: Arc<State>,
    acceptor: JoinHandle<()>,
}

/// What the connections share.
#[derive(Debug)]
pub(super) struct State {
    scripts: Mutex<HashMap<String, VecDeque<Reply>>>,
    seen: Mutex<Vec<Seen>>,
    pub(super) gates: watch::Sender<HashSet<String>>,
    changes: watch::Sender<u64>,
}

impl Upstream {
    /// Listens on a free loopback port.
    pub async fn start() -> Self {
        Self::start_on(0).await
    }

    /// Listens on that loopback port.
    pub async fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound address");
        let state = Arc::new(State {
            scripts: Mutex::default(),
            seen: Mutex::default(),
            gates: watch::Sender::default(),
            changes: watch::Sender::default(),
        });
        let acceptor = tokio::spawn(accept(listener, state.clone()));
        Self { address, state, acceptor }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL of a provider that lives under `mount`.
    pub fn base_url(&self, mount: &str) -> String {
        format!("http://{}/{mount}/v1", self.address)
    }

    /// Calls for `model` get these replies in turn; the last one repeats.
    /// A key such as `GET /alpha/v1/files` scripts a path instead.
    pub fn script(&self, model: &str, replies: impl IntoIterator<Item = Reply>) {
        self.state.script(model, replies.into_iter().collect());
    }

    /// Lets every reply that waits for `gate`, now or later, go on.
    pub fn release(&self, gate: &str) {
        self.state.release(gate);
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("no panic while held").clone()
    }

    /// Every request for that model so far.
    pub fn seen_for(&self, model: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.model.as_deref() == Some(model)).collect()
    }

    /// The one request for that model.
    pub fn only(&self, model: &str) -> Seen {
        let mut seen = self.seen_for(model);
        assert_eq!(seen.len(), 1, "{model} was to be called once");
        seen.remove(0)
    }

    /// Forgets every request so far.
    pub fn forget(&self) {
        self.state.seen.lock().expect("no panic while held").clear();
    }

    /// Waits until `model` was called `count` times.
    pub async fn wait_for_calls(&self, model: &str, count: usize) {
        self.wait(&format!("{count} calls for {model}"), || self.seen_for(model).len() >= count).await;
    }

    /// Waits until a caller of `model` went away in the middle of a reply.
    pub async fn wait_for_hang_up(&self, model: &str) {
        self.wait_for_hang_ups(model, 1).await;
    }

    /// Waits until so many callers of `model` went away in the middle of a reply.
    pub async fn wait_for_hang_ups(&self, model: &str, count: usize) {
        let hung_up = || self.seen_for(model).iter().filter(|seen| seen.hung_up).count();
        self.wait(&format!("{count} hang-ups on {model}"), || hung_up() >= count).await;
    }

    async fn wait(&self, what: &str, done: impl Fn() -> bool) {
        let mut changes = self.state.changes.subscribe();
        let waiting = async {
            while !done() {
                changes.changed().await.expect("the sender lives as long as the upstream");
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            panic!("waited in vain for {what}; seen: {:#?}", self.seen());
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

impl State {
    fn script(&self, model: &str, replies: VecDeque<Reply>) {
        self.scripts.lock().expect("no panic while held").insert(model.to_owned(), replies);
    }

    fn release(&self, gate: &str) {
        self.gates.send_modify(|open| {
            open.insert(gate.to_owned());
        });
    }

    pub(super) fn record(&self, mut seen: Seen) -> usize {
        let mut all = self.seen.lock().expect("no panic while held");
        seen.index = all.len();
        all.push(seen);
        drop(all);
        self.changes.send_modify(|count| *count += 1);
        self.seen.lock().expect("no panic while held").len() - 1
    }

    pub(super) fn mark(&self, index: usize, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().expect("no panic while held")[index]);
        self.changes.send_modify(|count| *count += 1);
    }

    pub(super) fn reply_for(&self, seen: &Seen) -> Reply {
        let mut scripts = self.scripts.lock().expect("no panic while held");
        let by_path = format!("{} {}", seen.method, seen.path);
        let key = if scripts.contains_key(&by_path) { by_path } else { seen.model.clone().unwrap_or_default() };
        let reply = match scripts.get_mut(&key) {
            Some(replies) if replies.len() > 1 => replies.pop_front().expect("more than one"),
            Some(replies) => replies.front().cloned().unwrap_or_default(),
            None => return unscripted(seen),
        };
        let dialect = Dialect::of_path(&seen.path).unwrap_or(Dialect::Chat);
        match reply.0.first() {
            Some(Step::Say(said)) => say(seen, dialect, said),
            Some(Step::Refuse { status }) => Reply::json(*status, dialect.error(*status)),
            _ => reply,
        }
    }

    /// Answers the admin endpoints, which programs in other languages use.
    pub(super) fn administer(&self, seen: &Seen) -> Option<Reply> {
        let done = || Some(Reply::json(200, "{}"));
        match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", "/script") => {
                let body = seen.json();
                match serde_json::from_value(body["replies"].clone()) {
                    Ok(replies) => self.script(body["model"].as_str()?, replies),
                    Err(error) => return Some(Reply::json(400, json!({"error": error.to_string()}).to_string())),
                }
                done()
            }
            ("POST", "/release") => {
                self.release(seen.json()["gate"].as_str()?);
                done()
            }
            ("POST", "/forget") => {
                self.seen.lock().expect("no panic while held").clear();
                self.scripts.lock().expect("no panic while held").clear();
                done()
            }
            ("GET", "/seen") => {
                let all = json!(*self.seen.lock().expect("no panic while held"));
                Some(Reply::json(200, json!({ "data": all }).to_string()))
            }
            _ => None,
        }
    }
}

/// What a model says that nobody scripted.
fn unscripted(seen: &Seen) -> Reply {
    let model = seen.model.as_deref().unwrap_or("nobody");
    if seen.path.contains("/messages/count_tokens") {
        return Reply::json(200, r#"{"input_tokens":42}"#);
    }
    let wants = seen.wants();
    if let Some(dialect) = Dialect::of_path(&seen.path).filter(|dialect| *dialect != Dialect::Chat) {
        return say(seen, dialect, &Said::text(&format!("hello from {model}")));
    }
    if wants.stream != Some(true) {
        return Reply::json(200, openai::completion(model, &format!("hello from {model}")));
    }
    let reply = Reply::stream().text(openai::role_event()).parts(&["hello", " from ", model]).text(openai::finish_event());
    let reply = if wants.stream_options.is_some_and(|options| options.include_usage == Some(true)) {
        reply.text(openai::usage_event())
    } else {
        reply
    };
    reply.text(openai::DONE).end()
}

/// Says it as the request wants it.
fn say(seen: &Seen, dialect: Dialect, said: &Said) -> Reply {
    let model = seen.model.as_deref().unwrap_or("nobody");
    let wants = seen.wants();
    if wants.stream != Some(true) {
        return Reply::json(200, dialect.answer(model, said));
    }
    let usage = wants.stream_options.is_some_and(|options| options.include_usage == Some(true));
    dialect.events(model, said, usage).into_iter().fold(Reply::stream(), Reply::text).end()
}
