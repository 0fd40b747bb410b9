//! All requests that a filter takes, chunk by chunk, so that an export of any length needs little memory.

use super::{RequestRow, Traffic};
use crate::{error::StoreError, filter::Filter};

/// See [`Traffic::export`]. Each item blocks on the disk.
#[derive(Debug)]
pub struct Export {
    traffic: Traffic,
    filter: Filter,
    chunk: u32,
    next: Option<Start>,
}

#[derive(Debug, Clone, Copy)]
enum Start {
    Newest,
    Before(i64),
}

impl Export {
    pub(super) fn new(traffic: Traffic, filter: Filter, chunk: u32) -> Self {
        Self { traffic, filter, chunk, next: Some(Start::Newest) }
    }
}

impl Iterator for Export {
    type Item = Result<Vec<RequestRow>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let before = match self.next.take()? {
            Start::Newest => None,
            Start::Before(key) => Some(key),
        };
        match self.traffic.rows_before(&self.filter, self.chunk, before) {
            Err(error) => Some(Err(error)),
            Ok((rows, _)) if rows.is_empty() => None,
            Ok((rows, more)) => {
                self.next = rows.last().filter(|_| more).map(|(key, _)| Start::Before(*key));
                Some(Ok(rows.into_iter().map(|(_, row)| row).collect()))
            }
        }
    }
}
