//! `POST …/messages/count_tokens`: asked of the provider where the request leads to one of Anthropic's API, estimated
//! here elsewhere.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use catalog::Shape;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;
use routing::target::ModelTarget;
use secrecy::SecretString;
use wire::{ApiError, Dialect, UpstreamEdit};

use crate::{
    Shared,
    answer::put,
    body::ProxyBody,
    dry_run,
    exchange::{REQUEST_ID, admit, discard, receive},
    input::Input,
    live,
    passthrough::{self, Addressee},
    recording::Recording,
    refusal::Refusal,
    request::Attributes,
    resolve,
    snapshot::Snapshot,
};

/// Counting is quick, and whoever waits for it has not even asked yet.
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts the tokens of a request. It costs nothing, so that only what goes wrong is recorded.
pub async fn handle(shared: &Arc<Shared>, request: Request<Incoming>, endpoint: &'static str) -> Response<ProxyBody> {
    let mut recording = Recording::begin(shared, endpoint, Dialect::AnthropicMessages);
    let request_id = Arc::clone(&recording.arrival.request_id);
    let counted = count(shared, request, &mut recording).await;
    let mut response = match counted {
        Ok(response) => {
            recording.forget();
            response
        }
        Err(refusal) => {
            recording.finish(refusal.error.status, Some((&refusal.class, &refusal.error.message)));
            refusal.response(Dialect::AnthropicMessages, &request_id)
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

async fn count(shared: &Arc<Shared>, request: Request<Incoming>, recording: &mut Recording) -> Result<Response<ProxyBody>, Refusal> {
    let snapshot = shared.snapshot.load_full();
    let (head, mut body) = request.into_parts();
    let received = match admit(shared, &snapshot, &head.headers, recording) {
        Ok(app) => receive(&head.headers, &mut body, snapshot.settings.max_body_bytes).await.map(|body| (app, body)).map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    let (app, body) = match received {
        Ok(received) => received,
        Err(refusal) => {
            discard(&mut body).await;
            return Err(refusal);
        }
    };
    let asked = wire::Request::read(Dialect::AnthropicMessages, body).map_err(ApiError::from)?;
    let attributes = Attributes::read(&head.headers, Some(&asked), app).map_err(ApiError::from)?;
    let resolved = resolve::resolve(shared, &snapshot, &asked.facts.model, app).await?;
    let asked = Input::from(asked);
    let input_tokens = live::input_tokens(&snapshot, &resolved.plan, &asked);
    let facts = attributes.facts(&asked, &app.name, &recording.arrival.request_id, input_tokens);
    let target = dry_run::target(shared, &snapshot, &asked, &facts, &resolved.plan);
    if let Some(target) = &target
        && let Some(answer) = ask(shared, &snapshot, target, &asked.request, (&head.headers, attributes.provider_key.as_ref())).await?
    {
        return Ok(answer);
    }
    let tokens = target.map_or(input_tokens, |target| asked.tokens_for(&snapshot.catalogue, &target)).max(1);
    let mut response = Response::new(ProxyBody::from(Bytes::from(format!("{{\"input_tokens\":{tokens}}}"))));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    put(response.headers_mut(), "x-modelux-warning", "the tokens are estimated: the target has no way to count them");
    Ok(response)
}

/// Asks the target's provider; `None` where it has no such API, or no key.
async fn ask(
    shared: &Shared,
    snapshot: &Snapshot,
    target: &ModelTarget,
    asked: &wire::Request,
    (headers, own_key): (&HeaderMap, Option<&SecretString>),
) -> Result<Option<Response<ProxyBody>>, Refusal> {
    let Some(provider) = snapshot.providers.get(target.provider()) else { return Ok(None) };
    let to = Addressee { provider, credential: target.credential(), own_key };
    let has_key = own_key.is_some() || !provider.lacks_key(to.credential);
    if provider.kind.preset().shape != Shape::Anthropic || !has_key {
        return Ok(None);
    }
    let edit = UpstreamEdit { model: target.model(), ..UpstreamEdit::default() };
    let Ok(outgoing) = asked.upstream(Dialect::AnthropicMessages, &edit) else { return Ok(None) };
    let patience = PATIENCE.min(shared.options.passed_head);
    let response = passthrough::send(shared, &to, (Method::POST, "/messages/count_tokens", headers), outgoing.body, patience).await?;
    // A provider of that shape need not have it.
    if matches!(response.status().as_u16(), 404 | 405 | 501) {
        return Ok(None);
    }
    let mut response = passthrough::read(response, &to, patience).await?;
    put(response.headers_mut(), "x-modelux-provider-used", &provider.name);
    put(response.headers_mut(), "x-modelux-model-used", target.model());
    Ok(Some(response.map(ProxyBody::from)))
}
