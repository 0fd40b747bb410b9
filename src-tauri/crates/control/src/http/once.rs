//! `Idempotency-Key`: a call repeated with the same key is answered as the first one was, and not done twice.
//!
//! ```text
//! key unknown      -> do it, keep the answer for a day (only of what succeeded: what failed changed nothing)
//! key known, same call    -> the kept answer
//! key known, another call -> 409
//! key in use now          -> 409
//! ```

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::config::Answer;

use super::answer::Refusal;
use crate::{Caller, Code, Control, Error, ops::Operation};

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;
/// Its answer shows a secret once: it stays in memory, no file may hold it.
const SECRET: &str = "create_key";
const SECRETS_KEPT: usize = 256;

/// Keys in use, and answers that no file may hold.
#[derive(Default)]
pub(super) struct Once {
    under_way: Arc<Mutex<HashSet<String>>>,
    secrets: Arc<Mutex<HashMap<String, Answer>>>,
}

/// An answer that was given.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub status: u16,
    pub body: Value,
}

/// What to do with a call.
pub(super) enum Ticket {
    /// It was done before.
    Done(Kept),
    /// Do it, then keep the answer.
    First(First),
}

/// The right to do a call under its key; others wait until this is dropped.
pub(super) struct First {
    id: String,
    key: String,
    operation: &'static str,
    request_hash: [u8; 32],
    under_way: Arc<Mutex<HashSet<String>>>,
    secrets: Arc<Mutex<HashMap<String, Answer>>>,
}

/// The call's key, if it has one.
///
/// # Errors
/// 400 for an empty or overlong one.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= LONGEST => Ok(Some(key)),
        _ => Err(Refusal::invalid(format!("`Idempotency-Key` must be 1 to {LONGEST} visible characters."))),
    }
}

impl Once {
    /// Looks whether the call was done before. Keys of one caller are unknown to another.
    ///
    /// # Errors
    /// 409 where the key was used for another call, or is in use now.
    pub async fn begin(
        &self,
        control: &Control,
        caller: &Caller,
        key: &str,
        operation: &'static Operation,
        input: &Value,
    ) -> Result<Ticket, Refusal> {
        let key = format!("{}:{key}", caller.name);
        let id = format!("{} {key}", operation.name);
        if !lock(&self.under_way).insert(id.clone()) {
            let message = "A call with this `Idempotency-Key` is under way; repeat it in a moment.";
            return Err(Refusal::new(StatusCode::CONFLICT, "idempotency_key_in_use", message));
        }
        let first = First {
            id,
            key,
            operation: operation.name,
            request_hash: hash(operation, input),
            under_way: self.under_way.clone(),
            secrets: self.secrets.clone(),
        };
        match first.kept(control).await? {
            None => Ok(Ticket::First(first)),
            Some(answer) if answer.request_hash == first.request_hash => {
                let kept = serde_json::from_str(&answer.response).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
                Ok(Ticket::Done(kept))
            }
            Some(_) => {
                let message = "This `Idempotency-Key` was used for another call; take a new key for a new call.";
                Err(Refusal::new(StatusCode::CONFLICT, "idempotency_key_reused", message))
            }
        }
    }
}

impl First {
    async fn kept(&self, control: &Control) -> Result<Option<Answer>, Error> {
        if self.operation == SECRET {
            return Ok(lock(&self.secrets).get(&self.id).cloned());
        }
        control.idempotent(self.key.clone(), self.operation).await
    }

    /// Keeps the answer. Where that fails the call is done all the same; only a repetition would be done again.
    pub async fn keep(self, control: &Control, kept: Kept) {
        let Ok(response) = serde_json::to_string(&kept) else { return };
        let answer = Answer { request_hash: self.request_hash, response };
        if self.operation == SECRET {
            let mut secrets = lock(&self.secrets);
            if secrets.len() >= SECRETS_KEPT {
                secrets.clear();
            }
            secrets.insert(self.id.clone(), answer);
        } else if let Err(error) = control.keep_idempotent(self.key.clone(), self.operation, answer).await {
            tracing::warn!("the answer of {} could not be kept: {error}", self.operation);
        }
    }
}

impl Drop for First {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.id);
    }
}

/// Of the call as it was understood: spaces and the order of query fields do not make another one of it.
fn hash(operation: &Operation, input: &Value) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(operation.name);
    hasher.update([0]);
    hasher.update(input.to_string());
    hasher.finalize().into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
