//! Times as the API writes them: RFC 3339 in UTC.

use jiff::Timestamp;

use crate::{Code, Error};

/// One day in milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Where the time comes from, in milliseconds since the Unix epoch.
pub type Clock = fn() -> i64;

/// The system's clock.
pub fn system() -> i64 {
    Timestamp::now().as_millisecond()
}

/// `2026-11-20T10:00:00.123Z`.
pub(crate) fn text(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(|_| String::from("–"), |at| at.to_string())
}

/// Reads an RFC 3339 time into milliseconds since the Unix epoch.
pub(crate) fn parse(text: &str) -> Result<i64, Error> {
    text.parse::<Timestamp>()
        .map(Timestamp::as_millisecond)
        .map_err(|_| Error::new(Code::InvalidRequest, format!("{text:?} is not a time such as 2026-11-20T10:00:00Z")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        assert_eq!(text(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(parse("2023-11-14T22:13:20.123Z").unwrap(), 1_700_000_000_123);
        assert_eq!(parse("2023-11-14T23:13:20.123+01:00").unwrap(), 1_700_000_000_123);
        assert_eq!(parse("yesterday").unwrap_err().code, Code::InvalidRequest);
    }
}
