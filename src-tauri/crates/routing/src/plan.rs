//! A document compiled for running: names resolved once, nothing left to look up but other configs.

use std::sync::Arc;

use catalog::Tier;
use serde_json::{Map, Value};

use crate::{
    document::{self, Action, Aggregation, ByValue, Document, Node, Reference, Target, VoteOn, What},
    failure::FailureClass,
    memory::Key,
    names::Names,
    rules::{Condition, Matcher},
    strategy::in_steps,
    target::ModelTarget,
};

/// Fields of a request that a target overrides.
pub type Params = Option<Arc<Map<String, Value>>>;

/// Longest time to the commit where a document says nothing: what official SDKs wait, too.
pub const SINGLE_TIMEOUT_MS: u64 = 600_000;
/// The same for attempts of a fallback.
pub const ATTEMPT_TIMEOUT_MS: u64 = 60_000;
/// Longest gap between bytes where a document says nothing.
pub const IDLE_TIMEOUT_MS: u64 = 60_000;

/// Longest time for all members of an ensemble where a document says nothing.
const ENSEMBLE_TIMEOUT_MS: u64 = 5_000;

/// A compiled document.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The config that it is of; `None` for a draft or a direct call.
    pub config: Option<(Arc<str>, u32)>,
    pub(crate) root: PlanNode,
}

#[derive(Debug, Clone)]
pub(crate) enum PlanNode {
    /// The caller named the model.
    Direct(PlanTarget),
    Single(PlanTarget),
    Fallback(FallbackPlan),
    Cost(CostPlan),
    Latency(LatencyPlan),
    Ensemble(Box<EnsemblePlan>),
    AbTest(AbTestPlan),
    Cascade(CascadePlan),
    Rules(Box<RulesPlan>),
}

#[derive(Debug, Clone)]
pub(crate) struct FallbackPlan {
    pub attempts: Box<[PlanTarget]>,
    pub retry_on: Box<[FailureClass]>,
    pub total_budget_ms: Option<u64>,
    pub retries: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct CostPlan {
    pub tier: Tier,
    pub allowed: Box<[PlanTarget]>,
    pub retry_on: Box<[FailureClass]>,
    pub affinity: Option<Affinity>,
}

#[derive(Debug, Clone)]
pub(crate) struct LatencyPlan {
    pub allowed: Box<[PlanTarget]>,
    pub window_ms: u64,
    pub min_samples: u32,
    pub explore: f64,
    pub hysteresis: f64,
    /// What the fastest of late is remembered under: by the whole time, and by the first token.
    pub incumbents: [Key; 2],
    pub affinity: Option<Affinity>,
}

#[derive(Debug, Clone)]
pub(crate) struct EnsemblePlan {
    pub aggregation: Aggregation,
    pub members: Box<[PlanTarget]>,
    /// One for each member.
    pub weights: Box<[f64]>,
    /// The same, to be summed.
    pub steps: Box<[f64]>,
    pub timeout_ms: u64,
    pub quorum: u32,
    pub valid_when: Option<Check>,
    pub vote_on: VoteOn,
    pub judge: Option<PlanTarget>,
}

#[derive(Debug, Clone)]
pub(crate) struct AbTestPlan {
    /// What is hashed together with the sticky value.
    pub salt: Box<str>,
    pub variants: Box<[PlanTarget]>,
    /// One for each variant.
    pub labels: Box<[Arc<str>]>,
    /// Where on [0, 1) each variant's share ends.
    pub ends: Box<[f64]>,
    pub sticky_by: Option<ByValue>,
}

#[derive(Debug, Clone)]
pub(crate) struct CascadePlan {
    pub attempts: Box<[PlanTarget]>,
    /// One for each attempt.
    pub accepts: Box<[Option<Check>]>,
    pub retry_on: Box<[FailureClass]>,
}

#[derive(Debug, Clone)]
pub(crate) struct RulesPlan {
    pub matcher: Arc<Matcher>,
    /// Targets that conditions ask about, by the matcher's numbers.
    pub asked: Box<[PlanTarget]>,
    /// What each rule does, the `else` last.
    pub rules: Box<[RulePlan]>,
    /// Targets that rules use.
    pub uses: Box<[PlanTarget]>,
}

#[derive(Debug, Clone)]
pub(crate) struct RulePlan {
    pub line: u32,
    pub text: Arc<str>,
    pub action: RuleAction,
}

#[derive(Debug, Clone)]
pub(crate) enum RuleAction {
    /// Number among the plan's `uses`.
    Use(usize),
    Block(Arc<str>),
}

/// A condition on an answer, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub matcher: Arc<Matcher>,
    pub asked: Box<[PlanTarget]>,
    pub text: Arc<str>,
}

