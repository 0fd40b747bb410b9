//! A document compiled for running: names resolved once, nothing left to look up but other configs.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    document::{self, Document, Node, Target, What},
    failure::FailureClass,
    names::Names,
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

/// A compiled document.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The config that it is of; `None` for a draft or a direct call.
    pub config: Option<(Arc<str>, u32)>,
    pub(crate) root: PlanNode,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PlanNode {
    /// The caller named the model.
    Direct(PlanTarget),
    Single(PlanTarget),
    Fallback(FallbackPlan),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FallbackPlan {
    pub attempts: Box<[PlanTarget]>,
    pub retry_on: Box<[FailureClass]>,
    pub total_budget_ms: Option<u64>,
    pub retries: u32,
}

/// A target with its options resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlanTarget {
    pub to: Destination,
    /// As the trace names it.
    pub label: Arc<str>,
    pub timeout_ms: Option<u64>,
    pub idle_timeout_ms: Option<u64>,
    pub params: Params,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Destination {
    Model(ModelTarget),
    Config { slug: Arc<str>, version: Option<u32> },
    Inline(Box<PlanNode>),
}

impl Plan {
    /// Compiles a document. `config` is its slug and version, where it has them.
    /// A bare model name that nobody knows any more stays a target without a provider, which fails when called.
    pub fn compile(document: &Document, config: Option<(Arc<str>, u32)>, names: &dyn Names) -> Self {
        Self { config, root: node(&document.root, names) }
    }

    /// A plan for a caller that named the model itself.
    pub fn direct(target: ModelTarget) -> Self {
        let label = target.name().into();
        Self {
            config: None,
            root: PlanNode::Direct(PlanTarget {
                to: Destination::Model(target),
                label,
                timeout_ms: None,
                idle_timeout_ms: None,
                params: None,
            }),
        }
    }

    /// Name of the outermost strategy, `direct` for a direct call.
    pub fn strategy(&self) -> &'static str {
        match self.root {
            PlanNode::Direct(_) => "direct",
            PlanNode::Single(_) => "single",
            PlanNode::Fallback(_) => "fallback",
        }
    }
}

impl PlanNode {
    /// The targets that it may call, in order.
    pub fn targets(&self) -> &[PlanTarget] {
        match self {
            Self::Direct(target) | Self::Single(target) => std::slice::from_ref(target),
            Self::Fallback(fallback) => &fallback.attempts,
        }
    }
}

fn node(node: &Node, names: &dyn Names) -> PlanNode {
    match node {
        Node::Single(single) => {
            let mut target = target(&single.model, names);
            // Both bound the same wait; the strategy's own one is the outer one.
            target.timeout_ms = match (single.timeout_ms, target.timeout_ms) {
                (Some(outer), Some(inner)) => Some(outer.min(inner)),
                (outer, inner) => outer.or(inner),
            };
            PlanNode::Single(target)
        }
        Node::Fallback(fallback) => PlanNode::Fallback(FallbackPlan {
            attempts: fallback.attempts.iter().map(|attempt| target(attempt, names)).collect(),
            retry_on: fallback.retry_on.as_deref().unwrap_or(&FailureClass::DEFAULT).into(),
            total_budget_ms: fallback.total_budget_ms,
            retries: fallback.retries.unwrap_or(0),
        }),
    }
}

fn target(target: &Target, names: &dyn Names) -> PlanTarget {
    let document::Options { timeout_ms, idle_timeout_ms, params, credential } = &target.options;
    let (to, label) = match &target.what {
        What::Model(name) => {
            let model = model(name, credential.as_deref(), names);
            let label = Arc::from(model.name());
            (Destination::Model(model), label)
        }
        What::Config(reference) => {
            (Destination::Config { slug: reference.slug.as_str().into(), version: reference.version }, reference.to_string().into())
        }
        What::Inline(inner) => (Destination::Inline(Box::new(node(inner, names))), inner.strategy().into()),
    };
    PlanTarget { to, label, timeout_ms: *timeout_ms, idle_timeout_ms: *idle_timeout_ms, params: params.clone().map(Arc::new) }
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
