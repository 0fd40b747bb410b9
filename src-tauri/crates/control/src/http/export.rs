//! The request log as a file, streamed page by page.

use std::sync::Arc;

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::Deserialize;

use super::{Api, answer::Refusal};
use crate::{
    Caller, Code, Control, Error,
    api::{
        Page,
        traffic::{ListLogs, LogRow},
    },
};

const PAGE: u32 = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    q: Option<String>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Jsonl,
    Csv,
}

/// `GET /logs/export?q=&format=jsonl|csv`.
pub(super) async fn download(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(wanted) = wanted.map_err(|error| Refusal::invalid(format!("{}.", error.body_text())))?;
    let filter = wanted.q.filter(|q| !q.is_empty());
    // The first page before the head, so that a wrong filter is a 400.
    let first = page(&api.control, &caller, filter.clone(), None).await?;
    let source = Source { control: api.control.clone(), caller, filter, format: wanted.format };
    let (media, name) = match wanted.format {
        Format::Jsonl => ("application/x-ndjson", "attachment; filename=\"modelux-requests.jsonl\""),
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"modelux-requests.csv\""),
    };
    let headers = [(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(source.chunks(first))).into_response())
}

struct Source {
    control: Arc<Control>,
    caller: Caller,
    filter: Option<String>,
    format: Format,
}

/// What comes next.
enum Step {
    Page(Page<LogRow>, bool),
    After(String),
    End,
}

impl Source {
    /// An error in the middle breaks the connection off, so that nobody takes a part for the whole.
    fn chunks(self, first: Page<LogRow>) -> impl stream::Stream<Item = Result<Bytes, Error>> {
        stream::try_unfold((self, Step::Page(first, true)), |(source, step)| async {
            let (page, head) = match step {
                Step::Page(page, head) => (page, head),
                Step::After(cursor) => (page(&source.control, &source.caller, source.filter.clone(), Some(cursor)).await?, false),
                Step::End => return Ok(None),
            };
            let chunk = source.format.write(&page.data, head).map_err(|error| Error::new(Code::Internal, error))?;
            let next = page.next_cursor.filter(|_| page.has_more).map_or(Step::End, Step::After);
            Ok(Some((chunk, (source, next))))
        })
    }
}

async fn page(control: &Arc<Control>, caller: &Caller, q: Option<String>, cursor: Option<String>) -> Result<Page<LogRow>, Error> {
    control.list_logs(caller, ListLogs { q, limit: Some(PAGE), cursor }).await
}

impl Format {
    fn write(self, rows: &[LogRow], head: bool) -> Result<Bytes, String> {
        match self {
            Self::Jsonl => jsonl(rows),
            Self::Csv => csv(rows, head),
        }
    }
}

fn jsonl(rows: &[LogRow]) -> Result<Bytes, String> {
    let mut out = Vec::with_capacity(rows.len() * 512);
    for row in rows {
        serde_json::to_writer(&mut out, row).map_err(|error| error.to_string())?;
        out.push(b'\n');
    }
    Ok(out.into())
}

const COLUMNS: [&str; 28] = [
    "id",
    "time",
    "app",
    "endpoint",
    "dialect",
    "stream",
    "config",
    "version",
    "strategy",
    "requested_model",
    "provider",
    "model",
    "answered_model",
    "status",
    "error_class",
    "error_message",
    "latency_ms",
    "ttft_ms",
    "overhead_us",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "tags",
    "end_user",
    "conversation_id",
    "attempts",
];

fn csv(rows: &[LogRow], head: bool) -> Result<Bytes, String> {
    let mut out = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 256));
    if head {
        out.write_record(COLUMNS).map_err(|error| error.to_string())?;
    }
    for row in rows {
        out.write_record(cells(row)).map_err(|error| error.to_string())?;
    }
    out.into_inner().map(Bytes::from).map_err(|error| error.to_string())
}

fn cells(row: &LogRow) -> [String; 28] {
    let text = |text: &Option<String>| guarded(text.as_deref().unwrap_or_default());
    let tags = if row.tags.is_empty() { String::new() } else { serde_json::to_string(&row.tags).unwrap_or_default() };
    [
        row.id.clone(),
        row.time.clone(),
        text(&row.app),
        guarded(&row.endpoint),
        row.dialect.clone(),
        row.stream.to_string(),
        text(&row.config),
        number(row.version),
        text(&row.strategy),
        guarded(&row.requested_model),
        text(&row.provider),
        text(&row.model),
        text(&row.answered_model),
        row.status.to_string(),
        text(&row.error_class),
        text(&row.error_message),
        row.latency_ms.to_string(),
        number(row.ttft_ms),
        row.overhead_us.to_string(),
        number(row.input_tokens),
        number(row.cached_tokens),
        number(row.output_tokens),
        number(row.reasoning_tokens),
        number(row.cost_usd),
        tags,
        text(&row.end_user),
        text(&row.conversation_id),
        row.attempts.to_string(),
    ]
}

fn number(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV injection).
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_cell_that_would_be_a_formula_is_made_text() {
        for formula in ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(guarded(formula), format!("'{formula}"));
        }
        assert_eq!(guarded("plain = text"), "plain = text");
    }
}
