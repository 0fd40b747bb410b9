//! What changed, told to whoever listens in batches, at most ten a second.
//!
//! ```text
//! tell, recorded ─▶ one Pending per listener (sets and counts, bounded) ─ every 100 ms ─▶ its channel
//! ```
//! A listener that is slow gets fewer, fuller batches; nothing that it has to know is lost.

use std::{
    collections::{BTreeSet, VecDeque},
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use store::{Recorder, RequestSink, record::RequestRecord, traffic::RecorderHealth};
use tokio::sync::{Notify, mpsc};

use crate::{
    api::{events::UiEvent, traffic::LogRow},
    traffic::of_record,
};

/// Between two batches to one listener.
const BETWEEN: Duration = Duration::from_millis(100);
/// How long a batch waits for its requests to be written. A log that cannot be written keeps nobody waiting longer.
const WRITING: Duration = Duration::from_secs(1);
/// Newest requests told in one batch.
const NEWEST: usize = 50;
/// Batches that wait in a listener's channel.
const WAITING: usize = 4;

/// Where changes are told. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// How many listen; read on the request path.
    listening: AtomicUsize,
    /// It stops: streams of events end, so that nobody waits for them.
    closed: AtomicBool,
    listeners: Mutex<Vec<Weak<Listener>>>,
}

#[derive(Default)]
struct Listener {
    pending: Mutex<Pending>,
    told: Notify,
}

/// What a listener has not heard yet.
#[derive(Default)]
struct Pending {
    configs: BTreeSet<String>,
    providers: bool,
    health: bool,
    keys: bool,
    settings: bool,
    proxy: bool,
    /// Newest last.
    rows: VecDeque<LogRow>,
    count: u64,
}

impl Events {
    /// Begins to listen; ends when the receiver is dropped. Requests are told once they can be read in the log.
    pub(crate) fn subscribe(&self, log: Option<Recorder>) -> mpsc::Receiver<Vec<UiEvent>> {
        let listener = Arc::new(Listener::default());
        self.listeners().push(Arc::downgrade(&listener));
        self.0.listening.fetch_add(1, Ordering::Relaxed);
        let (batches, receiver) = mpsc::channel(WAITING);
        let events = self.clone();
        tokio::spawn(async move {
            deliver(&events, &listener, &batches, log.as_ref()).await;
            events.0.listening.fetch_sub(1, Ordering::Relaxed);
        });
        receiver
    }

