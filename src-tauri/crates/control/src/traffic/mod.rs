//! Recorded requests: lists, one request, and figures of the last day.

mod figures;
mod row;
mod text;

use jiff::{Timestamp, Zoned, tz::TimeZone};
use store::Filter;
use store::filter::FilterError;

use crate::{
    Caller, Code, Control, Error,
    api::{
        ById, Page,
        traffic::{Body, ListLogs, LogDetail, LogRow},
    },
    page,
    setup::blocking,
};

pub(crate) use figures::{ConfigFigures, Figures, ProviderFigures};
pub(crate) use row::of_record;

impl Control {
    /// Requests, newest first.
    ///
    /// # Errors
    /// `invalid_request`: for a filter, `details.column` and `details.length` say where it is wrong.
    pub async fn list_logs(&self, _: &Caller, input: ListLogs) -> Result<Page<LogRow>, Error> {
        let limit = page::limit(input.limit)?;
        let filter = filter(input.q.as_deref(), self.setup.now_ms())?;
        let traffic = self.traffic.clone();
        blocking(move || {
            let found = traffic.page(&filter, limit, input.cursor.as_deref().filter(|cursor| !cursor.is_empty()))?;
            let has_more = found.next_cursor.is_some();
            let data = found.rows.into_iter().map(|row| listed(&traffic, row)).collect();
            Ok(Page { data, next_cursor: found.next_cursor, has_more })
        })
        .await
    }

    /// One request with its trace and bodies.
    ///
    /// # Errors
    /// `not_found`, also for what was pruned.
    pub async fn get_log(&self, _: &Caller, input: ById) -> Result<LogDetail, Error> {
        let missing = || Error::new(Code::NotFound, format!("There is no request {}; it may have been pruned", input.id));
        let id = row::id(&input.id).ok_or_else(missing)?;
        let traffic = self.traffic.clone();
        let found = blocking(move || Ok(traffic.get(id)?)).await?.ok_or_else(missing)?;
        let trace = crate::world::json(&found.trace)?;
        let bars = row::bars(&trace);
        let stream = found.row.stream;
        let request_body = found.request_body.map(|body| shown(body, false));
        let curl =
            request_body.as_ref().filter(|body| !body.truncated).map(|body| text::curl(&self.base(), &found.row.endpoint, &body.text));
        Ok(LogDetail {
            row: row::of_row(found.row, bars),
            trace,
            curl,
            request_body,
            response_body: found.response_body.map(|body| shown(body, stream)),
        })
    }
}

/// A filter as a person wrote it.
///
/// # Errors
/// `invalid_request`, with where it is wrong.
pub(crate) fn filter(text: Option<&str>, now_ms: i64) -> Result<Filter, Error> {
    let now = Zoned::new(Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH), TimeZone::system());
    Filter::parse(text.unwrap_or_default(), &now).map_err(|FilterError { column, length, message }| {
        Error::new(Code::InvalidRequest, message).with("field", "q").with("column", column).with("length", length)
    })
}

/// A row with its attempts. Only of a request that made several is the trace looked up.
fn listed(traffic: &store::Traffic, found: store::traffic::RequestRow) -> LogRow {
    let bars = if found.attempts > 1 {
        let trace = traffic.get(found.id).ok().flatten().and_then(|detail| serde_json::from_str(&detail.trace).ok());
        trace.as_ref().map(row::bars).unwrap_or_default()
    } else {
        row::only_bar(&found)
    };
    row::of_row(found, bars)
}

fn shown(body: store::traffic::Body, stream: bool) -> Body {
    let joined = if stream { text::joined(&body.bytes) } else { None };
    Body { text: String::from_utf8_lossy(&body.bytes).into_owned(), size: body.size, truncated: body.truncated, joined }
}
