//! What is recorded of a request, from its arrival to its last byte, however it ends.

use std::{borrow::Cow, sync::Arc};

use bytes::{Bytes, BytesMut};
use routing::{
    target::ModelTarget,
    trace::{Envelope, Trace},
    tracer::Tracer,
};
use store::record::{Cost, RequestRecord, Tokens};
use wire::{Dialect, Usage};

use crate::{Shared, call::Spent, request::Arrival};

/// Of an answer, this much is kept: what the log stores of one body.
const MAX_CAPTURE: usize = 1024 * 1024;

/// A request's record while it grows. Dropped before its end, the caller hung up.
pub struct Recording {
    shared: Arc<Shared>,
    /// When and as what it came.
    pub arrival: Arrival,
    /// The trace, shared with the calls under way.
    pub tracer: Arc<Tracer>,
    record: Option<Box<RequestRecord>>,
    capture: bool,
    answer: BytesMut,
    waited_us: u64,
    received_us: u64,
}

impl Recording {
    /// For a request that arrives now.
    pub fn begin(shared: &Arc<Shared>, endpoint: impl Into<Cow<'static, str>>, dialect: Dialect) -> Self {
        let arrival = Arrival::now();
        let record = RequestRecord {
            id: arrival.id,
            time_ms: arrival.time_ms,
            app: None,
            endpoint: endpoint.into(),
            dialect: dialect.as_str(),
            stream: false,
            requested_model: Arc::default(),
            resolved: None,
            config: None,
            version: None,
            strategy: None,
            provider: None,
            model: None,
            status: 0,
            error_class: None,
            error_message: None,
            answered_model: None,
            tokens: None,
            cost: None,
            price: None,
            ttft_us: None,
            total_us: 0,
            overhead_us: 0,
            tags: Vec::new(),
            end_user: None,
            conversation_id: None,
            trace_id: None,
            budget: None,
            attempts: 0,
            trace: Trace::default(),
            request_body: None,
            response_body: None,
        };
        Self {
            shared: Arc::clone(shared),
            arrival,
            tracer: Arc::new(Tracer::new()),
            record: Some(Box::new(record)),
            capture: false,
            answer: BytesMut::new(),
            waited_us: 0,
            received_us: 0,
        }
    }

    /// Fills in what is known by now.
    pub fn note(&mut self, change: impl FnOnce(&mut RequestRecord)) {
        if let Some(record) = &mut self.record {
            change(record);
        }
    }

    /// The request's body is here; waiting for the caller to send it is not our own time.
    pub fn received(&mut self) {
        self.received_us = self.arrival.elapsed_us();
    }

    /// Content of this request may be kept.
    pub fn capture(&mut self, body: &Bytes) {
        self.capture = true;
        let body = body.clone();
        self.note(|record| record.request_body = Some(body));
    }

    /// Time slept on purpose, which is not our own either.
    pub fn waited(&mut self, waited_us: u64) {
        self.waited_us = waited_us;
    }

    /// A piece of the answer goes out.
    pub fn sent(&mut self, piece: &[u8]) {
        if self.capture && self.answer.len() < MAX_CAPTURE {
            let room = MAX_CAPTURE - self.answer.len();
            // One byte more than is kept shows that there was more.
            self.answer.extend_from_slice(&piece[..piece.len().min(room + 1)]);
        }
    }

    /// Content first went out.
    pub fn first_content(&mut self) {
        let ttft_us = self.arrival.elapsed_us();
        self.note(|record| {
            record.ttft_us.get_or_insert(ttft_us);
        });
    }

    /// Who answered, and what it came to.
    pub fn answered(&mut self, target: &ModelTarget, model: Option<&str>, spent: Spent) {
        self.note(|record| {
            record.provider = Some(target.provider().into());
            record.model = Some(target.model().into());
            record.answered_model = model.map(Into::into);
            record.tokens = Some(tokens(spent.usage));
            record.price = spent.price.and_then(|price| serde_json::to_string(&price).ok()).map(Into::into);
            record.cost = spent.cost.map(|cost| Cost { input: nanos(cost.input), output: nanos(cost.output), total: nanos(cost.total) });
        });
    }

