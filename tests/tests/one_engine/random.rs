//! Random cases: nested documents of all strategies, and upstreams that answer, fail, stall and break.

use serde_json::{Value, json};
use simulate::draws::Draws;

use crate::{
    case::{Answer, Ask, Case, Deed, ModelSpec, Tempo, What},
    names::GONE,
};

const MODELS: usize = 5;
const TEXTS: [&str; 9] =
    ["yes", " Yes\n", "no", "42", "43.5", "{\"answer\": 1}", "{\"answer\":2}", "", "a longer answer with 4 in it, for those who count"];
const CONDITIONS: [&str; 8] = [
    "response.length > 2",
    "response.valid_json",
    "response.finish_reason == \"stop\"",
    "not response.has_tool_calls",
    "response.output_tokens >= 3",
    "response.cost_usd < 0.00002",
    "response.text contains \"4\" or request.has_tools",
    "healthy(alpha/m0) and response.length > 0",
];
const RULES: [&str; 7] = [
    "tenant == \"acme\"",
    "request.has_tools",
    "request.input_tokens > 5 and request.messages == 1",
    "cost(alpha/m0) > cost(alpha/m1)",
    "not healthy(alpha/m2)",
    "end_user in [\"u_1\", \"u_2\"]",
    "request.stream and request.max_tokens == 0",
];

/// Case number `seed`. The same at every tempo but for the times.
pub fn case(seed: u64, tempo: Tempo) -> Case {
    let dice = Dice { draws: Draws::seeded(seed.wrapping_mul(0x9E37_79B9)), tempo };
    let stream = dice.chance(0.35);
    let mut models: Vec<ModelSpec> = (0..MODELS).map(|number| dice.model(number)).collect();
    models.push(dice.judge());
    let configs = [
        ("first", dice.node(1, &[])),
        ("second", dice.node(2, &["@first"])),
        ("production", dice.node(3, &["@first", "@second:1", "@gone"])),
    ];
    debug_assert_eq!(GONE, "gone");
    Case {
        name: format!("random case {seed}"),
        configs: configs.map(|(slug, document)| (slug.to_owned(), document)).to_vec(),
        models,
        asks: (0..1 + dice.below(3)).map(|_| dice.ask(stream)).collect(),
        seed,
    }
}

struct Dice {
    draws: Draws,
    tempo: Tempo,
}

impl Dice {
    fn below(&self, count: usize) -> usize {
        (self.draws.next() * count as f64) as usize
    }

    fn chance(&self, share: f64) -> bool {
        self.draws.next() < share
    }