/// What keeps a conversation where it is.
#[derive(Debug, Clone)]
pub(crate) struct Affinity {
    /// Of the strategy, the same in every version.
    pub place: Box<str>,
    pub by: ByValue,
}

/// A target with its options resolved.
#[derive(Debug, Clone)]
pub(crate) struct PlanTarget {
    pub to: Destination,
    /// As the trace names it.
    pub label: Arc<str>,
    /// What it is remembered by: its label, with a number where others of the strategy have the same.
    pub id: Arc<str>,
    pub timeout_ms: Option<u64>,
    pub idle_timeout_ms: Option<u64>,
    pub params: Params,
}

#[derive(Debug, Clone)]
pub(crate) enum Destination {
    Model(ModelTarget),
    Config { slug: Arc<str>, version: Option<u32> },
    Inline(Box<PlanNode>),
}

impl Plan {
    /// Compiles a document. `config` is its slug and version, where it has them.
    /// A bare model name that nobody knows any more stays a target without a provider, which fails when called.
    pub fn compile(document: &Document, config: Option<(Arc<str>, u32)>, names: &dyn Names) -> Self {
        let slug = config.as_ref().map_or("", |(slug, _)| slug);
        let root = Compiler { names, slug }.node(&document.root, "");
        Self { config, root }
    }

    /// A plan for a caller that named the model itself.
    pub fn direct(target: ModelTarget) -> Self {
        let label = target.label();
        Self {
            config: None,
            root: PlanNode::Direct(PlanTarget {
                to: Destination::Model(target),
                id: Arc::clone(&label),
                label,
                timeout_ms: None,
                idle_timeout_ms: None,
                params: None,
            }),
        }
    }

    /// Does it call models one after the other, whatever the request holds?
    pub fn is_plain(&self) -> bool {
        let plain = matches!(self.root, PlanNode::Direct(_) | PlanNode::Single(_) | PlanNode::Fallback(_));
        plain && self.root.targets().iter().all(|target| matches!(target.to, Destination::Model(_)))
    }

    /// The first model that it names, if it names one itself.
    pub fn first_model(&self) -> Option<&ModelTarget> {
        self.root.targets().iter().find_map(|target| match &target.to {
            Destination::Model(model) => Some(model),
            _ => None,
        })
    }

    /// May answers be held back, to be looked at before the caller gets one? Cheap: a target that is
    /// another config counts as one that may.
    pub fn may_hold(&self) -> bool {
        self.root.may_hold()
    }

    /// Name of the outermost strategy, `direct` for a direct call.
    pub fn strategy(&self) -> &'static str {
        match self.root {
            PlanNode::Direct(_) => "direct",
            PlanNode::Single(_) => "single",
            PlanNode::Fallback(_) => "fallback",
            PlanNode::Cost(_) => "cost_optimized",
            PlanNode::Latency(_) => "latency_optimized",
            PlanNode::Ensemble(_) => "ensemble",
            PlanNode::AbTest(_) => "ab_test",
            PlanNode::Cascade(_) => "cascade",
            PlanNode::Rules(_) => "custom_rules",
        }
    }
}

impl PlanNode {
    fn may_hold(&self) -> bool {
        let holds = |target: &PlanTarget| match &target.to {
            Destination::Model(_) => false,
            Destination::Config { .. } => true,
            Destination::Inline(inner) => inner.may_hold(),
        };
        matches!(self, Self::Ensemble(_) | Self::Cascade(_)) || self.targets().iter().any(holds)
    }

    /// The targets that it may call, in order.
    pub fn targets(&self) -> &[PlanTarget] {
        match self {
            Self::Direct(target) | Self::Single(target) => std::slice::from_ref(target),
            Self::Fallback(plan) => &plan.attempts,
            Self::Cost(plan) => &plan.allowed,
            Self::Latency(plan) => &plan.allowed,
            Self::Ensemble(plan) => &plan.members,
            Self::AbTest(plan) => &plan.variants,
            Self::Cascade(plan) => &plan.attempts,
            Self::Rules(plan) => &plan.uses,
        }
    }
}

