//! What is measured, in which order.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use serde::Serialize;

use crate::{
    Effort, load,
    subjects::{Modelux, Nginx, Upstream},
    upstream::EVENTS,
};

const CHAT: &str = "/openai/v1/chat/completions";
const CONNECTIONS: usize = 64;
const STARTS: usize = 5;
const OPEN_STREAMS: usize = 5_000;

/// Figures of all rounds: measure, then subject, then one value per round.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Results(BTreeMap<&'static str, BTreeMap<&'static str, Vec<f64>>>);

impl Results {
    fn add(&mut self, measure: &'static str, subject: &'static str, value: f64) {
        self.0.entry(measure).or_default().entry(subject).or_default().push(value);
    }

    /// Median over the rounds, where it was measured.
    pub fn median(&self, measure: &str, subject: &str) -> Option<f64> {
        let mut values = self.0.get(measure)?.get(subject)?.clone();
        values.sort_by(f64::total_cmp);
        Some(values[values.len() / 2])
    }

    /// Median over the rounds of what `subject` adds to `base` within each round.
    pub fn added(&self, measure: &str, subject: &str, base: &str) -> Option<f64> {
        let subjects = self.0.get(measure)?;
        let mut values: Vec<f64> = subjects.get(subject)?.iter().zip(subjects.get(base)?).map(|(one, other)| one - other).collect();
        values.sort_by(f64::total_cmp);
        Some(values[values.len() / 2])
    }
}

struct Subject<'a> {
    name: &'static str,
    address: SocketAddr,
    stream_path: &'static str,
    cpu: Box<dyn Fn() -> Duration + 'a>,
}

/// Everything, interleaved.
pub fn all(effort: &Effort, upstream: &Upstream, nginx: Option<&Nginx>, (modelux, beside): (&Modelux, Option<&Modelux>)) -> Results {
    let mut results = Results::default();
    let direct = SocketAddr::from(([127, 0, 0, 1], upstream.port));
    let mut subjects = vec![Subject { name: "direct", address: direct, stream_path: CHAT, cpu: Box::new(|| Duration::ZERO) }];
    if let Some(nginx) = nginx {
        subjects.push(Subject { name: "nginx", address: nginx.address, stream_path: "/unbuffered", cpu: Box::new(|| nginx.cpu()) });
    }
    subjects.push(Subject { name: "modelux", address: modelux.address, stream_path: CHAT, cpu: Box::new(|| modelux.cpu()) });
    if let Some(beside) = beside {
        subjects.push(Subject { name: "beside", address: beside.address, stream_path: CHAT, cpu: Box::new(|| beside.cpu()) });
    }
    results.add("idle_rss_mib", "modelux", modelux.idle_kib as f64 / 1024.0);
    let wanted = |part: &str| effort.only.as_deref().is_none_or(|only| only == part);
    for round in 0..effort.rounds {
        eprint!("\rround {} of {} ", round + 1, effort.rounds);
        if wanted("serial") {
            serial(effort, &subjects, &mut results);
        }
        if wanted("parallel") {
            parallel(effort, &subjects, &mut results);
        }
        if wanted("streams") {
            streams(effort, &subjects, &mut results);
        }
    }
    eprintln!();
    results.add("loaded_rss_mib", "modelux", modelux.rss_kib() as f64 / 1024.0);
    if wanted("starts") {
        starts(upstream, modelux, &mut results);
    }
    if wanted("open") {
        open_streams(direct, ("modelux", modelux), &mut results);
        if let Some(beside) = beside {
            open_streams(direct, ("beside", beside), &mut results);
        }
    }
    results
}

fn serial(effort: &Effort, subjects: &[Subject<'_>], results: &mut Results) {
    for (size, count, p50, p99) in [
        (1_000, effort.serial, "serial_1kb_p50_us", Some("serial_1kb_p99_us")),
        (100_000, effort.serial / 4, "serial_100kb_p50_us", None),
        (1_000_000, effort.serial / 40, "serial_1mb_p50_us", None),
    ] {
        for subject in subjects {
            let ask = load::Ask::chat(subject.address, size);
            let mut times: Vec<f64> = load::serial(subject.address, &ask, count.max(10)).into_iter().map(micros).collect();
            times.sort_by(f64::total_cmp);
            results.add(p50, subject.name, times[times.len() / 2]);
            if let Some(p99) = p99 {
                results.add(p99, subject.name, times[times.len() * 99 / 100]);
            }
        }
    }
}

fn parallel(effort: &Effort, subjects: &[Subject<'_>], results: &mut Results) {
    for subject in subjects {
        let ask = load::Ask::chat(subject.address, 1_000);
        let before = (subject.cpu)();
        let done = load::parallel(subject.address, &ask, CONNECTIONS, effort.parallel_ms);
        let used = (subject.cpu)() - before;
        results.add("parallel_rps", subject.name, done.rate());
        if subject.name != "direct" {
            results.add("cpu_us_per_request", subject.name, micros(used) / done.requests as f64);
        }
    }
}

fn streams(effort: &Effort, subjects: &[Subject<'_>], results: &mut Results) {
    for subject in subjects {
        let ask = load::Ask::stream(subject.address, subject.stream_path);
        let before = (subject.cpu)();
        let all = load::streams(subject.address, &ask, effort.streams);
        let used = (subject.cpu)() - before;
        let median = |pick: fn(&load::Streamed) -> Duration| {
            let mut times: Vec<f64> = all.iter().map(|stream| micros(pick(stream))).collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        results.add("stream_total_us", subject.name, median(|stream| stream.total));
        results.add("stream_first_us", subject.name, median(|stream| stream.first));
        if subject.name != "direct" {
            results.add("stream_cpu_us_per_event", subject.name, micros(used) / (effort.streams * EVENTS) as f64);
        }
        let paced = load::Ask::paced_stream(subject.address, subject.stream_path);
        let reads = load::streams(subject.address, &paced, 1)[0].reads;
        results.add("paced_stream_reads", subject.name, reads as f64);
    }
}

fn starts(upstream: &Upstream, running: &Modelux, results: &mut Results) {
    results.add("start_to_first_answer_ms", "modelux", running.first_answer.as_secs_f64() * 1e3);
    for _ in 1..STARTS {
        let again = Modelux::start(&crate::binary(), upstream.port);
        results.add("start_to_first_answer_ms", "modelux", again.first_answer.as_secs_f64() * 1e3);
        results.add("idle_rss_mib", "modelux", again.idle_kib as f64 / 1024.0);
    }
}

/// Once is enough: the figure is a sum over thousands.
fn open_streams(upstream: SocketAddr, (name, modelux): (&'static str, &Modelux), results: &mut Results) {
    let ask = load::Ask::held_stream(modelux.address, CHAT);
    let before = modelux.rss_kib();
    let mut open = before;
    let whole = load::open_at_once(modelux.address, &ask, OPEN_STREAMS, || {
        open = modelux.rss_kib();
        load::release(upstream);
    });
    results.add("open_stream_kib", name, open.saturating_sub(before) as f64 / OPEN_STREAMS as f64);
    results.add("open_streams_lost", name, (OPEN_STREAMS - whole) as f64);
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
