//! A context that a test fills in, and short words for checking.

use std::collections::HashMap;

use routing::{
    diagnostic::Severity,
    facts::Facts,
    response::Response,
    rules::{Budget, Condition, ConditionScope, Context, Finding, LocalTime, Matcher, Program, parse_condition, parse_program},
};

/// Facts, budgets and figures by name.
#[derive(Default)]
pub struct World<'a> {
    pub facts: Facts<'a>,
    pub tightest: Budget,
    pub budgets: HashMap<String, Budget>,
    /// By name of the target.
    pub costs: HashMap<String, f64>,
    pub latencies: HashMap<(String, u8), f64>,
    pub down: Vec<String>,
    pub time: LocalTime,
    pub response: Option<Response<'a>>,
}

/// A world as one matcher asks it.
pub struct Asked<'a> {
    pub world: &'a World<'a>,
    pub targets: &'a [String],
}

impl Context for Asked<'_> {
    fn request(&self) -> &Facts<'_> {
        &self.world.facts
    }
    fn budget(&self, name: Option<&str>) -> Budget {
        name.map_or(self.world.tightest, |name| self.world.budgets.get(name).copied().unwrap_or_default())
    }
    fn cost_usd(&self, target: usize) -> Option<f64> {
        self.world.costs.get(&self.targets[target]).copied()
    }
    fn latency_ms(&self, target: usize, percentile: u8) -> Option<f64> {
        self.world.latencies.get(&(self.targets[target].clone(), percentile)).copied()
    }
    fn healthy(&self, target: usize) -> bool {
        !self.world.down.contains(&self.targets[target])
    }
    fn time(&self) -> LocalTime {
        self.world.time
    }
    fn response(&self) -> Option<&Response<'_>> {
        self.world.response.as_ref()
    }
}

/// `line:column+length severity message` of each.
pub fn shown(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| {
            if let Some(suggestion) = &f.suggestion {
                assert!(f.message.ends_with(&format!(": did you mean {suggestion}?")), "{}", f.message);
            }
            let severity = if f.severity == Severity::Warning { "warning: " } else { "" };
            format!("{}:{}+{} {severity}{}", f.line, f.column, f.length, f.message)
        })
        .collect()
}

pub fn program(text: &str) -> Program {
    let parsed = parse_program(text);
    parsed.value.unwrap_or_else(|| panic!("{text}\n{:#?}", shown(&parsed.findings)))
}

pub fn condition(text: &str) -> Condition {
    let parsed = parse_condition(text, ConditionScope::Response);
    parsed.value.unwrap_or_else(|| panic!("{text}\n{:#?}", shown(&parsed.findings)))
}

/// Does the condition hold there?
pub fn holds(text: &str, world: &World<'_>) -> bool {
    let matcher = Matcher::compile(&[condition(text)]);
    let targets = matcher.targets().to_vec();
    matcher.first(&Asked { world, targets: &targets }).is_some()
}
