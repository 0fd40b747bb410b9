//! Values of a filter: statuses, times, durations, amounts.

use jiff::{Timestamp, Zoned, civil::DateTime};

use super::{Figure, Status, parse::status_class};

pub(super) fn status(value: &str) -> Result<Status, String> {
    let code = || value.parse().ok().filter(|code| (100..=599).contains(code)).map(Status::Code);
    match value {
        "error" => Ok(Status::Error),
        "ok" => Ok(Status::Ok),
        _ => {
            status_class(value).or_else(code).ok_or_else(|| format!("{value:?} is no status; write error, ok, 2xx or a number such as 429"))
        }
    }
}

pub(super) fn boolean(value: &str) -> Result<bool, String> {
    match value {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(format!("{value:?} is neither true nor false")),
    }
}

/// Milliseconds since the Unix epoch: so long before now, or a date, a date and time, either with an offset or without.
pub(super) fn time(value: &str, now: &Zoned) -> Result<i64, String> {
    let now_ms = now.timestamp().as_millisecond();
    if let Some(micros) = duration_us(value) {
        return Ok(now_ms.saturating_sub(micros / 1_000));
    }
    if let Ok(timestamp) = value.parse::<Timestamp>() {
        return Ok(timestamp.as_millisecond());
    }
    value
        .parse::<DateTime>()
        .and_then(|local| local.to_zoned(now.time_zone().clone()))
        .map(|zoned| zoned.timestamp().as_millisecond())
        .map_err(|_| format!("{value:?} is no time; write 2h, 3d, 2026-11-20 or 2026-11-20T10:00"))
}

/// The number in the figure's own unit.
pub(super) fn figure(figure: Figure, value: &str) -> Result<i64, String> {
    match figure {
        Figure::Latency | Figure::Ttft | Figure::Overhead => {
            duration_us(value).ok_or_else(|| format!("{value:?} is no duration; write 2s, 800ms or 1.5m"))
        }
        Figure::Cost => {
            let dollars = value.strip_prefix('$').unwrap_or(value);
            scaled(dollars, 1e9).ok_or_else(|| format!("{value:?} is no amount; write dollars such as 0.01"))
        }
        Figure::Tokens => {
            let (number, factor) = match value.strip_suffix(['k', 'K']) {
                Some(number) => (number, 1e3),
                None => value.strip_suffix(['m', 'M']).map_or((value, 1.0), |number| (number, 1e6)),
            };
            scaled(number, factor).ok_or_else(|| format!("{value:?} is no number; write 4000 or 4k"))
        }
        Figure::Attempts => scaled(value, 1.0).ok_or_else(|| format!("{value:?} is no number; write 1, 2, 3")),
    }
}

fn duration_us(value: &str) -> Option<i64> {
    const UNITS: [(&str, f64); 7] = [("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 6e7), ("h", 3.6e9), ("d", 8.64e10)];
    UNITS.iter().find_map(|(unit, micros)| scaled(value.strip_suffix(unit)?, *micros))
}

/// A plain decimal number, not negative, times the factor, rounded.
fn scaled(number: &str, factor: f64) -> Option<i64> {
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let scaled = number.parse::<f64>().ok()? * factor;
    (scaled < 9e18).then_some(scaled.round() as i64)
}
