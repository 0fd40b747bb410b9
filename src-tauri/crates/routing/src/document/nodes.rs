//! What a document says, strategy by strategy.

use catalog::Tier;
use serde_json::{Map, Value};

use super::Reference;
use crate::{failure::FailureClass, rules::Condition};

/// One strategy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Single(Single),
    Fallback(Fallback),
    Cost(CostOptimized),
    Latency(LatencyOptimized),
    Ensemble(Ensemble),
    AbTest(AbTest),
    Cascade(Cascade),
    Rules(CustomRules),
}

/// One target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Single {
    pub model: Target,
    pub timeout_ms: Option<u64>,
}

/// Targets in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fallback {
    pub attempts: Vec<Target>,
    pub retry_on: Option<Vec<FailureClass>>,
    pub total_budget_ms: Option<u64>,
    pub retries: Option<u32>,
}

/// The cheapest that is good enough.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CostOptimized {
    pub quality_tier: Tier,
    pub allowed: Vec<Target>,
    pub retry_on: Option<Vec<FailureClass>>,
    pub affinity: Option<ByValue>,
}

/// The fastest lately.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LatencyOptimized {
    pub allowed: Vec<Target>,
    pub window_s: Option<u64>,
    pub min_samples: Option<u32>,
    pub explore: Option<f64>,
    pub hysteresis: Option<f64>,
    pub affinity: Option<ByValue>,
}

/// All at once, and one answer of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ensemble {
    pub aggregation: Aggregation,
    pub members: Vec<Member>,
    pub timeout_ms: Option<u64>,
    pub quorum: Option<u32>,
    pub valid_when: Option<Condition>,
    pub vote_on: Option<VoteOn>,
    pub judge: Option<Target>,
}

/// A member of an ensemble.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub target: Target,
    pub weight: Option<f64>,
}

/// How an ensemble comes to one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregation {
    FirstValid,
    MajorityVote,
    WeightedVote,
    WeightedAverage,
    LlmJudge,
}

/// What of an answer is compared in a vote.
#[derive(Debug, Clone)]
pub(crate) enum VoteOn {
    Text,
    Json,
    JsonPointer(String),
    Regex(regex::Regex),
    ToolCall,
}

/// A share of traffic each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AbTest {
    pub variants: Vec<Variant>,
    pub sticky_by: Option<ByValue>,
}

/// A variant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    pub label: Option<String>,
    pub weight: f64,
    pub target: Target,
}

/// Cheap first, dear last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cascade {
    pub attempts: Vec<CascadeStep>,
    pub retry_on: Option<Vec<FailureClass>>,
}

/// An attempt, and what its answer must fulfil.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CascadeStep {
    pub target: Target,
    pub accept: Option<Condition>,
}

/// Rules, first match wins. The last one has no condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CustomRules {
    /// The program as it is stored; `None` where the rules are a list.
    pub program: Option<String>,
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub condition: Option<Condition>,
    pub action: Action,
    /// Above it, beside it, and, for the last one, below it. Of a list: a program has its own.
    pub comments: [Option<String>; 3],
    /// Line in the program.
    pub line: u32,
    /// As written, on one line.
    pub text: String,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Use(Target),
    Block(String),
}

/// A value of the request that keeps something where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ByValue {
    Conversation,
    EndUser,
    App,
    Tag(String),
}

/// What a document names as a target, with its options.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub what: What,
    pub options: Options,
}

/// What is called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// `provider/model`, or a bare model name.
    Model(String),
    /// `@slug` or `@slug:N`.
    Config(Reference),
    /// A strategy written in place.
    Inline(Box<Node>),
}

/// Options of the object form.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Options {
    pub timeout_ms: Option<u64>,
    pub idle_timeout_ms: Option<u64>,
    pub params: Option<Map<String, Value>>,
    pub credential: Option<String>,
}

impl Node {
    pub(crate) fn strategy(&self) -> &'static str {
        match self {
            Self::Single(_) => "single",
            Self::Fallback(_) => "fallback",
            Self::Cost(_) => "cost_optimized",
            Self::Latency(_) => "latency_optimized",
            Self::Ensemble(_) => "ensemble",
            Self::AbTest(_) => "ab_test",
            Self::Cascade(_) => "cascade",
            Self::Rules(_) => "custom_rules",
        }
    }

    /// The targets that it may call, judges too.
    pub(crate) fn targets(&self) -> Vec<&Target> {
        match self {
            Self::Single(node) => vec![&node.model],
            Self::Fallback(node) => node.attempts.iter().collect(),
            Self::Cost(node) => node.allowed.iter().collect(),
            Self::Latency(node) => node.allowed.iter().collect(),
            Self::Ensemble(node) => node.members.iter().map(|member| &member.target).chain(&node.judge).collect(),
            Self::AbTest(node) => node.variants.iter().map(|variant| &variant.target).collect(),
            Self::Cascade(node) => node.attempts.iter().map(|step| &step.target).collect(),
            Self::Rules(node) => node
                .rules
                .iter()
                .filter_map(|rule| match &rule.action {
                    Action::Use(target) => Some(target),
                    Action::Block(_) => None,
                })
                .collect(),
        }
    }
}

impl Node {
    /// The conditions that stand in it.
    pub(crate) fn conditions(&self) -> Vec<&Condition> {
        match self {
            Self::Ensemble(node) => node.valid_when.iter().collect(),
            Self::Cascade(node) => node.attempts.iter().filter_map(|step| step.accept.as_ref()).collect(),
            Self::Rules(node) => node.rules.iter().filter_map(|rule| rule.condition.as_ref()).collect(),
            _ => Vec::new(),
        }
    }
}

impl Aggregation {
    /// The names that documents use.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("first_valid", Self::FirstValid),
        ("majority_vote", Self::MajorityVote),
        ("weighted_vote", Self::WeightedVote),
        ("weighted_average", Self::WeightedAverage),
        ("llm_judge", Self::LlmJudge),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, this)| *this == self).map_or("", |(name, _)| name)
    }

    /// Does it compare answers by `vote_on`?
    pub fn votes(self) -> bool {
        matches!(self, Self::MajorityVote | Self::WeightedVote | Self::WeightedAverage)
    }
}

impl PartialEq for VoteOn {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl std::fmt::Display for VoteOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Json => f.write_str("json"),
            Self::JsonPointer(pointer) => write!(f, "json_pointer:{pointer}"),
            Self::Regex(regex) => write!(f, "regex:{regex}"),
            Self::ToolCall => f.write_str("tool_call"),
        }
    }
}

impl std::fmt::Display for ByValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Conversation => f.write_str("conversation"),
            Self::EndUser => f.write_str("end_user"),
            Self::App => f.write_str("app"),
            Self::Tag(key) => write!(f, "tag:{key}"),
        }
    }
}
