//! The rules language, for whoever writes in it.

use routing::rules::{self, Action, ConditionScope, Finding, Program, Rule};
use serde_json::Value;
use store::traffic::{Observed, Range};

use crate::{
    Caller, Code, Control, Error,
    api::{
        Empty,
        rules::{
            ConvertRules, ConvertedRules, FormatRules, FormattedRules, ObservedRange, RuleAction, RuleNode, RulesDiagnostic, RulesText,
            RulesTree, RulesWords, TagKey, Word,
        },
    },
    setup::blocking,
    time::DAY_MS,
};

/// How far back figures are looked at.
const OBSERVED_MS: i64 = 7 * DAY_MS;

impl Control {
    /// What may be written in a rule, and what recorded traffic shows of it.
    ///
    /// # Errors
    /// What the store says.
    pub async fn rules_words(&self, _: &Caller, _: Empty) -> Result<RulesWords, Error> {
        let setup = std::sync::Arc::clone(&self.setup);
        let traffic = self.traffic.clone();
        blocking(move || {
            let seen = setup.sights.seen();
            let observed = traffic.observed(setup.now_ms() - OBSERVED_MS)?;
            let tags = seen.tags.iter().map(|tag| TagKey {
                key: tag.key.clone(),
                values: tag.values.iter().map(|(value, _)| value.clone()).collect(),
                requests: tag.requests,
            });
            let mut apps: Vec<String> = seen.apps.iter().map(|(app, _)| app.clone()).collect();
            let world = setup.world();
            let others = world.keys.iter().filter(|key| key.kind == store::config::KeyKind::App && key.revoked_at_ms.is_none());
            for key in others {
                if !apps.contains(&key.name) {
                    apps.push(key.name.clone());
                }
            }
            Ok(RulesWords { words: words(), tags: tags.collect(), apps, end_users: observed.end_users, observed: ranges(&observed) })
        })
        .await
    }

    /// A program, or a condition, in the canonical layout.
    ///
    /// # Errors
    /// None. Errors in the text are no error of the call.
    pub async fn format_rules(&self, _: &Caller, input: FormatRules) -> Result<FormattedRules, Error> {
        blocking(move || {
            let (text, findings) = if input.condition.unwrap_or(false) {
                let parsed = rules::parse_condition(&input.text, ConditionScope::Response);
                (parsed.value.map(|condition| condition.text().to_owned()), parsed.findings)
            } else {
                let parsed = rules::parse_program(&input.text);
                (parsed.value.map(|program| program.to_string()), parsed.findings)
            };
            Ok(FormattedRules { text, diagnostics: findings.into_iter().map(diagnostic).collect() })
        })
        .await
    }

    /// The other form of rules: a list of a text, a text of a list. Nothing is lost on the way.
    ///
    /// # Errors
    /// `invalid_request` where they are neither. Errors in them are no error of the call.
    pub async fn convert_rules(&self, _: &Caller, input: ConvertRules) -> Result<ConvertedRules, Error> {
        blocking(move || match &input.rules {
            Value::String(text) => {
                let parsed = rules::parse_program(text);
                Ok(converted(parsed.value.as_ref(), parsed.findings.into_iter().map(diagnostic).collect()))
            }
            Value::Array(items) => {
                let parsed = rules::parse_list(items);
                let of_rule = |(index, finding)| RulesDiagnostic { rule: u32::try_from(index).ok(), ..diagnostic(finding) };
                Ok(converted(parsed.value.as_ref(), parsed.findings.into_iter().map(of_rule).collect()))
            }
            _ => Err(Error::new(Code::InvalidRequest, "Rules are a program's text, or a list of rules")),
        })
        .await
    }

    /// A program taken apart: what a decision tree draws.
    ///
    /// # Errors
    /// None. Errors in the text are no error of the call.
    pub async fn rules_tree(&self, _: &Caller, input: RulesText) -> Result<RulesTree, Error> {
        blocking(move || {
            let parsed = rules::parse_program(&input.text);
            let rules = parsed.value.map(|program| program.rules).unwrap_or_default();
            let diagnostics = parsed.findings.into_iter().map(diagnostic).collect();
            Ok(RulesTree { rules: rules.into_iter().zip(0..).map(|(rule, index)| node(rule, index)).collect(), diagnostics })
        })
        .await
    }
}

fn converted(program: Option<&Program>, diagnostics: Vec<RulesDiagnostic>) -> ConvertedRules {
    ConvertedRules { text: program.map(ToString::to_string), rules: program.map(rules::to_list), diagnostics }
}

fn node(rule: Rule, index: u32) -> RuleNode {
    let action = match rule.action {
        Action::Use { target, .. } => RuleAction::Use(target),
        Action::Block { message, .. } => RuleAction::Block(message),
    };
    let condition = rule.condition.map(|condition| condition.text().to_owned());
    RuleNode { index, line: rule.line, text: rule.text, condition, action }
}

fn diagnostic(finding: Finding) -> RulesDiagnostic {
    RulesDiagnostic {
        severity: finding.severity.as_str().to_owned(),
        line: finding.line,
        column: finding.column,
        length: finding.length,
        message: finding.message,
        suggestion: finding.suggestion,
        rule: None,
    }
}

fn words() -> Vec<Word> {
    let word = |word: rules::Word| Word {
        name: word.name.to_owned(),
        kind: word.kind.to_owned(),
        type_: word.type_.to_owned(),
        doc: word.doc.to_owned(),
        example: word.example.to_owned(),
        response_only: word.response_only,
    };
    rules::vocabulary().into_iter().map(word).collect()
}

fn ranges(observed: &Observed) -> Vec<ObservedRange> {
    let share = observed.stream_share.map(|share| Range { min: share, max: share });
    let named = [
        ("request.input_tokens", observed.input_tokens),
        ("request.stream", share),
        ("response.output_tokens", observed.output_tokens),
        ("response.latency_ms", observed.latency_ms),
        ("response.cost_usd", observed.cost_usd),
    ];
    let range = |(name, range): (&str, Option<Range>)| range.map(|Range { min, max }| ObservedRange { name: name.to_owned(), min, max });
    named.into_iter().filter_map(range).collect()
}
