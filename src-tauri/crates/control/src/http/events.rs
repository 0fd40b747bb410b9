//! What changed, as server-sent events: each `data` is a JSON array of events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::header,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;

use super::Api;

/// Shorter than the 30 s after which the strictest proxies close a silent connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn stream(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let batches = stream::unfold(api.control.subscribe(), |mut batches| async {
        let event = Event::default().json_data(batches.recv().await?).unwrap_or_else(|_| Event::default().comment("lost"));
        Some((Ok::<_, Infallible>(event), batches))
    });
    let events = Sse::new(batches).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive"));
    ([(header::CACHE_CONTROL, "no-store")], events)
}