    /// The trace as the API shows it, for a caller that asked for it.
    pub fn trace_json(&self) -> Vec<u8> {
        let trace = self.tracer.snapshot();
        let total_us = self.arrival.elapsed_us();
        let resolved = self.record.as_ref().and_then(|record| record.resolved).unwrap_or("config");
        let envelope =
            Envelope { request_id: &self.arrival.request_id, resolved, total_us, overhead_us: self.overhead_us(&trace, total_us) };
        serde_json::to_vec(&trace.with(envelope)).unwrap_or_default()
    }

    /// The request has ended: its record goes to the log, once.
    pub fn finish(&mut self, status: u16, error: Option<(&str, &str)>) {
        let Some(mut record) = self.record.take() else { return };
        let trace = self.tracer.take();
        record.status = status;
        record.total_us = self.arrival.elapsed_us();
        record.overhead_us = self.overhead_us(&trace, record.total_us);
        if let Some((class, message)) = error {
            record.error_class = Some(class.into());
            record.error_message = Some(message.into());
        }
        settle(&mut record, &trace);
        record.trace = trace;
        record.response_body = Some(std::mem::take(&mut self.answer).freeze()).filter(|body| self.capture && !body.is_empty());
        self.shared.figures.finished(&record);
        send(&self.shared, record);
    }

    /// Nothing is recorded of this request.
    pub fn forget(&mut self) {
        self.record = None;
    }

    /// Time in which no call was under way, nobody slept on purpose, and the request was here.
    fn overhead_us(&self, trace: &Trace, total_us: u64) -> u64 {
        let mut calls: Vec<(u64, u64)> =
            trace.attempts.iter().map(|attempt| (attempt.start_us, attempt.start_us + attempt.duration_us)).collect();
        calls.sort_unstable();
        let (mut busy, mut reached) = (0, 0);
        for (start, end) in calls {
            busy += end.saturating_sub(start.max(reached));
            reached = reached.max(end);
        }
        total_us.saturating_sub(busy + self.waited_us + self.received_us)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.finish(499, Some(("cancelled", "the caller hung up before the answer was complete")));
    }
}

/// Sums over all calls, and who was called last where nobody answered.
pub fn settle(record: &mut RequestRecord, trace: &Trace) {
    record.attempts = u32::try_from(trace.calls()).unwrap_or(u32::MAX);
    let Some(last) = trace.last_called() else { return };
    record.provider.get_or_insert_with(|| last.target.provider().into());
    record.model.get_or_insert_with(|| last.target.model().into());
    if record.tokens.is_none() && last.input_tokens.is_some() {
        let tokens =
            Tokens { input: last.input_tokens.unwrap_or(0), output: last.output_tokens.unwrap_or(0), estimated: true, ..Tokens::default() };
        record.tokens = Some(tokens);
    }
    if let Some(nanos) = trace.attempts.iter().filter_map(|attempt| attempt.cost_nanos).reduce(u64::saturating_add) {
        record.cost.get_or_insert_default().total = nanos;
    }
}

fn send(shared: &Arc<Shared>, record: Box<RequestRecord>) {
    let Err(record) = shared.sink.try_record(record) else { return };
    // The queue is full: nothing answered goes unrecorded, so somebody waits, and it is not the caller.
    let shared = Arc::clone(shared);
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move { shared.sink.record(record).await });
    }
}

fn tokens(usage: Usage) -> Tokens {
    Tokens { input: usage.input, cached: usage.cached_input, output: usage.output, reasoning: usage.reasoning, estimated: usage.estimated }
}

fn nanos(nanos: catalog::Nanos) -> u64 {
    u64::try_from(nanos.0).unwrap_or(0)
}
