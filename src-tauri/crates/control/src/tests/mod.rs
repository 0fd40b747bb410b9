//! Every operation over a temporary directory, without a network.

mod bindings;
mod bundles;
mod configs;
mod keys;
mod models;
mod opening;
mod providers;
mod rules;
mod settings;
mod traffic;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Caller, Code, Control, Error, Options, Parts};

/// 2023-11-14T22:13:20Z, and a second later with each look.
static NOW_MS: AtomicI64 = AtomicI64::new(1_700_000_000_000);

fn parts() -> Parts {
    Parts {
        clock: || NOW_MS.fetch_add(1_000, Ordering::Relaxed),
        keychain: Err("No keychain can be reached (test)".to_owned()),
        environment: |name| (name == "ALPHA_KEY").then(|| "sk-alpha-0123456789".to_owned()),
    }
}

/// An instance on a directory of its own.
struct Desk {
    control: Arc<Control>,
    dir: TempDir,
}

impl Desk {
    /// As a person finds it at the first start.
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let control = open(&dir, options).await.unwrap();
        Self { control, dir }
    }

    /// Stops it and opens the same directory again.
    async fn reopened(self) -> Self {
        self.reopened_with(Options::default()).await
    }

    async fn reopened_with(self, options: Options) -> Self {
        self.control.shutdown().await;
        drop(self.control);
        let control = open(&self.dir, options).await.unwrap();
        Self { control, dir: self.dir }
    }

    /// Does an operation that must succeed.
    async fn done(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input.clone()).await {
            Ok(output) => output,
            Err(error) => panic!("{operation} {input}: {} {} {:?}", error.code.as_str(), error.message, error.details),
        }
    }

    /// Does an operation that must be refused.
    async fn refused(&self, operation: &str, input: Value) -> Error {
        match self.call(operation, input.clone()).await {
            Ok(output) => panic!("{operation} {input} was done: {output}"),
            Err(error) => error,
        }
    }

    async fn call(&self, operation: &str, input: Value) -> Result<Value, Error> {
        self.control.call(operation, Caller::window(), input).await
    }

    /// All files of the data directory as one text.
    fn everything_on_disk(&self) -> String {
        let files = std::fs::read_dir(self.dir.path()).unwrap().flatten();
        files.map(|file| String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned()).collect()
    }
}

async fn open(dir: &TempDir, options: Options) -> Result<Arc<Control>, Error> {
    let options = Options { data_dir: Some(dir.path().to_owned()), port: Some(options.port.unwrap_or(0)), ..options };
    Control::open_with(options, parts).await
}

fn single(model: &str) -> Value {
    json!({ "strategy": "single", "model": model })
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}
