//! How fast requests are recorded and found again.
//!
//! ```text
//! taskset -c 0 cargo run --release -p store --example record_rate -- [requests] [bytes of a body] [data directory]
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use jiff::Zoned;
use store::{
    Filter, RequestSink,
    record::RequestRecord,
    traffic::{self, RecorderOptions},
};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let requests: u64 = arguments.next().map_or(200_000, |text| text.parse().unwrap());
    let body: usize = arguments.next().map_or(0, |text| text.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let dir = arguments.next().map_or(temporary.path().to_owned(), Into::into);
    let opened = traffic::open(&dir, RecorderOptions::default(), common::NOW_MS).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

    let made = making(requests);
    let start = Instant::now();
    runtime.block_on(async {
        for n in 0..requests {
            let record = request(n, body);
            if let Err(back) = opened.recorder.try_record(record) {
                opened.recorder.record(back).await;
            }
        }
        opened.recorder.flush().await.unwrap();
    });
    let seconds = start.elapsed().as_secs_f64();
    let each = seconds * 1e6 / requests as f64;
    println!("recorded {requests} requests with bodies of {body} bytes in {seconds:.2} s");
    println!("{:.0} requests/s, {each:.2} µs each, of which {made:.2} µs go into making the record", 1e6 / each);
    println!("{} bytes each on disk", opened.traffic.size_bytes().unwrap() / requests);

    let now = Zoned::now();
    for text in [
        "",
        "status:error",
        "status:429",
        "config:production",
        "config:rare",
        "app:nobody",
        "model:gpt-4o*",
        "provider:openai latency>1h",
        "tag.tenant:none",
        "cost>1",
        r#""no such text""#,
        "after:2h",
        "-config:production",
    ] {
        let filter = Filter::parse(text, &now).unwrap();
        let mut times: Vec<f64> = (0..5)
            .map(|_| {
                let start = Instant::now();
                opened.traffic.page(&filter, 50, None).unwrap();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{:>8.2} ms  page of {text:?}", times[2]);
    }
    let middle = requests / 2;
    for (what, id) in [("a request", common::id(middle, common::NOW_MS + time(middle))), ("an unknown request", 1)] {
        let start = Instant::now();
        opened.traffic.get(id).unwrap();
        println!("{:>8.2} ms  {what}", start.elapsed().as_secs_f64() * 1e3);
    }
    let start = Instant::now();
    opened.traffic.summary_by_config(0).unwrap();
    println!("{:>8.2} ms  sums of all by config", start.elapsed().as_secs_f64() * 1e3);
    opened.recorder.stop().unwrap();
    drop(opened);
    let start = Instant::now();
    drop(traffic::open(&dir, RecorderOptions::default(), common::NOW_MS).unwrap());
    println!("{:>8.2} ms  opening and closing", start.elapsed().as_secs_f64() * 1e3);
}

/// Twenty requests a millisecond.
fn time(n: u64) -> i64 {
    i64::try_from(n / 20).unwrap()
}

fn request(n: u64, body: usize) -> Box<RequestRecord> {
    let mut record = common::record(n, common::NOW_MS + time(n));
    if n.is_multiple_of(5_000) {
        record.status = 500;
    }
    if n == 0 {
        record.config = Some("rare".into());
    }
    if body > 0 {
        let text = |what: &str| {
            let head = format!("{{\"{what}\":{n},\"messages\":[{{\"role\":\"user\",\"content\":\"");
            let words = "tell me all about the number of the day and why it is so ".repeat(body / 57 + 1);
            format!("{head}{}\"}}]}}", &words[..body.saturating_sub(head.len() + 5)])
        };
        record.request_body = Some(text("request").into());
        record.response_body = Some(text("response").into());
    }
    record
}

/// Microseconds to make a record without bodies.
fn making(requests: u64) -> f64 {
    let requests = requests.min(50_000);
    let start = Instant::now();
    for n in 0..requests {
        std::hint::black_box(request(n, 0));
    }
    start.elapsed().as_secs_f64() * 1e6 / requests as f64
}
