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

/// Reads a span such as `90m`, `24h`, `7d` or `4w` into milliseconds.
pub(crate) fn span(text: &str) -> Result<i64, Error> {
    let wrong = || Error::new(Code::InvalidRequest, format!("{text:?} is not a span of time such as 90m, 24h, 7d or 4w"));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let unit_ms = match unit {
        'm' => 60 * 1_000,
        'h' => DAY_MS / 24,
        'd' => DAY_MS,
        'w' => 7 * DAY_MS,
        _ => return Err(wrong()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    i64::from(number).checked_mul(unit_ms).filter(|span| *span > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        assert_eq!((span("90m").unwrap(), span("24h").unwrap(), span("2w").unwrap()), (5_400_000, DAY_MS, 14 * DAY_MS));
        for text in ["", "d", "7", "-7d", "7 d", "0h", "7days", "7é"] {
            let refused = span(text).unwrap_err();
            assert_eq!(refused.code, Code::InvalidRequest, "{text}");
        }
    }

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        assert_eq!(text(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(parse("2023-11-14T22:13:20.123Z").unwrap(), 1_700_000_000_123);
        assert_eq!(parse("2023-11-14T23:13:20.123+01:00").unwrap(), 1_700_000_000_123);
        assert_eq!(parse("yesterday").unwrap_err().code, Code::InvalidRequest);
    }
}
