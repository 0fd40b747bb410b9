//! `POST …/chat/completions`: from the bytes to the answer.
//!
//! ```text
//! key ─▶ body, limits ─▶ facts ─▶ model name ─▶ plan ─▶ engine in the live world ─▶ answer
//!  └──────────────── Recording: one record, however it ends ─────────────────────────┘
//! ```

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use routing::{plan::Plan, target::ModelTarget};
use wire::{ApiError, Dialect, ErrorKind};

use crate::{
    Shared,
    answer::{Served, Wanted, answer, put, undecided},
    auth,
    body::ProxyBody,
    dry_run,
    hold::{self, Waited},
    input::Input,
    live::{self, Asked, LiveWorld},
    recording::Recording,
    refusal::Refusal,
    request::Attributes,
    resolve::{self, Resolved},
    snapshot::{AppKey, Snapshot},
};

/// Of a body that is refused, this much is still read, for this long.
const MAX_DISCARDED: usize = 256 * 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// Answers one request.
pub async fn handle(shared: &Arc<Shared>, request: Request<Incoming>, (endpoint, dialect): (&'static str, Dialect)) -> Response<ProxyBody> {
    let mut recording = Recording::begin(shared, endpoint, dialect);
    let request_id = Arc::clone(&recording.arrival.request_id);
    let mut response = match serve(shared, request, dialect, &mut recording).await {
        Ok((Served::Whole(response), _)) => {
            recording.finish(200, None);
            response
        }
        Ok((Served::Streamed(response, streamed), wanted)) => {
            // The recording ends with the stream.
            let body = streamed.body(recording, &wanted);
            response.map(|()| body)
        }
        Err(refusal) => refused(refusal, dialect, &mut recording),
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Names the request in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-modelux-request-id");

fn refused(refusal: Refusal, dialect: Dialect, recording: &mut Recording) -> Response<ProxyBody> {
    let (status, class, message) = (refusal.error.status, refusal.class.clone(), refusal.error.message.clone());
    let trace = recording.tracer.snapshot();
    let mut response = refusal.response(dialect, &recording.arrival.request_id);
    if !trace.attempts.is_empty() {
        response.headers_mut().insert("x-modelux-attempts", HeaderValue::from(trace.calls()));
    }
    if let Some(variant) = recording.tracer.variant() {
        put(response.headers_mut(), "x-modelux-ab-variant", &variant);
    }
    // An upstream's own error keeps its words: these say whose it is.
    if let Some(last) = trace.last_called() {
        put(response.headers_mut(), "x-modelux-provider-used", last.target.provider());
        put(response.headers_mut(), "x-modelux-model-used", last.target.model());
    }
    recording.note(|record| {
        if let Some((config, version)) = record.config.as_deref().zip(record.version) {
            put(response.headers_mut(), "x-modelux-config", &format!("{config}:{version}"));
        }
    });
    recording.finish(status, Some((&class, &message)));
    response
}

async fn serve(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    dialect: Dialect,
    recording: &mut Recording,
) -> Result<(Served, Wanted), Refusal> {
    let snapshot = shared.snapshot.load_full();
    let (head, mut body) = request.into_parts();
    let app = match admit(shared, &snapshot, &head.headers, recording) {
        Ok(app) => app,
        Err(refusal) => {
            discard(&mut body).await;
            return Err(refusal);
        }
    };
    let body = match receive(&head.headers, &mut body, snapshot.settings.max_body_bytes).await {
        Ok(body) => body,
        Err(error) => {
            discard(&mut body).await;
            return Err(error.into());
        }
    };
    recording.received();
    let chat = wire::Request::read(dialect, body).map_err(ApiError::from)?;
    let attributes = Attributes::read(&head.headers, Some(&chat), app).map_err(ApiError::from)?;
    note(recording, &chat, &attributes, &snapshot);
    let resolved = resolve::resolve(shared, &snapshot, &chat.facts.model, app).await?;
    note_plan(recording, &resolved);
    let resolved = for_this(shared, resolved, &chat, app)?;
    let wanted = Wanted { plan: Arc::clone(&resolved.plan), dialect, trace: chat.facts.mlx.trace };
    let chat = Arc::new(Input::from(chat));
    let served = if attributes.dry_run {
        dry(shared, &snapshot, &chat, &attributes, (&resolved, app, recording))
    } else {
        let app = Arc::clone(&app.name);
        route(shared, Asked { snapshot, chat, attributes, headers: head.headers, app, plan: resolved.plan }, &wanted, recording).await?
    };
    Ok((served, wanted))
}

/// Who calls, if they may now.
pub fn admit<'a>(shared: &Shared, snapshot: &'a Snapshot, headers: &HeaderMap, recording: &mut Recording) -> Result<&'a AppKey, Refusal> {
    let app = auth::app_of(headers, &snapshot.keys, recording.arrival.time_ms)?;
    recording.note(|record| record.app = Some(Arc::clone(&app.name)));
    refuse_while_unable(shared)?;
    shared.key_use.note(app, recording.arrival.time_ms)?;
    Ok(app)
}

/// Reads what is left of a body that nobody wants, within reason: closing on a caller that still
/// sends resets the connection, and it would never see the answer.
pub async fn discard(body: &mut Incoming) {
    let reading = async {
        let mut left = MAX_DISCARDED;
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_TIME, reading).await;
}

async fn route(shared: &Arc<Shared>, asked: Asked, wanted: &Wanted, recording: &mut Recording) -> Result<Served, Refusal> {
    let may_hold = asked.chat.request.facts.stream && wanted.plan.may_hold();
    let world = LiveWorld::new(shared, asked, &recording.arrival, &recording.tracer);
    if !may_hold {
        let rode = world.run().await;
        return answer(rode, wanted, recording);
    }
    match hold::wait(world, shared.options.head_after).await {
        Waited::Decided(rode) => answer(*rode, wanted, recording),
        Waited::Holding(routing) => Ok(undecided(routing, shared.options.beat, wanted, recording)),
    }
}

fn dry(
    shared: &Arc<Shared>,
    snapshot: &Snapshot,
    chat: &Input,
    attributes: &Attributes,
    (resolved, app, recording): (&Resolved, &AppKey, &mut Recording),
) -> Served {
    let input_tokens = live::input_tokens(snapshot, &resolved.plan, chat);
    let facts = attributes.facts(chat, &app.name, &recording.arrival.request_id, input_tokens);
    let decided = dry_run::decide(shared, snapshot, chat, &facts, (&resolved.plan, resolved.how, &[]));
    let body = Bytes::from(serde_json::to_vec(&decided).unwrap_or_default());
    recording.sent(&body);
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Served::Whole(response)
}

fn refuse_while_unable(shared: &Shared) -> Result<(), ApiError> {
    if shared.is_paused() {
        let message = "Modelux is paused; resume it in its window or tray";
        return Err(ApiError::new(503, ErrorKind::Server, message).with_code("paused"));
    }
    if !shared.sink.accepts() {
        let why = shared.sink.health().failing.map_or_else(|| "unknown".to_owned(), |failing| failing.message);
        let message = format!("traffic cannot be recorded, so requests are refused (Settings can change that): {why}");
        return Err(ApiError::new(503, ErrorKind::Server, message).with_code("recorder_failing"));
    }
    Ok(())
}

/// The whole body, if it is JSON and not too large.
pub async fn receive(headers: &HeaderMap, body: &mut Incoming, limit: usize) -> Result<Bytes, ApiError> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim().to_ascii_lowercase());
    if let Some(kind) = text(header::CONTENT_TYPE).filter(|kind| !is_json(kind)) {
        let message = format!("the content type {kind:?} is not taken; send JSON as \"Content-Type: application/json\"");
        return Err(ApiError::new(415, ErrorKind::InvalidRequest, message).with_code("unsupported_media_type"));
    }
    if let Some(coding) = text(header::CONTENT_ENCODING).filter(|coding| coding != "identity") {
        let message = format!("bodies in {coding:?} are not taken; send the body uncompressed");
        return Err(ApiError::new(415, ErrorKind::InvalidRequest, message).with_code("unsupported_content_encoding"));
    }
    let too_large = || {
        let message = format!("the body is larger than {} MiB; Settings can raise the limit", limit / 1024 / 1024);
        ApiError::new(413, ErrorKind::InvalidRequest, message).with_code("body_too_large")
    };
    let announced = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(crate::request::invalid(format!("the body broke off: {error}")).with_code("body_incomplete")),
    }
}

fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

fn note(recording: &mut Recording, chat: &wire::Request, attributes: &Attributes, snapshot: &Snapshot) {
    if snapshot.settings.capture_content && !attributes.no_store {
        recording.capture(chat.body());
    }
    recording.note(|record| {
        record.stream = chat.facts.stream;
        record.requested_model = chat.facts.model.as_str().into();
        record.tags.clone_from(&attributes.tags);
        record.end_user.clone_from(&attributes.end_user);
        record.conversation_id.clone_from(&attributes.conversation);
        record.trace_id.clone_from(&attributes.trace_id);
    });
}

/// What to run for this very request: a model that goes on with an answer of its provider is asked with the credential
/// that the answer was given by, and embeddings are asked of one target at a time.
fn for_this(shared: &Shared, resolved: Resolved, request: &wire::Request, app: &AppKey) -> Result<Resolved, ApiError> {
    if request.dialect == Dialect::OpenAiEmbeddings && matches!(resolved.plan.strategy(), "ensemble" | "cascade") {
        let message = format!(
            "{:?} is an {}, and embeddings cannot be voted on or judged; ask a config of another strategy, or a model",
            request.facts.model,
            resolved.plan.strategy()
        );
        return Err(ApiError::new(400, ErrorKind::InvalidRequest, message).with_code("embeddings_not_routable").with_param("model"));
    }
    let named = resolved.plan.first_model().filter(|_| resolved.plan.config.is_none());
    let giver = request.facts.previous_response.as_deref().and_then(|id| shared.continued.target(&app.name, id));
    Ok(match (named, giver) {
        (Some(named), Some(giver)) if giver.provider() == named.provider() && giver.credential().is_some() => {
            let target = ModelTarget::new(named.provider(), named.model(), giver.credential());
            Resolved { plan: Arc::new(Plan::direct(target)), ..resolved }
        }
        _ => resolved,
    })
}

fn note_plan(recording: &mut Recording, resolved: &Resolved) {
    recording.note(|record| {
        record.resolved = Some(resolved.how);
        record.strategy = Some(resolved.plan.strategy());
        if let Some((slug, version)) = &resolved.plan.config {
            (record.config, record.version) = (Some(Arc::clone(slug)), Some(*version));
        }
    });
}