/// Compiles the strategies of one document.
struct Compiler<'a> {
    names: &'a dyn Names,
    slug: &'a str,
}

impl Compiler<'_> {
    /// `path` is where the strategy stands in the document, so that what is remembered of it outlives a new version.
    fn node(&self, node: &Node, path: &str) -> PlanNode {
        match node {
            Node::Single(single) => {
                let mut target = self.target(&single.model, &format!("{path}/model"));
                // Both bound the same wait; the strategy's own one is the outer one.
                target.timeout_ms = match (single.timeout_ms, target.timeout_ms) {
                    (Some(outer), Some(inner)) => Some(outer.min(inner)),
                    (outer, inner) => outer.or(inner),
                };
                PlanNode::Single(target)
            }
            Node::Fallback(node) => PlanNode::Fallback(FallbackPlan {
                attempts: self.targets(node.attempts.iter(), path, "attempts"),
                retry_on: classes(node.retry_on.as_deref()),
                total_budget_ms: node.total_budget_ms,
                retries: node.retries.unwrap_or(0),
            }),
            Node::Cost(node) => PlanNode::Cost(CostPlan {
                tier: node.quality_tier,
                allowed: self.targets(node.allowed.iter(), path, "allowed_models"),
                retry_on: classes(node.retry_on.as_deref()),
                affinity: self.affinity(node.affinity.as_ref(), path),
            }),
            Node::Latency(node) => PlanNode::Latency(LatencyPlan {
                allowed: self.targets(node.allowed.iter(), path, "allowed_models"),
                window_ms: node.window_s.unwrap_or(300).saturating_mul(1_000),
                min_samples: node.min_samples.unwrap_or(5),
                explore: node.explore.unwrap_or(0.02),
                hysteresis: node.hysteresis.unwrap_or(0.1),
                incumbents: ["the fastest", "the fastest to begin"].map(|measure| Key::of(&self.place(path), measure)),
                affinity: self.affinity(node.affinity.as_ref(), path),
            }),
            Node::Ensemble(node) => PlanNode::Ensemble(Box::new(self.ensemble(node, path))),
            Node::AbTest(node) => PlanNode::AbTest(self.ab_test(node, path)),
            Node::Cascade(node) => PlanNode::Cascade(CascadePlan {
                attempts: self.targets(node.attempts.iter().map(|step| &step.target), path, "attempts"),
                accepts: node.attempts.iter().map(|step| step.accept.as_ref().map(|condition| self.check(condition))).collect(),
                retry_on: classes(node.retry_on.as_deref()),
            }),
            Node::Rules(node) => PlanNode::Rules(Box::new(self.rules(node, path))),
        }
    }

    fn ensemble(&self, node: &document::Ensemble, path: &str) -> EnsemblePlan {
        let weights: Box<[f64]> = node.members.iter().map(|member| member.weight.unwrap_or(1.0)).collect();
        EnsemblePlan {
            aggregation: node.aggregation,
            members: self.targets(node.members.iter().map(|member| &member.target), path, "members"),
            steps: in_steps(&weights),
            weights,
            timeout_ms: node.timeout_ms.unwrap_or(ENSEMBLE_TIMEOUT_MS),
            quorum: node.quorum.unwrap_or(1),
            valid_when: node.valid_when.as_ref().map(|condition| self.check(condition)),
            vote_on: node.vote_on.clone().unwrap_or(VoteOn::Text),
            judge: node.judge.as_ref().map(|judge| self.target(judge, &format!("{path}/judge"))),
        }
    }

    fn ab_test(&self, node: &document::AbTest, path: &str) -> AbTestPlan {
        let all: f64 = node.variants.iter().map(|variant| variant.weight).sum();
        let mut upto = 0.0;
        let ends = node.variants.iter().map(|variant| {
            upto += variant.weight;
            upto / all
        });
        let variants = self.targets(node.variants.iter().map(|variant| &variant.target), path, "variants");
        AbTestPlan {
            // At the root it is the slug alone, so that others can reckon who is where. Further in the place
            // is added: else the variants of one test would not be mixed within those of another.
            salt: if path.is_empty() { self.slug.into() } else { self.place(path).into() },
            ends: ends.collect(),
            labels: labels(&node.variants, &variants),
            variants,
            sticky_by: node.sticky_by.clone(),
        }
    }

    fn rules(&self, node: &document::CustomRules, path: &str) -> RulesPlan {
        let conditions: Vec<Condition> = node.rules.iter().filter_map(|rule| rule.condition.clone()).collect();
        let matcher = Arc::new(Matcher::compile(&conditions));
        let mut uses = Vec::new();
        let rules = node.rules.iter().enumerate().map(|(index, rule)| RulePlan {
            line: rule.line,
            text: rule.text.as_str().into(),
            action: match &rule.action {
                Action::Block(message) => RuleAction::Block(message.as_str().into()),
                Action::Use(target) => {
                    uses.push(self.target(target, &format!("{path}/rules/{index}")));
                    RuleAction::Use(uses.len() - 1)
                }
            },
        });
        let rules = rules.collect();
        RulesPlan { asked: self.asked(&matcher), matcher, rules, uses: uses.into() }
    }

    fn check(&self, condition: &Condition) -> Check {
        let matcher = Arc::new(Matcher::compile(std::slice::from_ref(condition)));
        Check { asked: self.asked(&matcher), matcher, text: condition.text().into() }
    }

    fn asked(&self, matcher: &Matcher) -> Box<[PlanTarget]> {
        let name = |name: &String| match Reference::parse(name) {
            Some(reference) => What::Config(reference),
            None => What::Model(name.clone()),
        };
        let target = |what| Target { what, options: document::Options::default() };
        matcher.targets().iter().map(|asked| self.target(&target(name(asked)), "")).collect()
    }

    fn affinity(&self, by: Option<&ByValue>, path: &str) -> Option<Affinity> {
        by.map(|by| Affinity { place: self.place(path).into(), by: by.clone() })
    }

    fn place(&self, path: &str) -> String {
        format!("{}#{path}", self.slug)
    }

    fn targets<'t>(&self, targets: impl Iterator<Item = &'t Target>, path: &str, list: &str) -> Box<[PlanTarget]> {
        let mut all: Vec<PlanTarget> =
            targets.enumerate().map(|(index, target)| self.target(target, &format!("{path}/{list}/{index}"))).collect();
        for at in 1..all.len() {
            let same = all[..at].iter().filter(|earlier| earlier.label == all[at].label).count();
            if same > 0 {
                all[at].id = format!("{} #{}", all[at].label, same + 1).into();
            }
        }
        all.into()
    }

    fn target(&self, target: &Target, path: &str) -> PlanTarget {
        let document::Options { timeout_ms, idle_timeout_ms, params, credential } = &target.options;
        let (to, label): (_, Arc<str>) = match &target.what {
            What::Model(name) => {
                let model = model(name, credential.as_deref(), self.names);
                let label = model.label();
                (Destination::Model(model), label)
            }
            What::Config(reference) => {
                (Destination::Config { slug: reference.slug.as_str().into(), version: reference.version }, reference.to_string().into())
            }
            What::Inline(inner) => (Destination::Inline(Box::new(self.node(inner, path))), inner.strategy().into()),
        };
        let id = Arc::clone(&label);
        PlanTarget { to, label, id, timeout_ms: *timeout_ms, idle_timeout_ms: *idle_timeout_ms, params: params.clone().map(Arc::new) }
    }
}