    fn one<T: Copy>(&self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn beats(&self, least: u32, most: u32) -> u32 {
        least + self.below((most - least + 1) as usize) as u32
    }

    fn deadline_ms(&self) -> u64 {
        self.tempo.deadline_ms(self.beats(1, 6))
    }

    fn ask(&self, stream: bool) -> Ask {
        Ask {
            stream,
            tools: self.chance(0.2),
            end_user: Some(self.one(&["u_1", "u_2", "u_3"])),
            tenant: self.one(&[None, Some("acme")]),
            max_tokens: self.one(&[None, None, Some(50)]),
            pause: self.beats(0, 2),
            // Of a stream a replay sees no more than its beginning.
            hangs_up: (!stream && self.chance(0.15)).then(|| self.beats(0, 4)),
        }
    }

    fn model(&self, number: usize) -> ModelSpec {
        ModelSpec {
            name: format!("alpha/m{number}"),
            price: self.one(&[(1.0, 2.0), (0.5, 4.0), (3.0, 3.0), (0.1, 0.2)]),
            tier: self.one(&[None, Some("economy"), Some("standard"), Some("premium")]),
            tools: self.chance(0.8),
            deeds: (0..1 + self.below(3)).map(|_| self.deed()).collect(),
        }
    }

    fn judge(&self) -> ModelSpec {
        let deed = || match self.below(5) {
            0 => self.deed(),
            _ => Deed { after: self.beats(1, 2), what: What::Picks(self.below(3)) },
        };
        let name = "judge/j0".to_owned();
        ModelSpec { name, price: (1.0, 1.0), tier: None, tools: true, deeds: vec![deed(), deed()] }
    }

    fn deed(&self) -> Deed {
        let after = self.beats(1, 5);
        let what = match self.below(20) {
            0..=11 => What::Says(self.answer(after)),
            12..=15 => self.status(),
            16 => What::Reset,
            17 => What::Broken,
            _ => What::Silence,
        };
        Deed { after, what }
    }

    fn answer(&self, after: u32) -> Answer {
        let text = self.one(&TEXTS).to_owned();
        let tool = self.chance(0.12).then_some(("look_up", "{\"b\": 1, \"a\": [2]}"));
        let finish_reason = if tool.is_some() { "tool_calls" } else { self.one(&["stop", "stop", "stop", "stop", "length"]) };
        Answer { text, finish_reason, tool, first: self.beats(0, after), tokens: (self.beats(5, 20).into(), self.beats(1, 9).into()) }
    }

    fn status(&self) -> What {
        let (status, code) = self.one(&[
            (500, None),
            (503, None),
            (429, None),
            (429, None),
            (400, None),
            (400, Some("context_length_exceeded")),
            (400, Some("content_filter")),
            (401, None),
            (404, None),
            (408, None),
        ]);
        let rests = matches!(status, 429 | 503) && self.chance(0.6);
        What::Status { status, code, retry_after_half_beats: rests.then(|| self.one(&[1, 3, 5, 9, 21])) }
    }

    /// A target, and a timeout for those that take one beside it.
    fn target(&self, depth: usize, refs: &[&str]) -> (Value, Option<u64>) {
        let what = match self.below(10) {
            0..=2 if depth > 1 => self.node(depth - 1, refs),
            3 if !refs.is_empty() => json!(self.one(refs)),
            _ => json!(format!("alpha/m{}", self.below(MODELS))),
        };
        (what, self.chance(0.4).then(|| self.deadline_ms()))
    }

    /// In a list that takes plain targets.
    fn plain(&self, depth: usize, refs: &[&str]) -> Value {
        match self.target(depth, refs) {
            (what, None) => what,
            (what, Some(timeout_ms)) => json!({"model": what, "timeout_ms": timeout_ms}),
        }
    }

    /// In a list of objects that hold it under `key`.
    fn held(&self, key: &str, depth: usize, refs: &[&str]) -> Value {
        let (what, timeout_ms) = self.target(depth, refs);
        let mut held = json!({ key: what });
        put(&mut held, "timeout_ms", timeout_ms);
        held
    }

    fn some<T>(&self, least: usize, most: usize, each: impl Fn() -> T) -> Vec<T> {
        (0..least + self.below(most - least + 1)).map(|_| each()).collect()
    }

    fn retry_on(&self) -> Option<Value> {
        self.one(&[None, Some(&["5xx", "timeout", "404"][..]), Some(&["429", "5xx", "connection", "context_length", "auth"][..])])
            .map(|classes| json!(classes))
    }

    fn node(&self, depth: usize, refs: &[&str]) -> Value {
        match self.below(9) {
            0 => {
                let mut node = json!({"strategy": "single", "model": self.plain(depth, refs)});
                put(&mut node, "timeout_ms", self.chance(0.3).then(|| self.deadline_ms()));
                node
            }
            1 => self.fallback(depth, refs),
            2 => self.cost(depth, refs),
            3 => self.latency(depth, refs),
            4 | 5 => self.ensemble(depth, refs),
            6 => self.ab_test(depth, refs),
            7 => self.cascade(depth, refs),
            _ => self.rules(depth, refs),
        }
    }

    fn fallback(&self, depth: usize, refs: &[&str]) -> Value {
        let mut node = json!({"strategy": "fallback", "attempts": self.some(1, 3, || self.plain(depth, refs))});
        put(&mut node, "retry_on", self.retry_on());
        put(&mut node, "total_budget_ms", self.chance(0.3).then(|| self.deadline_ms()));
        put(&mut node, "retries", self.chance(0.3).then_some(1));
        node
    }

    fn cost(&self, depth: usize, refs: &[&str]) -> Value {
        let tier = self.one(&["economy", "economy", "standard"]);
        let mut node =
            json!({"strategy": "cost_optimized", "quality_tier": tier, "allowed_models": self.some(1, 4, || self.plain(depth, refs))});
        put(&mut node, "retry_on", self.retry_on());
        put(&mut node, "affinity", self.chance(0.3).then_some("end_user"));
        node
    }

    fn latency(&self, depth: usize, refs: &[&str]) -> Value {
        let explore = self.one(&[0.0, 0.0, 0.5]);
        let allowed = self.some(2, 3, || self.plain(depth, refs));
        let mut node =
            json!({"strategy": "latency_optimized", "allowed_models": allowed, "min_samples": self.beats(1, 2), "explore": explore});
        put(&mut node, "affinity", self.chance(0.3).then_some("tag:tenant"));
        node
    }

    fn ensemble(&self, depth: usize, refs: &[&str]) -> Value {
        let members: Vec<Value> = self.some(2, 4, || {
            let mut member = self.held("model", depth, refs);
            put(&mut member, "weight", self.chance(0.5).then(|| self.one(&[0.5, 1.0, 2.0, 3.5])));
            member
        });
        let aggregation = self.one(&["first_valid", "majority_vote", "weighted_vote", "weighted_average", "llm_judge"]);
        let quorum = self.chance(0.3).then(|| 1 + self.below(members.len()));
        let mut node = json!({"strategy": "ensemble", "aggregation": aggregation, "members": members, "timeout_ms": self.deadline_ms()});
        put(&mut node, "quorum", quorum);
        put(&mut node, "valid_when", self.chance(0.3).then(|| self.one(&CONDITIONS)));
        let votes = ["text", "json", "json_pointer:/answer", "regex:([0-9]+)", "tool_call"];
        put(&mut node, "vote_on", (aggregation.ends_with("vote") && self.chance(0.5)).then(|| self.one(&votes)));
        put(&mut node, "judge", (aggregation == "llm_judge").then_some("judge/j0"));
        node
    }

    fn ab_test(&self, depth: usize, refs: &[&str]) -> Value {
        let mut number = 0;
        let mut variants = self.some(2, 3, || self.held("config", depth, refs));
        for variant in &mut variants {
            number += 1;
            (variant["label"], variant["weight"]) = (json!(format!("v{number}")), json!(self.beats(1, 80)));
        }
        json!({"strategy": "ab_test", "variants": variants, "sticky_by": "end_user"})
    }

    fn cascade(&self, depth: usize, refs: &[&str]) -> Value {
        let mut attempts = self.some(2, 3, || {
            let mut attempt = self.held("model", depth, refs);
            attempt["accept"] = json!(self.one(&CONDITIONS));
            attempt
        });
        if let Some(last) = attempts.last_mut().and_then(Value::as_object_mut).filter(|_| self.chance(0.7)) {
            last.remove("accept");
        }
        let mut node = json!({"strategy": "cascade", "attempts": attempts});
        put(&mut node, "retry_on", self.retry_on());
        node
    }

    fn rules(&self, depth: usize, refs: &[&str]) -> Value {
        let mut rules = self.some(1, 3, || {
            let then = if self.chance(0.15) { json!({"block": "not here"}) } else { self.plain(depth, refs) };
            json!({"if": self.one(&RULES), "then": then})
        });
        rules.push(json!({"else": self.plain(depth, refs)}));
        json!({"strategy": "custom_rules", "rules": rules})
    }
}

fn put(object: &mut Value, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object[key] = value.into();
    }
}
