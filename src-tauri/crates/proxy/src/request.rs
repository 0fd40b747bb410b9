//! One request as it came: who sent it, what it asks, and what is recorded of it.

use std::{sync::Arc, time::Instant};

use http::HeaderMap;
use jiff::{Timestamp, tz::TimeZone};
use routing::{facts::Facts, world::LocalTime};
use secrecy::SecretString;
use wire::{ApiError, ErrorKind, Request, RequestError, tags};

use crate::{input::Input, snapshot::AppKey};

/// What headers and body say besides the chat itself.
#[derive(Debug, Default)]
pub struct Attributes {
    /// Tags of key, headers and body; the later wins.
    pub tags: Vec<(Box<str>, Box<str>)>,
    /// The caller's end user.
    pub end_user: Option<Box<str>>,
    /// Conversation id.
    pub conversation: Option<Box<str>>,
    /// The caller's trace id.
    pub trace_id: Option<Box<str>>,
    /// Decide, call nobody.
    pub dry_run: bool,
    /// Content of this call is not recorded.
    pub no_store: bool,
    /// The caller's own key for the first provider called.
    pub provider_key: Option<SecretString>,
}

impl Attributes {
    /// Reads them.
    ///
    /// # Errors
    /// Tags that break the rules.
    pub fn read(headers: &HeaderMap, body: Option<&Request>, app: &AppKey) -> Result<Self, RequestError> {
        let none = wire::Facts::default();
        let facts = body.map_or(&none, |body| &body.facts);
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
        let mut merged = tags::Tags::new();
        let of_headers = text("x-modelux-user-tags").map(tags::parse_tag_header).transpose()?.unwrap_or_default();
        let of_key = app.default_tags.iter().map(|(key, value)| (&**key, &**value));
        let of_body = &facts.mlx.tags;
        let given = of_headers.iter().chain(of_body).map(|(key, value)| (key.as_str(), value.as_str()));
        for (key, value) in of_key.chain(given) {
            tags::insert(&mut merged, key, value)?;
        }
        let first = |body: Option<&String>, header: Option<&str>| body.map(String::as_str).or(header).map(Into::into);
        Ok(Self {
            tags: merged.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            end_user: first(facts.mlx.end_user.as_ref(), text("x-modelux-user-id")).or_else(|| facts.user.as_deref().map(Into::into)),
            conversation: first(facts.conversation_id.as_ref(), text("x-modelux-conversation-id")),
            trace_id: first(facts.trace_id.as_ref(), text("x-modelux-trace-id")),
            dry_run: text("x-modelux-dry-run").is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1"),
            no_store: text("cache-control").is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case("no-store"))),
            provider_key: text("x-modelux-provider-key").map(|key| SecretString::from(key.to_owned())),
        })
    }

    /// What strategies may know.
    pub fn facts<'a>(&'a self, input: &'a Input, app: &'a str, request_id: &'a str, input_tokens: u64) -> Facts<'a> {
        let chat = &input.request;
        Facts {
            endpoint: chat.dialect.endpoint(),
            model: &chat.facts.model,
            stream: chat.facts.stream,
            input_tokens,
            max_tokens: chat.facts.max_tokens,
            has_tools: chat.facts.has_tools,
            has_images: chat.facts.has_images,
            wants_json: chat.facts.wants_json,
            wants_schema: chat.facts.wants_schema,
            messages: chat.facts.messages,
            tags: &self.tags,
            end_user: self.end_user.as_deref(),
            conversation: self.conversation.as_deref(),
            app: Some(app),
            request_id,
        }
    }
}

/// When and as what a request came.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// On the monotonic clock.
    pub at: Instant,
    /// ULID as a number.
    pub id: u128,
    /// `req_` and the ULID.
    pub request_id: Arc<str>,
    /// Milliseconds since the Unix epoch.
    pub time_ms: i64,
}

impl Arrival {
    /// A request that arrives now.
    pub fn now() -> Self {
        let time_ms = now_ms();
        let ulid = ulid::Ulid::from_parts(time_ms.unsigned_abs(), rand::random());
        let mut text = [0; 30];
        text[..4].copy_from_slice(b"req_");
        let written = ulid.array_to_str((&mut text[4..]).try_into().unwrap_or(&mut [0; ulid::ULID_LEN])).len();
        let request_id = std::str::from_utf8(&text[..4 + written]).unwrap_or("req_").into();
        Self { at: Instant::now(), id: ulid.0, request_id, time_ms }
    }

    /// Microseconds since it arrived.
    pub fn elapsed_us(&self) -> u64 {
        u64::try_from(self.at.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

/// What the wall clock shows at a time in milliseconds since the Unix epoch, where this machine is.
pub fn local_time(time_ms: i64) -> LocalTime {
    let local = Timestamp::from_millisecond(time_ms).unwrap_or_default().to_zoned(TimeZone::system());
    // Hours, minutes and days of the week are never negative.
    let number = |number: i8| u8::try_from(number).unwrap_or_default();
    LocalTime { hour: number(local.hour()), minute: number(local.minute()), weekday: number(local.weekday().to_monday_one_offset()) }
}

/// A caller's mistake in the caller's words.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, ErrorKind::InvalidRequest, message)
}
