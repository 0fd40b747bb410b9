//! From arguments to operations with types.

use control::{Client, Error, FirstKeys};
use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{args::Global, failure::Failure};

/// A connection to the operations.
pub struct Connection(Client);

impl Connection {
    /// As the arguments say.
    pub async fn open(global: &Global) -> Result<Self, Failure> {
        let client = match (&global.url, &global.key) {
            (Some(url), Some(key)) => Client::remote(url, SecretString::from(key.as_str()))?,
            (Some(_), None) => return Err(Failure::new("--url needs a management key: set MODELUX_MANAGEMENT_KEY, or give --key.")),
            (None, _) => Client::connect(global.options()).await?,
        };
        Ok(Self(client))
    }

    /// Keys that opening the data directory made, if it made any.
    pub fn first_keys(&self) -> Option<&FirstKeys> {
        self.0.first_keys()
    }

    /// Does the operation of that name.
    pub async fn call(&self, operation: &str, input: impl Serialize) -> Result<Value, Error> {
        let input = serde_json::to_value(input).map_err(|error| Error::new(control::Code::Internal, error.to_string()))?;
        self.0.call(operation, input).await
    }

    /// The same, with the answer both as it came and as its type.
    pub async fn ask<T: DeserializeOwned>(&self, operation: &str, input: impl Serialize) -> Result<(Value, T), Failure> {
        let value = self.call(operation, input).await?;
        let typed = T::deserialize(&value).map_err(|error| {
            Failure::new(format!("The instance's answer to {operation} cannot be read; is it another version? ({error})"))
        })?;
        Ok((value, typed))
    }

    /// Every page of a list, up to `limit` rows, as one page.
    pub async fn all<T: DeserializeOwned>(&self, operation: &str, input: Value, limit: usize) -> Result<(Value, Vec<T>), Failure> {
        let mut rows: Vec<Value> = Vec::new();
        let mut cursor = Value::Null;
        let more = loop {
            let mut input = input.clone();
            input["limit"] = (limit - rows.len()).min(200).into();
            if !cursor.is_null() {
                input["cursor"] = cursor;
            }
            let mut page = self.call(operation, input).await?;
            if let Value::Array(data) = page["data"].take() {
                rows.extend(data);
            }
            cursor = page["next_cursor"].take();
            if rows.len() >= limit || cursor.is_null() {
                break !cursor.is_null();
            }
        };
        let typed: Result<Vec<T>, _> = rows.iter().map(T::deserialize).collect();
        let typed = typed.map_err(|error| Failure::new(format!("The instance's answer to {operation} cannot be read: {error}")))?;
        Ok((serde_json::json!({ "data": rows, "next_cursor": cursor, "has_more": more }), typed))
    }

    /// Lets go of the data directory.
    pub async fn close(self) {
        self.0.close().await;
    }
}