/// What each variant is called, no two the same: where nobody labelled it by its target, and where that is taken by its number.
fn labels(variants: &[document::Variant], targets: &[PlanTarget]) -> Box<[Arc<str>]> {
    let given = |index: usize| variants[index].label.as_deref();
    let names: Vec<&str> = targets.iter().enumerate().map(|(index, target)| given(index).unwrap_or(&target.label)).collect();
    let label = |index: usize| match given(index) {
        None if names.iter().filter(|name| **name == names[index]).count() > 1 => format!("variant {}", index + 1).into(),
        _ => names[index].into(),
    };
    (0..names.len()).map(label).collect()
}

fn classes(retry_on: Option<&[FailureClass]>) -> Box<[FailureClass]> {
    retry_on.unwrap_or(&FailureClass::DEFAULT).into()
}

fn model(name: &str, credential: Option<&str>, names: &dyn Names) -> ModelTarget {
    if let Some((provider, model)) = name.split_once('/')
        && names.model(provider, model).is_some()
    {
        return ModelTarget::new(provider, model, credential);
    }
    match (names.resolve_bare(name), name.split_once('/')) {
        (Some((provider, model)), _) => ModelTarget::new(&provider, &model, credential),
        (None, Some((provider, model))) => ModelTarget::new(provider, model, credential),
        (None, None) => ModelTarget::new("unknown", name, credential),
    }
}
