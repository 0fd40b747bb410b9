//! `custom_rules`: the first rule that matches says where the request goes, or turns it away.

use std::sync::Arc;

use super::conditions::Asked;
use crate::{
    engine::{Answered, Scope},
    failure::{Failure, FailureKind},
    plan::{RuleAction, RulesPlan},
    reason::Reason,
    trace::RuleHit,
    world::World,
};

pub(crate) async fn run<W: World>(plan: &RulesPlan, scope: Scope<'_, W>) -> Answered<W> {
    let (hit, reason) = matched(plan, scope);
    let rule = &plan.rules[hit.index as usize];
    let step = super::enter(&scope, "custom_rules", reason);
    scope.tracer.step(step, |step| step.rule = Some(Box::new(hit)));
    match &rule.action {
        RuleAction::Use(at) => super::only(&plan.uses[*at], scope).await,
        RuleAction::Block(message) => Err(Failure {
            kind: FailureKind::Blocked { line: rule.line, rule: Arc::clone(&rule.text), message: Arc::clone(message) },
            retry_after_ms: None,
        }),
    }
}

/// The first rule that matches, with the values that its names had.
fn matched<W: World>(plan: &RulesPlan, scope: Scope<'_, W>) -> (RuleHit, Reason) {
    let asked = Asked { scope, targets: &plan.asked, response: None, looks: None };
    let matched = plan.matcher.first(&asked);
    // The last rule is the `else`, which has no condition.
    let index = matched.unwrap_or(plan.rules.len() - 1);
    let rule = &plan.rules[index];
    let hit = RuleHit {
        index: u32::try_from(index).unwrap_or(u32::MAX),
        line: rule.line,
        text: Arc::clone(&rule.text),
        values: matched.map(|index| plan.matcher.values(index, &asked)).unwrap_or_default(),
    };
    let reason = if matched.is_some() { Reason::RuleMatched(rule.line) } else { Reason::NoRuleMatched };
    (hit, reason)
}
