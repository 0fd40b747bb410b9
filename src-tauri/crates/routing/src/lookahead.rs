//! What can be said of a target before it is called: is it well, what would it cost, can it take the request?
//!
//! A config or strategy among targets is looked through to the models behind it, as far as
//! [`MAX_LOOKS`] and [`MAX_DEPTH`] allow.

use std::cell::Cell;

use catalog::Tier;

use crate::{
    document::MAX_DEPTH,
    engine::Scope,
    health::Admission,
    latency::{Look, Seen},
    plan::{Destination, PlanNode, PlanTarget, RuleAction},
    reason::Reason,
    strategy::{ab_test, conditions::Asked},
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
                let looks = Cell::new(MAX_LOOKS);
                self.readiness_within(target, self.depth, &looks)
            }
        }
    }

    /// What the request is expected to cost there, in nano-dollars; `None` where a price is missing.
    pub fn cost_nanos(self, target: &PlanTarget) -> Option<u64> {
        match &target.to {
            Destination::Model(model) => self.observe(model).cost_nanos,
            _ => {
                let looks = Cell::new(MAX_LOOKS);
                self.cost_within(target, self.depth, &looks).map(|nanos| nanos as u64)
            }
        }
    }

    /// The same from further inside, with so many looks left.
    pub fn seen_within(self, target: &PlanTarget, look: Look, looks: &Cell<u32>) -> Seen {
        self.first_model(target, self.depth, looks, &|model| self.world.latency(model, look)).unwrap_or_default()
    }

    /// How long its calls took lately; of a strategy: those of the model that it would call first.
    pub fn seen(self, target: &PlanTarget, look: Look) -> Seen {
        match &target.to {
            Destination::Model(model) => self.world.latency(model, look),
            _ => self.seen_within(target, look, &Cell::new(MAX_LOOKS)),
        }
    }

    /// What it is expected to cost there, and whether it can take it: both at one look.
    pub fn weigh(self, target: &PlanTarget, needs: Needs) -> (Option<u64>, Result<(), Reason>) {
        match &target.to {
            Destination::Model(model) => {
                let observed = self.observe(model);
                (observed.cost_nanos, self.unfit(&observed, needs).map_or(Ok(()), Err))
            }
            _ => (self.cost_nanos(target), self.fits(target, needs)),
        }
    }

    /// Can it take this request? A strategy can where any of its models can.
    pub fn fits(self, target: &PlanTarget, needs: Needs) -> Result<(), Reason> {
        match &target.to {
            Destination::Config { slug, version } if self.world.config(slug, *version).is_none() => Err(gone(&target.label)),
            Destination::Model(model) => self.unfit(&self.observe(model), needs).map_or(Ok(()), Err),
            _ => {
                let looks = Cell::new(MAX_LOOKS);
                self.fits_within(target, needs, self.depth, &looks)
            }
        }
    }

    /// Can anything of what the target may call go on with the answer that the request goes on from?
    pub fn admits(self, target: &PlanTarget) -> bool {
        self.world.keeper().is_none() || self.admits_within(target, self.depth, &Cell::new(MAX_LOOKS))
    }

    fn admits_within(self, target: &PlanTarget, depth: usize, looks: &Cell<u32>) -> bool {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => scope.bars(model).is_none(),
            Inner::Node(node) => {
                let ahead = scope.ahead(node, depth, looks);
                ahead.is_empty() || ahead.iter().any(|target| scope.admits_within(target, depth + 1, looks))
            }
        })
        // What is too far to see, or gone, is tried, and says what is wrong.
        .unwrap_or(true)
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
        if self.ask.is_some() {
            // What goes out is a plain question of our own, not the request.
            return (needs.price && observed.cost_nanos.is_none()).then(|| Reason::text("it has no known price"));
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

    fn fits_within(self, target: &PlanTarget, needs: Needs, depth: usize, looks: &Cell<u32>) -> Result<(), Reason> {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => scope.unfit(&scope.observe(model), needs).map_or(Ok(()), Err),
            Inner::Node(node) => {
                let mut why = None;
                for target in scope.ahead(node, depth, looks) {
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

    pub(crate) fn readiness_within(self, target: &PlanTarget, depth: usize, looks: &Cell<u32>) -> Admission {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => scope.world.peek(model),
            Inner::Node(node) => {
                let mut best = None;
                for target in scope.ahead(node, depth, looks) {
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

    pub(crate) fn cost_within(self, target: &PlanTarget, depth: usize, looks: &Cell<u32>) -> Option<f64> {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => scope.observe(model).cost_nanos.map(|nanos| nanos as f64),
            Inner::Node(node) => scope.cost_of(node, depth, looks),
        })
        .flatten()
    }

    fn cost_of(self, node: &PlanNode, depth: usize, looks: &Cell<u32>) -> Option<f64> {
        match node {
            PlanNode::Ensemble(plan) => {
                plan.members.iter().chain(&plan.judge).try_fold(0.0, |sum, target| Some(sum + self.cost_within(target, depth + 1, looks)?))
            }
            PlanNode::Cost(plan) => {
                let needs = Needs { tier: Some(plan.tier), price: true };
                let able = plan.allowed.iter().filter(|target| self.fits_within(target, needs, depth + 1, looks).is_ok());
                able.filter_map(|target| self.cost_within(target, depth + 1, looks)).min_by(f64::total_cmp)
            }
            _ => self.cost_within(self.first_of(node, depth, looks)?, depth + 1, looks),
        }
    }

    /// The target that a strategy would call first, as far as that can be told.
    fn first_of<'n>(self, node: &'n PlanNode, depth: usize, looks: &Cell<u32>) -> Option<&'n PlanTarget> {
        let ahead = self.ahead(node, depth, looks);
        let ready = |target: &&PlanTarget| !matches!(&target.to, Destination::Model(model) if self.world.peek(model) != Admission::Ready);
        ahead.iter().find(ready).or(ahead.first())
    }

    /// The targets that a strategy may call for this very request. Conditions that ask about targets look
    /// further from here: the depth and the looks that are left bound configs that ask about each other.
    fn ahead<'n>(self, node: &'n PlanNode, depth: usize, looks: &Cell<u32>) -> &'n [PlanTarget] {
        match node {
            PlanNode::Rules(plan) => {
                let scope = self.at_depth(depth + 1);
                let hit = plan.matcher.first(&Asked { scope, targets: &plan.asked, response: None, looks: Some(looks) });
                match plan.rules.get(hit.unwrap_or(plan.rules.len().saturating_sub(1))).map(|rule| &rule.action) {
                    Some(RuleAction::Use(index)) => plan.uses.get(*index).map_or(&[], std::slice::from_ref),
                    Some(RuleAction::Block(_)) | None => &[],
                }
            }
            PlanNode::AbTest(plan) => {
                let (drawn, _) = ab_test::draw(plan, self.facts);
                let can = |variant: &PlanTarget| self.world.keeper().is_none() || self.admits_within(variant, depth + 1, looks);
                plan.variants.get(ab_test::admitted(plan, drawn, can)).map_or(&[], std::slice::from_ref)
            }
            _ => node.targets(),
        }
    }

    fn first_model<T>(self, target: &PlanTarget, depth: usize, looks: &Cell<u32>, then: &dyn Fn(&ModelTarget) -> T) -> Option<T> {
        self.inside(target, depth, looks, &mut |scope, inner, looks| match inner {
            Inner::Model(model) => Some(then(model)),
            Inner::Node(node) => scope.first_model(scope.first_of(node, depth, looks)?, depth + 1, looks, then),
        })
        .flatten()
    }

    /// Looks at what stands behind a target; `None` where that is too far, or not there.
    fn inside<T>(self, target: &PlanTarget, depth: usize, looks: &Cell<u32>, then: &mut Then<'_, W, T>) -> Option<T> {
        if looks.get() == 0 || depth > MAX_DEPTH {
            return None;
        }
        looks.set(looks.get() - 1);
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

/// The sentence for a config that is not there.
pub(crate) fn gone(name: &str) -> Reason {
    Reason::text(format!("{name} is not there any more: it was archived or never saved"))
}

/// What is done with what stands behind a target; the number is how many looks are left.
type Then<'t, W, T> = dyn FnMut(Scope<'_, W>, Inner<'_>, &Cell<u32>) -> T + 't;

enum Inner<'a> {
    Model(&'a ModelTarget),
    Node(&'a PlanNode),
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
