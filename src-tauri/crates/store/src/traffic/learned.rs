//! What the newest part of the log teaches: figures that estimates begin with, and ranges that completion shows.

use rusqlite::params;

use super::{Traffic, requests};
use crate::error::{Sql, StoreError};

/// Newest requests that are looked at, whatever the time asked for.
const SAMPLE: u32 = 50_000;

/// Means of what one model did for one config.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Slug of the config; `None` for direct calls.
    pub config: Option<String>,
    /// Provider.
    pub provider: String,
    /// Model.
    pub model: String,
    /// Answers that the means are of.
    pub samples: u64,
    /// Tokens read, cached ones included.
    pub input_tokens: f64,
    /// Of these, read from the provider's cache.
    pub cached_tokens: f64,
    /// Tokens written.
    pub output_tokens: f64,
}

/// The least and the most of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

/// What recent requests were like. What no request had is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Observed {
    /// Requests looked at.
    pub requests: u64,
    /// Different end users among them.
    pub end_users: u64,
    /// Share of those that asked for a stream, 0 to 1.
    pub stream_share: Option<f64>,
    /// Tokens read.
    pub input_tokens: Option<Range>,
    /// Tokens written.
    pub output_tokens: Option<Range>,
    /// From arrival to the last byte, in milliseconds.
    pub latency_ms: Option<Range>,
    /// Cost in USD.
    pub cost_usd: Option<Range>,
}

impl Traffic {
    /// Per config and model, from answers since that time whose request took one call: the tokens of others are sums.
    pub fn learned(&self, since_ms: i64) -> Result<Vec<Learned>, StoreError> {
        let sql = format!(
            "SELECT config, provider, model, count(*), avg(input_tokens), avg(coalesce(cached_tokens, 0)), avg(output_tokens)
             FROM (SELECT * FROM requests WHERE key >= ?1 ORDER BY key DESC LIMIT ?2)
             WHERE attempts = 1 AND provider IS NOT NULL AND model IS NOT NULL AND output_tokens IS NOT NULL AND NOT {FAILED}
             GROUP BY config, provider, model ORDER BY config, provider, model",
            FAILED = requests::FAILED
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql).sql()?;
            let rows = statement
                .query_map(params![requests::first_key(since_ms), SAMPLE], |row| {
                    Ok(Learned {
                        config: row.get(0)?,
                        provider: row.get(1)?,
                        model: row.get(2)?,
                        samples: row.get(3)?,
                        input_tokens: row.get(4)?,
                        cached_tokens: row.get(5)?,
                        output_tokens: row.get(6)?,
                    })
                })
                .sql()?;
            rows.collect::<rusqlite::Result<_>>().sql()
        })
    }

    /// What requests since that time were like.
    pub fn observed(&self, since_ms: i64) -> Result<Observed, StoreError> {
        let sql = "SELECT count(*), count(DISTINCT end_user), avg(stream), min(input_tokens), max(input_tokens),
               min(output_tokens), max(output_tokens), min(total_us) / 1e3, max(total_us) / 1e3, min(cost_total) / 1e9, max(cost_total) / 1e9
             FROM (SELECT * FROM requests WHERE key >= ?1 ORDER BY key DESC LIMIT ?2)";
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql).sql()?;
            let observed = statement.query_row(params![requests::first_key(since_ms), SAMPLE], |row| {
                let range = |at: usize| -> rusqlite::Result<Option<Range>> {
                    let ends: (Option<f64>, Option<f64>) = (row.get(at)?, row.get(at + 1)?);
                    Ok(ends.0.zip(ends.1).map(|(min, max)| Range { min, max }))
                };
                Ok(Observed {
                    requests: row.get(0)?,
                    end_users: row.get(1)?,
                    stream_share: row.get(2)?,
                    input_tokens: range(3)?,
                    output_tokens: range(5)?,
                    latency_ms: range(7)?,
                    cost_usd: range(9)?,
                })
            });
            observed.sql()
        })
    }
}
