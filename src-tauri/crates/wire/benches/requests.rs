//! The one pass over a request's bytes. Goal: a 1 MB body within a tenth of what moving it through two sockets costs.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use wire::{Dialect, Request, UpstreamEdit};

/// Texts as they are sent: prose, prose of another alphabet, and code, which has an escape in every line.
fn texts() -> [(&'static str, &'static str); 3] {
    [
        ("prose", "Not all those who wander are lost. "),
        ("greek", "Ἄνδρα μοι ἔννεπε, Μοῦσα, πολύτροπον. "),
        ("code", "    let name = \"value\";\n"),
    ]
}

fn body(text: &str, size: usize) -> Bytes {
    let text = text.repeat(size / text.len() + 1);
    Bytes::from(json!({"model": "@production", "messages": [{"role": "user", "content": text}], "temperature": 0.2}).to_string())
}

fn requests(criterion: &mut Criterion) {
    for (name, text) in texts() {
        let mut group = criterion.benchmark_group(format!("request of {name}"));
        for (label, size) in [("1 KB", 1_000), ("100 KB", 100_000), ("1 MB", 1_000_000)] {
            let body = body(text, size);
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(label, |bencher| bencher.iter(|| read_and_edit(black_box(&body))));
        }
        group.finish();
    }
}

fn read_and_edit(body: &Bytes) -> usize {
    let request = Request::read(Dialect::OpenAiChat, body.clone()).unwrap();
    let edit = UpstreamEdit { model: "gpt-4o", ..UpstreamEdit::default() };
    request.upstream(Dialect::OpenAiChat, &edit).unwrap().body.len()
}

criterion_group!(benches, requests);
criterion_main!(benches);
