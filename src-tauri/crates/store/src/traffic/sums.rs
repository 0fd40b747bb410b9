//! Sums over the newest part of the log.

use super::{Traffic, requests};
use crate::error::{Sql, StoreError};

/// What came to one config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSum {
    /// Its slug.
    pub config: String,
    /// Requests.
    pub requests: u64,
    /// Of these, failed ones.
    pub errors: u64,
    /// Cost where known, in nano-dollars; `None` where no request had a price.
    pub cost_nanos: Option<u64>,
    /// The newest request.
    pub last_ms: i64,
}

/// What one provider answered, or was the last to fail at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSum {
    /// Its name.
    pub provider: String,
    /// Requests.
    pub requests: u64,
    /// Of these, failed ones.
    pub errors: u64,
    /// Mean time of those that did not fail, in microseconds.
    pub mean_us: Option<u64>,
    /// Cost where known, in nano-dollars.
    pub cost_nanos: Option<u64>,
    /// The newest request.
    pub last_ms: i64,
}

impl Traffic {
    /// Per config, by slug, since that time.
    pub fn summary_by_config(&self, since_ms: i64) -> Result<Vec<ConfigSum>, StoreError> {
        let sql = format!(
            "SELECT config, count(*), sum({FAILED}), sum(cost_total), max(key) FROM requests
             WHERE key >= ?1 AND config IS NOT NULL GROUP BY config ORDER BY config",
            FAILED = requests::FAILED
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql).sql()?;
            let rows = statement
                .query_map([requests::first_key(since_ms)], |row| {
                    Ok(ConfigSum {
                        config: row.get(0)?,
                        requests: row.get(1)?,
                        errors: row.get(2)?,
                        cost_nanos: row.get(3)?,
                        last_ms: requests::time_ms(row.get(4)?),
                    })
                })
                .sql()?;
            rows.collect::<rusqlite::Result<_>>().sql()
        })
    }

    /// Per provider that answered or was called last, by name, since that time.
    pub fn provider_stats(&self, since_ms: i64) -> Result<Vec<ProviderSum>, StoreError> {
        let sql = format!(
            "SELECT provider, count(*), sum({FAILED}), CAST(avg(total_us) FILTER (WHERE NOT {FAILED}) AS INTEGER),
               sum(cost_total), max(key) FROM requests
             WHERE key >= ?1 AND provider IS NOT NULL GROUP BY provider ORDER BY provider",
            FAILED = requests::FAILED
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql).sql()?;
            let rows = statement
                .query_map([requests::first_key(since_ms)], |row| {
                    Ok(ProviderSum {
                        provider: row.get(0)?,
                        requests: row.get(1)?,
                        errors: row.get(2)?,
                        mean_us: row.get(3)?,
                        cost_nanos: row.get(4)?,
                        last_ms: requests::time_ms(row.get(5)?),
                    })
                })
                .sql()?;
            rows.collect::<rusqlite::Result<_>>().sql()
        })
    }

    /// Requests since that time.
    pub fn count_since(&self, since_ms: i64) -> Result<u64, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT count(*) FROM requests WHERE key >= ?1")
                .sql()?
                .query_row([requests::first_key(since_ms)], |row| row.get(0))
                .sql()
        })
    }
}
