//! The strategies that weigh, hold, split and escalate.

use catalog::Tier;
use serde_json::Value;

use super::{Findings, MAX_ATTEMPTS, list, retry_on, rules::condition, target, target::optioned};
use crate::{
    diagnostic::Diagnostic,
    document::{
        AbTest, Aggregation, ByValue, Cascade, CascadeStep, CostOptimized, Ensemble, LatencyOptimized, Member, Target, Variant, VoteOn,
        fields::{Fields, is_strategy, kind},
    },
    names::nearest,
    rules::ConditionScope,
};

const TIERS: [(&str, Tier); 4] =
    [("economy", Tier::Economy), ("standard", Tier::Standard), ("premium", Tier::Premium), ("frontier", Tier::Frontier)];
/// Compiled size of a `regex:` at most, in bytes.
const MAX_REGEX: usize = 1 << 19;
const MAX_LABEL: usize = 64;

pub(super) fn cost(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<CostOptimized> {
    let quality_tier = required_choice(&mut fields, "quality_tier", &TIERS, found);
    let outer = std::mem::replace(&mut found.by_price, true);
    let allowed = allowed(&mut fields, depth, found);
    found.by_price = outer;
    let retry_on = fields.take("retry_on").and_then(|(value, path)| retry_on(value, &path, found));
    let affinity = by_value(&mut fields, "affinity", &["conversation", "end_user"], found);
    fields.finish(found);
    Some(CostOptimized { quality_tier: quality_tier?, allowed: allowed?, retry_on, affinity })
}

pub(super) fn latency(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<LatencyOptimized> {
    let allowed = allowed(&mut fields, depth, found);
    let window_s = fields.number("window_s", 1, 86_400, " seconds", found);
    let min_samples = fields.number("min_samples", 0, 1_000, "", found).and_then(|number| u32::try_from(number).ok());
    let explore = fields.float("explore", 0.0, 1.0, found);
    let hysteresis = fields.float("hysteresis", 0.0, 1.0, found);
    let affinity = by_value(&mut fields, "affinity", &["conversation", "end_user"], found);
    fields.finish(found);
    Some(LatencyOptimized { allowed: allowed?, window_s, min_samples, explore, hysteresis, affinity })
}

pub(super) fn ensemble(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<Ensemble> {
    let aggregation = aggregation(&mut fields, found);
    let members = list(&mut fields, "members", "members", found, |item, path, found| member(item, path, depth, found));
    let timeout_ms = fields.millis("timeout_ms", found);
    let quorum = quorum(&mut fields, members.as_deref(), found);
    let valid_when = fields.take("valid_when").and_then(|(value, path)| condition(value, &path, depth, ConditionScope::Response, found));
    let vote_on = fields.string("vote_on", found).and_then(|(text, path)| vote_on(text, &path, found));
    let judge = fields.take("judge").map(|(value, path)| (target(value, &path, depth, found), path));
    if let Some(aggregation) = aggregation {
        useless(aggregation, vote_on.is_some(), judge.as_ref().map(|(_, path)| path.as_str()), &fields, found);
    }
    if let Some([_]) = members.as_deref() {
        let said = "an ensemble of one member decides nothing; single does the same without waiting";
        found.push(Diagnostic::warning(fields.path_of("members"), said));
    }
    fields.finish(found);
    let judge = match judge {
        Some((read, _)) => Some(read?),
        None => None,
    };
    Some(Ensemble { aggregation: aggregation?, members: members?, timeout_ms, quorum, valid_when, vote_on, judge })
}

pub(super) fn ab_test(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<AbTest> {
    let variants = list(&mut fields, "variants", "variants", found, |item, path, found| variant(item, path, depth, found));
    let sticky_by = by_value(&mut fields, "sticky_by", &["end_user", "conversation", "app"], found);
    for (index, variant) in variants.iter().flatten().enumerate() {
        let earlier = variants.iter().flatten().take(index).any(|earlier| earlier.label.is_some() && earlier.label == variant.label);
        if let Some(label) = variant.label.as_ref().filter(|_| earlier) {
            let path = format!("{}/{index}/label", fields.path_of("variants"));
            found.push(Diagnostic::error(path, format!("two variants are labelled {label:?}; give each its own label")));
        }
    }
    fields.finish(found);
    Some(AbTest { variants: variants?, sticky_by })
}

pub(super) fn cascade(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<Cascade> {
    let attempts = list(&mut fields, "attempts", "targets", found, |item, path, found| step(item, path, depth, found));
    let retry_on = fields.take("retry_on").and_then(|(value, path)| retry_on(value, &path, found));
    for (index, step) in attempts.iter().flatten().enumerate() {
        let is_last = attempts.as_ref().is_some_and(|attempts| index + 1 == attempts.len());
        if step.accept.is_none() && !is_last {
            let path = format!("{}/{index}", fields.path_of("attempts"));
            found.push(Diagnostic::warning(
                path,
                "this attempt has no accept, so any answer of it is the reply and the rest is for failures",
            ));
        }
    }
    fields.finish(found);
    Some(Cascade { attempts: attempts?, retry_on })
}

fn allowed(fields: &mut Fields<'_>, depth: usize, found: &mut Findings) -> Option<Vec<Target>> {
    list(fields, "allowed_models", "targets", found, |item, path, found| target(item, path, depth, found))
}

fn required_choice<T: Copy>(fields: &mut Fields<'_>, key: &'static str, choices: &[(&str, T)], found: &mut Findings) -> Option<T> {
    let before = found.diagnostics.len();
    let choice = fields.choice(key, choices, found);
    if choice.is_none() && found.diagnostics.len() == before {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        found.push(Diagnostic::error(&fields.path, format!("\"{key}\" is missing; write one of {}", names.join(", "))));
    }
    choice
}

/// Old documents say `voting` and `weighted`.
fn aggregation(fields: &mut Fields<'_>, found: &mut Findings) -> Option<Aggregation> {
    let names: Vec<(&str, Aggregation)> = Aggregation::NAMES
        .into_iter()
        .chain(fields.peek("aggregation").and_then(Value::as_str).and_then(|name| match name {
            "voting" => Some(("voting", Aggregation::MajorityVote)),
            "weighted" => Some(("weighted", Aggregation::WeightedVote)),
            _ => None,
        }))
        .collect();
    required_choice(fields, "aggregation", &names, found)
}

fn member(item: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<Member> {
    let Some(map) = item.as_object().filter(|map| !is_strategy(map)) else {
        return Some(Member { target: target(item, path, depth, found)?, weight: None });
    };
    let mut fields = Fields::new(map, path);
    let target = optioned(&mut fields, "model", depth, found);
    let weight = fields.weight(found);
    fields.finish(found);
    Some(Member { target: target?, weight })
}

fn variant(item: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<Variant> {
    let Some(map) = item.as_object() else {
        found.push(Diagnostic::error(
            path,
            format!("a variant is an object such as {{\"weight\": 80, \"config\": \"@a\"}}, not {}", kind(item)),
        ));
        return None;
    };
    let mut fields = Fields::new(map, path);
    let label = fields.string("label", found).and_then(|(text, path)| label(text, &path, found));
    if !map.contains_key("weight") {
        found.push(Diagnostic::error(path, "\"weight\" is missing; write the share of this variant, such as 80"));
    }
    let weight = fields.weight(found);
    let target = optioned(&mut fields, "config", depth, found);
    fields.finish(found);
    Some(Variant { label, weight: weight?, target: target? })
}

/// Labels go into a header.
fn label(text: &str, path: &str, found: &mut Findings) -> Option<String> {
    if text.chars().count() > MAX_LABEL || !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') || text.trim() != text {
        let said = format!("label must be at most {MAX_LABEL} printable ASCII characters, as it is sent in a header");
        found.push(Diagnostic::error(path, said));
        return None;
    }
    Some(text.to_owned())
}

fn step(item: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<CascadeStep> {
    let Some(map) = item.as_object().filter(|map| !is_strategy(map)) else {
        return Some(CascadeStep { target: target(item, path, depth, found)?, accept: None });
    };
    let mut fields = Fields::new(map, path);
    let target = optioned(&mut fields, "model", depth, found);
    let accept = fields.take("accept").and_then(|(value, path)| condition(value, &path, depth, ConditionScope::Response, found));
    fields.finish(found);
    Some(CascadeStep { target: target?, accept })
}

fn quorum(fields: &mut Fields<'_>, members: Option<&[Member]>, found: &mut Findings) -> Option<u32> {
    let quorum = fields.number("quorum", 1, MAX_ATTEMPTS as u64, "", found)?;
    if let Some(members) = members
        && quorum > members.len() as u64
    {
        let said = format!("quorum is {quorum}, but there are only {} members: it could never be reached", members.len());
        found.push(Diagnostic::error(fields.path_of("quorum"), said));
    }
    u32::try_from(quorum).ok()
}

fn vote_on(text: &str, path: &str, found: &mut Findings) -> Option<VoteOn> {
    const SHAPES: [&str; 5] = ["text", "json", "json_pointer:/answer", "regex:…", "tool_call"];
    match text.split_once(':') {
        Some(("json_pointer", pointer)) if pointer.is_empty() || pointer.starts_with('/') => Some(VoteOn::JsonPointer(pointer.to_owned())),
        Some(("json_pointer", pointer)) => {
            let said = format!("a JSON pointer begins with a slash, not {pointer:?}");
            found.push(Diagnostic::error(path, said).meaning(Some(&format!("json_pointer:/{pointer}"))));
            None
        }
        Some(("regex", pattern)) => match regex::RegexBuilder::new(pattern).size_limit(MAX_REGEX).build() {
            Ok(regex) => found.may_keep(1, path).then_some(VoteOn::Regex(regex)),
            Err(error) => {
                found.push(Diagnostic::error(path, format!("the regex cannot be used: {}", short(&error))));
                None
            }
        },
        _ => match text {
            "text" => Some(VoteOn::Text),
            "json" => Some(VoteOn::Json),
            "tool_call" => Some(VoteOn::ToolCall),
            _ => {
                found.push(
                    Diagnostic::error(path, format!("vote_on must be one of {}, not {text:?}", SHAPES.join(", ")))
                        .meaning(nearest(text, ["text", "json", "tool_call"])),
                );
                None
            }
        },
    }
}

/// The sentence of a regex error, without the drawing.
fn short(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// What has no effect with this aggregation, and what it cannot do without.
fn useless(aggregation: Aggregation, votes: bool, judge: Option<&str>, fields: &Fields<'_>, found: &mut Findings) {
    let name = aggregation.name();
    if votes && !aggregation.votes() {
        found.push(Diagnostic::warning(fields.path_of("vote_on"), format!("vote_on has no effect with {name}")));
    }
    match (aggregation, judge) {
        (Aggregation::LlmJudge, None) => {
            found.push(Diagnostic::error(&fields.path, "\"judge\" is missing; write the model that picks among the answers"));
        }
        (Aggregation::LlmJudge, Some(_)) | (_, None) => {}
        (_, Some(judge)) => found.push(Diagnostic::warning(judge, format!("judge has no effect with {name}"))),
    }
}

/// `end_user`, `conversation`, `app` or `tag:<key>`, as far as `allowed` says.
fn by_value(fields: &mut Fields<'_>, key: &'static str, allowed: &[&str], found: &mut Findings) -> Option<ByValue> {
    let (text, path) = fields.string(key, found)?;
    if let Some(tag) = text.strip_prefix("tag:") {
        if tag.is_empty() || tag.chars().count() > 64 {
            found.push(Diagnostic::error(path, format!("{key} names no tag; write tag:<key> with a key of 1 to 64 characters")));
            return None;
        }
        return Some(ByValue::Tag(tag.to_owned()));
    }
    if !allowed.contains(&text) {
        let said = format!("{key} must be one of {} or tag:<key>, not {text:?}", allowed.join(", "));
        found.push(Diagnostic::error(path, said).meaning(nearest(text, allowed.iter().copied())));
        return None;
    }
    Some(match text {
        "conversation" => ByValue::Conversation,
        "app" => ByValue::App,
        _ => ByValue::EndUser,
    })
}
