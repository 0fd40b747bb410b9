//! Records to write.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{path::Path, sync::Arc};

use routing::{
    outcome::Outcome,
    reason::Reason,
    target::ModelTarget,
    trace::{Attempt, Decision, Step, Trace},
};
use store::{
    record::{Cost, RequestRecord, Tokens},
    traffic::{self, Opened, RecorderOptions},
};

pub const NOW_MS: i64 = 1_795_000_000_000;

pub fn open(dir: &Path) -> Opened {
    traffic::open(dir, RecorderOptions::default(), NOW_MS).unwrap()
}

pub fn id(n: u64, time_ms: i64) -> u128 {
    (u128::try_from(time_ms).unwrap() << 80) | u128::from(n)
}

/// The `n`th request of the config `production`, which answered through its second target.
pub fn record(n: u64, time_ms: i64) -> Box<RequestRecord> {
    Box::new(RequestRecord {
        id: id(n, time_ms),
        time_ms,
        app: Some("ide".into()),
        endpoint: "/openai/v1/chat/completions".into(),
        dialect: "openai_chat",
        stream: false,
        requested_model: "@production".into(),
        resolved: Some("config"),
        config: Some("production".into()),
        version: Some(12),
        strategy: Some("fallback"),
        provider: Some("openai".into()),
        model: Some("gpt-4o-mini".into()),
        status: 200,
        error_class: None,
        error_message: None,
        answered_model: Some("gpt-4o-mini-2024-07-18".into()),
        tokens: Some(Tokens { input: 1_000 + n % 100, cached: 500, output: 200, reasoning: 0, estimated: false }),
        cost: Some(Cost { input: 100_000, output: 120_000, total: 220_000 }),
        price: Some(r#"{"input":0.15,"cached_input":0.075,"output":0.6,"date":"2026-11-01","source":"catalogue"}"#.into()),
        ttft_us: None,
        total_us: 800_000 + n,
        overhead_us: 90,
        tags: vec![("team".into(), "acme".into()), ("tenant".into(), "t_1".into())],
        end_user: Some("u_1".into()),
        conversation_id: None,
        trace_id: None,
        budget: None,
        attempts: 2,
        trace: trace(n),
        request_body: None,
        response_body: None,
    })
}

pub fn trace(n: u64) -> Trace {
    let (first, second) = (ModelTarget::new("anthropic", "claude-sonnet-4", None), ModelTarget::new("openai", "gpt-4o-mini", None));
    Trace {
        steps: vec![Step {
            config: Some(Arc::from("production")),
            version: Some(12),
            strategy: "fallback",
            reason: Reason::AttemptAnswered(2),
            rule: None,
            variant: None,
            candidates: Vec::new(),
        }],
        attempts: vec![attempt(&first, Outcome::Timeout, 50, 500_000 + n), attempt(&second, Outcome::Ok, 500_100 + n, 300_000)],
        decision: Some(Decision { target: Some(second), reason: Reason::AttemptAnswered(2) }),
    }
}

fn attempt(target: &ModelTarget, outcome: Outcome, start_us: u64, duration_us: u64) -> Attempt {
    let ok = outcome == Outcome::Ok;
    Attempt {
        target: target.clone(),
        start_us,
        duration_us,
        ttft_us: None,
        outcome,
        status: ok.then_some(200),
        input_tokens: ok.then_some(1_000),
        output_tokens: ok.then_some(200),
        cost_nanos: ok.then_some(220_000),
        reason: (!ok).then(|| Reason::text("no answer within 500 ms")),
    }
}
