//! What can be said of a target before it is called: is it well, what would it cost, can it take the request?
//!
//! A config or strategy among targets is looked through to the models behind it, as far as
//! [`MAX_LOOKS`] and [`MAX_DEPTH`] allow.

use catalog::Tier;

use crate::{
    document::MAX_DEPTH,
    engine::Scope,
    health::Admission,
    latency::{Look, Seen},
    plan::{AbTestPlan, Destination, PlanNode, PlanTarget, RuleAction},
    reason::Reason,
    strategy::conditions::Asked,
    target::ModelTarget,
    world::{Observed, World},
};

/// Targets looked at to tell about a nested strategy.
const MAX_LOOKS: u32 = 256;

/// What a request needs of a model.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    /// At least this good.
    pub tier: Option<Tier>,
    /// Its price must be known.
    pub price: bool,
}

impl<W: World> Scope<'_, W> {
    /// The best that can be said of its health.
    pub fn readiness(self, target: &PlanTarget) -> Admission {
        match &target.to {
            Destination::Model(model) => self.world.peek(model),
            _ => {
                let mut looks = MAX_LOOKS;
                self.readiness_within(target, self.depth, &mut looks)
            }
        }
    }

    /// What the request is expected to cost there, in nano-dollars; `None` where a price is missing.
    pub fn cost_nanos(self, target: &PlanTarget) -> Option<u64> {
        match &target.to {
            Destination::Model(model) => self.observe(model).cost_nanos,
            _ => {
                let mut looks = MAX_LOOKS;
                self.cost_within(target, self.depth, &mut looks).map(|nanos| nanos as u64)
            }
        }
    }

    /// How long its calls took lately; of a strategy: those of the model that it would call first.
    pub fn seen(self, target: &PlanTarget, look: Look) -> Seen {
        match &target.to {
            Destination::Model(model) => self.world.latency(model, look),
            _ => {
                let mut looks = MAX_LOOKS;
                self.first_model(target, self.depth, &mut looks, &|model| self.world.latency(model, look)).unwrap_or_default()
            }
        }
    }

    /// Can it take this request? A strategy can where any of its models can.
    pub fn fits(self, target: &PlanTarget, needs: Needs) -> Result<(), Reason> {
        match &target.to {
            Destination::Model(model) => self.unfit(&self.observe(model), needs).map_or(Ok(()), Err),
            _ => {
                let mut looks = MAX_LOOKS;
                self.fits_within(target, needs, self.depth, &mut looks)
            }
        }
    }

    fn observe(self, model: &ModelTarget) -> Observed {
        self.world.observe(model, self.config.map(|(slug, _)| &**slug))
    }

    fn unfit(self, observed: &Observed, needs: Needs) -> Option<Reason> {
        let facts = self.facts;
        if let Some(asked) = needs.tier.filter(|asked| *asked > Tier::Economy) {
            match observed.tier {
                None => return Some(Reason::text("its quality tier is not known; set it in Providers")),
                Some(tier) if tier < asked => {
                    return Some(Reason::text(format!("its tier is {}, and {} is asked for", name_of(tier), name_of(asked))));
                }
                Some(_) => {}
            }
        }
        let wanted = facts.input_tokens.saturating_add(facts.max_tokens.unwrap_or(0));
        if let Some(context) = observed.context.filter(|context| wanted > *context) {
            return Some(Reason::text(format!("the request needs {wanted} tokens, and {context} fit into it")));
        }
        let missing = [
            (facts.has_tools && !observed.can.tools, "it cannot call tools"),
            (facts.has_images && !observed.can.vision, "it cannot read images"),
            (facts.wants_schema && !observed.can.json_schema, "it cannot answer by a JSON schema"),
            (facts.stream && !observed.can.streaming, "it cannot stream"),
            (needs.price && observed.cost_nanos.is_none(), "it has no known price"),
        ];
        missing.into_iter().find_map(|(lacks, why)| lacks.then(|| Reason::text(why)))
    }

    fn fits_within(self, target: &PlanTarget, needs: Needs, depth: usize, looks: &mut u32) -> Result<(), Reason> {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => scope.unfit(&scope.observe(model), needs).map_or(Ok(()), Err),
            Inner::Node(node) => {
                let mut why = None;
                for target in node.targets() {
                    match scope.fits_within(target, needs, depth + 1, looks) {
                        Ok(()) => return Ok(()),
                        Err(reason) => why = why.or(Some(reason)),
                    }
                }
                why.map_or(Ok(()), |why| Err(Reason::text(format!("none of what it may call can take the request: {why}"))))
            }
        })
        .unwrap_or(Ok(()))
    }

    fn readiness_within(self, target: &PlanTarget, depth: usize, looks: &mut u32) -> Admission {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => scope.world.peek(model),
            Inner::Node(node) => {
                let mut best = None;
                for target in node.targets() {
                    let admission = scope.readiness_within(target, depth + 1, looks);
                    if admission == Admission::Ready {
                        return admission;
                    }
                    best = Some(best.map_or(admission, |best| if rank(&admission) < rank(&best) { admission } else { best }));
                }
                best.unwrap_or(Admission::Ready)
            }
        })
        // One that is missing is not unhealthy: it is called, and says what is wrong.
        .unwrap_or(Admission::Ready)
    }

    fn cost_within(self, target: &PlanTarget, depth: usize, looks: &mut u32) -> Option<f64> {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => scope.observe(model).cost_nanos.map(|nanos| nanos as f64),
            Inner::Node(node) => scope.cost_of(node, depth, looks),
        })
        .flatten()
    }

    fn cost_of(self, node: &PlanNode, depth: usize, looks: &mut u32) -> Option<f64> {
        match node {
            PlanNode::Ensemble(plan) => {
                plan.members.iter().chain(&plan.judge).try_fold(0.0, |sum, target| Some(sum + self.cost_within(target, depth + 1, looks)?))
            }
            PlanNode::AbTest(plan) => {
                shares(plan).try_fold(0.0, |mean, (share, variant)| Some(mean + share * self.cost_within(variant, depth + 1, looks)?))
            }
            PlanNode::Cost(plan) => {
                plan.allowed.iter().filter_map(|target| self.cost_within(target, depth + 1, looks)).min_by(f64::total_cmp)
            }
            _ => self.cost_within(self.first_of(node)?, depth + 1, looks),
        }
    }

    /// The target that a strategy would call first, as far as that can be told.
    fn first_of<'n>(self, node: &'n PlanNode) -> Option<&'n PlanTarget> {
        if let PlanNode::Rules(plan) = node {
            let hit = plan.matcher.first(&Asked { scope: self, targets: &plan.asked, response: None });
            return match plan.rules.get(hit.unwrap_or(plan.rules.len().saturating_sub(1)))?.action {
                RuleAction::Use(index) => plan.uses.get(index),
                RuleAction::Block(_) => None,
            };
        }
        let ready = |target: &&PlanTarget| !matches!(&target.to, Destination::Model(model) if self.world.peek(model) != Admission::Ready);
        node.targets().iter().find(ready).or(node.targets().first())
    }

    fn first_model<T>(self, target: &PlanTarget, depth: usize, looks: &mut u32, then: &dyn Fn(&ModelTarget) -> T) -> Option<T> {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => Some(then(model)),
            Inner::Node(node) => scope.first_model(scope.first_of(node)?, depth + 1, looks, then),
        })
        .flatten()
    }

    /// Looks at what stands behind a target; `None` where that is too far, or not there.
    fn inside<T>(
        self,
        target: &PlanTarget,
        depth: usize,
        looks: &mut u32,
        then: &mut dyn FnMut(Scope<'_, W>, Inner<'_>, &mut u32) -> T,
    ) -> Option<T> {
        if *looks == 0 || depth > MAX_DEPTH {
            return None;
        }
        *looks -= 1;
        match &target.to {
            Destination::Model(model) => Some(then(self, Inner::Model(model), looks)),
            Destination::Inline(node) => Some(then(self, Inner::Node(node), looks)),
            Destination::Config { slug, version } => {
                let plan = self.world.config(slug, *version)?;
                Some(then(self.of(&plan), Inner::Node(&plan.root), looks))
            }
        }
    }
}

enum Inner<'a> {
    Model(&'a ModelTarget),
    Node(&'a PlanNode),
}

/// Each variant with its share of the traffic.
fn shares(plan: &AbTestPlan) -> impl Iterator<Item = (f64, &PlanTarget)> {
    let starts = std::iter::once(0.0).chain(plan.ends.iter().copied());
    plan.ends.iter().zip(starts).map(|(end, start)| end - start).zip(&plan.variants)
}

fn rank(admission: &Admission) -> (u8, u64) {
    match admission {
        Admission::Ready => (0, 0),
        Admission::Open { until_ms } => (1, *until_ms),
        Admission::CoolingDown { until_ms } => (2, *until_ms),
    }
}

fn name_of(tier: Tier) -> &'static str {
    match tier {
        Tier::Economy => "economy",
        Tier::Standard => "standard",
        Tier::Premium => "premium",
        Tier::Frontier => "frontier",
    }
}
