//! What a config decided.

use std::sync::Arc;

use routing::rules;
use serde_json::Value;
use store::traffic::{Decided, Decision};

use crate::{
    Caller, Code, Control, Error,
    api::rules::{AttemptCount, Decisions, GetDecisions, RuleCount, VariantCount},
    configs::slug_of,
    setup::blocking,
    time::{self, DAY_MS},
};

const LAST_MS: i64 = 7 * DAY_MS;
const HOUR_MS: i64 = DAY_MS / 24;

impl Control {
    /// How often a config's rules matched, its variants were taken, and its targets answered or failed.
    ///
    /// # Errors
    /// `not_found` for the config or its version; `invalid_request` for a time that is none.
    pub async fn get_decisions(&self, _: &Caller, input: GetDecisions) -> Result<Decisions, Error> {
        let slug = slug_of(&input.config);
        let world = self.setup.world();
        let known = world.known(&slug)?;
        let version = input.version.unwrap_or(known.active);
        if version == 0 || version > known.latest {
            return Err(Error::new(Code::NotFound, format!("Config @{slug} has no version {version}; its newest is {}", known.latest)));
        }
        let last_ms = input.last.as_deref().map_or(Ok(LAST_MS), time::span)?;
        let since_ms = (self.setup.now_ms() - last_ms).div_euclid(HOUR_MS) * HOUR_MS;
        let (traffic, setup) = (self.traffic.clone(), Arc::clone(&self.setup));
        blocking(move || {
            let document = setup.read(|view| Ok(view.version(&slug, version)?))?.document;
            let counted = traffic.decisions(&slug, Some(version), since_ms)?;
            let mut shown = Decisions {
                config: slug,
                version,
                since: time::text(since_ms),
                requests: 0,
                rules: Vec::new(),
                variants: Vec::new(),
                attempts: Vec::new(),
            };
            counted.into_iter().for_each(|decision| shown.add(decision));
            let texts = rule_texts(&crate::world::json(&document)?);
            for rule in &mut shown.rules {
                rule.text = texts.iter().find(|text| (text.0, text.1) == (rule.index, rule.line)).map(|text| text.2.clone());
            }
            Ok(shown)
        })
        .await
    }
}

/// Index, line and text of the rules of a document; none of those that stand deeper in it.
fn rule_texts(document: &Value) -> Vec<(u32, u32, String)> {
    let program = match &document["rules"] {
        Value::String(text) => rules::parse_program(text).value,
        Value::Array(items) => rules::parse_list(items).value,
        _ => None,
    };
    let rules = program.map(|program| program.rules);
    rules.into_iter().flatten().zip(0..).map(|(rule, index)| (index, rule.line, rule.text)).collect()
}

impl Decisions {
    fn add(&mut self, Decision { what, requests, cost_nanos }: Decision) {
        let cost_usd = cost_nanos.map(|nanos| nanos as f64 / 1e9);
        match what {
            Decided::Request => self.requests = requests,
            Decided::Rule { index, line } => self.rules.push(RuleCount { index, line, text: None, requests, cost_usd }),
            Decided::Variant(label) => self.variants.push(VariantCount { label, requests, cost_usd }),
            Decided::Attempt { position, outcome, target } => self.attempts.push(AttemptCount { target, position, outcome, requests }),
        }
    }
}