    /// Ends every listener's batches, and those of whoever begins to listen from now on.
    pub(crate) fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        self.each(|_| {});
    }

    /// Does anybody listen?
    pub(crate) fn heard(&self) -> bool {
        self.0.listening.load(Ordering::Relaxed) > 0
    }

    /// Something changed.
    pub(crate) fn tell(&self, event: UiEvent) {
        self.each(|pending| pending.add(event.clone()));
    }

    /// A request was recorded.
    fn recorded(&self, record: &RequestRecord) {
        let row = of_record(record);
        self.each(|pending| pending.record(row.clone()));
    }

    fn each(&self, note: impl Fn(&mut Pending)) {
        self.listeners().retain(|listener| {
            let Some(listener) = listener.upgrade() else { return false };
            note(&mut listener.pending.lock().unwrap_or_else(PoisonError::into_inner));
            listener.told.notify_one();
            true
        });
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Listener>>> {
        self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends batches until nobody receives them, or it stops.
async fn deliver(events: &Events, listener: &Listener, batches: &mpsc::Sender<Vec<UiEvent>>, log: Option<&Recorder>) {
    while !events.0.closed.load(Ordering::Acquire) {
        tokio::select! {
            () = listener.told.notified() => {}
            () = batches.closed() => return,
        }
        let Ok(place) = batches.reserve().await else { return };
        // Taken only once there is room for it, so that it gathers all that came meanwhile.
        let batch = std::mem::take(&mut *listener.pending.lock().unwrap_or_else(PoisonError::into_inner)).into_events();
        if !batch.is_empty() {
            if let Some(log) = log
                && batch.iter().any(|event| matches!(event, UiEvent::RequestsRecorded { .. }))
            {
                let _written = tokio::time::timeout(WRITING, log.flush()).await;
            }
            place.send(batch);
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

impl Pending {
    fn add(&mut self, event: UiEvent) {
        match event {
            UiEvent::ConfigChanged { slug } => {
                self.configs.insert(slug);
            }
            UiEvent::RequestsRecorded { rows, count } => {
                self.count += count;
                self.rows.extend(rows.into_iter().rev());
                self.trim();
            }
            UiEvent::ProvidersChanged => self.providers = true,
            UiEvent::HealthChanged => self.health = true,
            UiEvent::KeysChanged => self.keys = true,
            UiEvent::SettingsChanged => self.settings = true,
            UiEvent::ProxyChanged => self.proxy = true,
        }
    }

    fn record(&mut self, row: LogRow) {
        self.count += 1;
        self.rows.push_back(row);
        self.trim();
    }

    fn trim(&mut self) {
        while self.rows.len() > NEWEST {
            self.rows.pop_front();
        }
    }

    fn into_events(self) -> Vec<UiEvent> {
        let mut events: Vec<UiEvent> = self.configs.into_iter().map(|slug| UiEvent::ConfigChanged { slug }).collect();
        let flags = [
            (self.providers, UiEvent::ProvidersChanged),
            (self.health, UiEvent::HealthChanged),
            (self.keys, UiEvent::KeysChanged),
            (self.settings, UiEvent::SettingsChanged),
            (self.proxy, UiEvent::ProxyChanged),
        ];
        events.extend(flags.into_iter().filter_map(|(told, event)| told.then_some(event)));
        if self.count > 0 {
            events.push(UiEvent::RequestsRecorded { rows: self.rows.into_iter().rev().collect(), count: self.count });
        }
        events
    }
}

/// A sink that also tells what passes through it. Costs one atomic load while nobody listens.
pub(crate) struct Told<S> {
    pub sink: S,
    pub events: Events,
}

impl<S: RequestSink> RequestSink for Told<S> {
    fn try_record(&self, record: Box<RequestRecord>) -> Result<(), Box<RequestRecord>> {
        if !self.events.heard() {
            return self.sink.try_record(record);
        }
        // Read before it is given away, told once it was taken.
        let row = of_record(&record);
        self.sink.try_record(record)?;
        self.events.each(|pending| pending.record(row.clone()));
        Ok(())
    }

    fn record(&self, record: Box<RequestRecord>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if self.events.heard() {
            self.events.recorded(&record);
        }
        self.sink.record(record)
    }

    fn accepts(&self) -> bool {
        self.sink.accepts()
    }

    fn health(&self) -> RecorderHealth {
        self.sink.health()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: usize) -> LogRow {
        let json = serde_json::json!({
            "id": format!("req_{id}"), "time": "", "app": null, "endpoint": "", "dialect": "openai_chat", "stream": false, "config": null, "version": null,
            "strategy": null, "resolved": null, "requested_model": "", "provider": null, "model": null, "answered_model": null,
            "status": 200, "error_class": null, "error_message": null, "latency_ms": 1.0, "ttft_ms": null, "overhead_us": 1,
            "input_tokens": null, "cached_tokens": null, "output_tokens": null, "reasoning_tokens": null, "tokens_estimated": false,
            "cost_usd": null, "tags": {}, "end_user": null, "conversation_id": null, "trace_id": null, "attempts": 1, "attempt_bars": []
        });
        serde_json::from_value(json).unwrap()
    }

    #[tokio::test]
    async fn what_is_told_at_once_comes_in_one_batch_each_thing_once() {
        let events = Events::default();
        let mut batches = events.subscribe(None);
        for _ in 0..3 {
            events.tell(UiEvent::ConfigChanged { slug: "a".to_owned() });
            events.tell(UiEvent::KeysChanged);
        }
        assert_eq!(batches.recv().await.unwrap(), [UiEvent::ConfigChanged { slug: "a".to_owned() }, UiEvent::KeysChanged]);
    }

    #[tokio::test]
    async fn of_many_requests_the_newest_fifty_are_told_newest_first_and_all_are_counted() {
        let events = Events::default();
        let mut batches = events.subscribe(None);
        for id in 0..120 {
            events.each(|pending| pending.record(row(id)));
        }
        let batch = batches.recv().await.unwrap();
        let [UiEvent::RequestsRecorded { rows, count }] = batch.as_slice() else { panic!("{batch:?}") };
        assert_eq!((*count, rows.len()), (120, 50));
        assert_eq!((rows[0].id.as_str(), rows[49].id.as_str()), ("req_119", "req_70"));
    }

    #[tokio::test]
    async fn nobody_is_told_after_the_receiver_is_gone() {
        let events = Events::default();
        let batches = events.subscribe(None);
        assert!(events.heard());
        drop(batches);
        while events.heard() {
            tokio::task::yield_now().await;
        }
        events.tell(UiEvent::KeysChanged);
        assert!(events.listeners().is_empty());
    }
}
