//! The rules language. Goals: 1,000 lines compiled and checked in ≤ 10 ms, diagnostics while typing in ≤ 16 ms,
//! a program of 100 rules evaluated in ≤ 2 µs.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench")]

use std::{fmt::Write, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use routing::{
    facts::Facts,
    response::Response,
    rules::{Budget, Context, LocalTime, Matcher, format_program, parse_program},
};

/// A request of an unknown tenant that no rule but the last few takes.
struct World<'a> {
    facts: Facts<'a>,
}

impl Context for World<'_> {
    fn request(&self) -> &Facts<'_> {
        &self.facts
    }
    fn budget(&self, _: Option<&str>) -> Budget {
        Budget { used_pct: 0.5, used_usd: 5.0, remaining_usd: 5.0, cap_usd: 10.0 }
    }
    fn cost_usd(&self, target: usize) -> Option<f64> {
        Some(0.001 * target as f64)
    }
    fn latency_ms(&self, _: usize, _: u8) -> Option<f64> {
        Some(800.0)
    }
    fn healthy(&self, _: usize) -> bool {
        true
    }
    fn time(&self) -> LocalTime {
        LocalTime { hour: 14, minute: 5, weekday: 3 }
    }
    fn response(&self) -> Option<&Response<'_>> {
        None
    }
}

/// One rule a line; conditions as people write them.
fn program(rules: usize) -> String {
    let mut text = String::new();
    for n in 0..rules - 1 {
        let head = if n == 0 { "if" } else { "else if" };
        let condition = match n % 8 {
            0 => format!("tenant == \"tenant-{n}\""),
            1 => format!("budget.used_pct >= 0.9 and tags.feature == \"feature-{n}\""),
            2 => format!("request.input_tokens > {} and not request.has_tools", 100_000 + n),
            3 => format!("cost(openai/gpt-4o) > 0.{n:04}5 and request.messages > {n}"),
            4 => format!("tags.feature in [\"summarize-{n}\", \"classify-{n}\", \"other\"]"),
            5 => format!("latency(anthropic/claude-sonnet-4, 95) > {} or app == \"app-{n}\"", 5_000 + n),
            6 => format!("end_user starts_with \"test-{n}-\" or request.model ends_with \"-{n}\""),
            _ => format!("time.hour >= 18 and time.weekday in [\"sat\", \"sun\"] and tenant != \"tenant-{n}\""),
        };
        let _ = writeln!(text, "{head} {condition} then use @config-{n}");
    }
    text.push_str("else use @production\n");
    text
}

fn texts(c: &mut Criterion) {
    let mut group = c.benchmark_group("1,000 lines of rules");
    group.sample_size(30);
    let good = program(1_000);
    let broken: String = good
        .replace("budget.used_pct", "budget.used_pc")
        .lines()
        .enumerate()
        .map(|(n, line)| if n % 5 == 0 { line.replace(" then ", " thn ") + "\n" } else { line.to_owned() + "\n" })
        .collect();
    let one_wrong = good.replacen("request.messages", "request.mesages", 1);
    assert!(parse_program(&good).value.is_some());
    assert!(parse_program(&broken).findings.len() > 100);
    assert_eq!(parse_program(&one_wrong).findings.len(), 1);
    group.bench_function("check", |b| b.iter(|| black_box(parse_program(black_box(&good)))));
    group.bench_function("check and compile", |b| {
        b.iter(|| {
            let program = parse_program(black_box(&good)).value.unwrap();
            let conditions: Vec<_> = program.rules.iter().filter_map(|rule| rule.condition.clone()).collect();
            black_box(Matcher::compile(&conditions))
        });
    });
    group.bench_function("diagnostics of one mistake", |b| b.iter(|| black_box(parse_program(black_box(&one_wrong)))));
    group.bench_function("diagnostics of hundreds", |b| b.iter(|| black_box(parse_program(black_box(&broken)))));
    group.bench_function("format", |b| b.iter(|| black_box(format_program(black_box(&good)))));
    group.finish();
}

fn evaluation(c: &mut Criterion) {
    let mut group = c.benchmark_group("100 rules");
    let program = parse_program(&program(100)).value.unwrap();
    let conditions: Vec<_> = program.rules.iter().filter_map(|rule| rule.condition.clone()).collect();
    let matcher = Matcher::compile(&conditions);
    for (name, tenant, expected) in
        [("the first matches", "tenant-0", Some(0)), ("the last matches", "tenant-96", Some(96)), ("none matches", "acme", None)]
    {
        let tags = [("env".into(), "prod".into()), ("feature".into(), "chat".into()), ("tenant".into(), tenant.into())];
        let facts = Facts {
            tags: &tags,
            model: "@production",
            endpoint: "chat",
            input_tokens: 900,
            messages: 2,
            app: Some("editor"),
            end_user: Some("u-1"),
            ..Facts::default()
        };
        let world = World { facts };
        assert_eq!(matcher.first(&world), expected);
        group.bench_function(name, |b| b.iter(|| black_box(matcher.first(black_box(&world)))));
    }
    let tags = [("tenant".into(), "tenant-96".into())];
    let world = World { facts: Facts { tags: &tags, ..Facts::default() } };
    group.bench_function("values for the trace", |b| b.iter(|| black_box(matcher.values(3, black_box(&world)))));
    group.finish();
}

criterion_group!(benches, texts, evaluation);
criterion_main!(benches);
