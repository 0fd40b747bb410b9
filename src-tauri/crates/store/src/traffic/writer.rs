//! The thread that writes the log.

use std::{sync::Arc, time::Duration};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::{
    decisions::Tally,
    insert::Inserter,
    recorder::{BATCH, Batch, Shared},
    seen::Book,
};
use crate::record::RequestRecord;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Writer {
    connection: Connection,
    inserter: Inserter,
    /// Read from the log before the first batch, and anew after a rollback.
    book: Option<Book>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn new(connection: Connection, inserter: Inserter, shared: Arc<Shared>) -> Self {
        Self { connection, inserter, book: None, shared }
    }

    /// Writes until the recorder is stopped and its queue is empty.
    pub(super) fn run(mut self) {
        // Waiters are told even if this thread panics.
        let _tell = TellWhenDone(Arc::clone(&self.shared));
        let mut batch = Batch::new();
        while self.shared.gather(&mut batch) {
            for part in batch.chunks(BATCH) {
                if !self.write_until_done(part) {
                    return;
                }
            }
            batch.clear();
        }
        if let Err(error) = self.write_book() {
            tracing::warn!(%error, "what was seen last in traffic could not be written");
        }
    }

    /// Tries until the batch is on disk; `false` where the recorder was stopped before that came about.
    fn write_until_done(&mut self, batch: &[Box<RequestRecord>]) -> bool {
        let mut pause = FIRST_PAUSE;
        let mut last = false;
        loop {
            match self.write(batch) {
                Ok(given_up) => {
                    self.shared.recover();
                    self.shared.settle(batch.len() as u64 - given_up, given_up);
                    return true;
                }
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be written");
                    self.inserter.rolled_back();
                    self.book = None;
                    self.shared.fail(explain(&error));
                }
            }
            if last {
                return false;
            }
            last = self.shared.pause(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One transaction. Gives the number of records that cannot be written for a reason of their own.
    fn write(&mut self, batch: &[Box<RequestRecord>]) -> rusqlite::Result<u64> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        self.inserter.begin();
        let book = match &mut self.book {
            Some(book) => book,
            None => self.book.insert(Book::load(&transaction)?),
        };
        let mut tally = Tally::default();
        let mut given_up = 0;
        for record in batch {
            if let Err(error) = self.inserter.insert(&transaction, record) {
                if !is_of_the_record(&error) {
                    return Err(error);
                }
                tracing::error!(%error, id = %ulid::Ulid(record.id), "a request could not be recorded");
                given_up += 1;
                continue;
            }
            tally.add(record);
            book.observe(record);
        }
        tally.write(&transaction)?;
        if book.is_due() {
            book.write(&transaction)?;
        }
        transaction.commit()?;
        Ok(given_up)
    }

    /// What of the book is not on disk yet.
    fn write_book(&mut self) -> rusqlite::Result<()> {
        let Some(book) = self.book.as_mut().filter(|book| book.is_ahead()) else { return Ok(()) };
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        book.write(&transaction)?;
        transaction.commit()
    }
}

struct TellWhenDone(Arc<Shared>);

impl Drop for TellWhenDone {
    fn drop(&mut self) {
        self.0.stopped();
    }
}

/// Is it this record that cannot be stored, rather than the disk that cannot be written?
fn is_of_the_record(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => {
            matches!(code, ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
        }
        None => true,
    }
}

fn explain(error: &rusqlite::Error) -> String {
    let why = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; free some space".to_owned(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            "the file may not be written to; check the permissions of the data directory".to_owned()
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the file is damaged; restart Modelux, which moves it aside and begins a new one".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program holds the file".to_owned(),
        _ => error.to_string(),
    };
    format!("traffic.db cannot be written: {why}")
}
