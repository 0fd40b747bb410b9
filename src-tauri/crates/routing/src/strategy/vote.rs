//! Votes: what of an answer is compared, and who leads.

use std::cmp::Ordering;

use serde_json::Value;

use crate::{document::VoteOn, response::Response};

/// A vote that was cast.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vote {
    /// Number of the member.
    pub member: usize,
    /// What was voted for.
    pub key: String,
}

/// What an answer votes for.
///
/// # Errors
/// A sentence, where it holds nothing to vote for.
pub(super) fn key(vote_on: &VoteOn, response: &Response<'_>) -> Result<String, String> {
    match vote_on {
        // An answer that says nothing but calls tools votes for what it calls.
        VoteOn::Text if response.text.trim().is_empty() && !response.tool_calls.is_empty() => Ok(calls(response)),
        VoteOn::Text => Ok(folded(&response.text)),
        VoteOn::Json => json(&response.text).map(|value| canonical(&value)),
        VoteOn::JsonPointer(pointer) => {
            let value = json(&response.text)?;
            value.pointer(pointer).map(canonical).ok_or_else(|| format!("its JSON has nothing at {pointer:?}"))
        }
        VoteOn::Regex(regex) => {
            let found =
                regex.captures(&response.text).and_then(|groups| groups.get(1).or_else(|| groups.get(0)).map(|group| group.as_str()));
            found.map(str::to_owned).ok_or_else(|| "the regex finds nothing in it".to_owned())
        }
        VoteOn::ToolCall if response.tool_calls.is_empty() => Err("it calls no tool".to_owned()),
        VoteOn::ToolCall => Ok(calls(response)),
    }
}

/// Names and canonical arguments.
fn calls(response: &Response<'_>) -> String {
    let calls = response.tool_calls.iter().map(|call| {
        let arguments = serde_json::from_str(&call.arguments).map_or_else(|_| call.arguments.clone(), |value| canonical(&value));
        format!("{}({arguments})", call.name)
    });
    calls.collect::<Vec<_>>().join("\n")
}

/// The number that a vote is for.
///
/// # Errors
/// A sentence, where it is none.
pub(super) fn number(key: &str) -> Result<f64, String> {
    let text = key.trim().trim_matches('"');
    text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(|| "the answer is no number".to_owned())
}

/// Trimmed, case-folded, inner space collapsed.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Models like to wrap JSON into a fence.
fn json(text: &str) -> Result<Value, String> {
    let text = text.trim();
    let fenced = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let text = fenced.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner));
    serde_json::from_str(text).map_err(|_| "it is no JSON".to_owned())
}

/// One text for all JSON that means the same: keys sorted, no spaces, 1.0 as 1.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let members: Vec<String> =
                members.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value))).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() && float.fract() == 0.0 && float.abs() < 1e15 => (float as i64).to_string(),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// What one choice has so far. The greater one wins: by sum, then greatest single weight, then written order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub key: String,
    sum: f64,
    greatest: f64,
    /// Its heaviest member, the first of them as written.
    pub member: usize,
    /// The first member that voted for it.
    first: usize,
}

impl Standing {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sum.total_cmp(&other.sum).then(self.greatest.total_cmp(&other.greatest)).then(other.first.cmp(&self.first))
    }
}

/// Weights as whole steps of a 2^40th of the greatest: sums of these are exact, so that 0.1 + 0.2 ties with 0.3
/// and the order in which votes come makes no difference.
pub(crate) fn in_steps(weights: &[f64]) -> Box<[f64]> {
    let greatest = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    weights.iter().map(|weight| (weight / greatest * (1_u64 << 40) as f64).round()).collect()
}

/// What votes count.
#[derive(Clone, Copy)]
pub(super) struct Ballots<'a> {
    /// One for each member, in whole steps.
    pub weights: &'a [f64],
    /// Does each vote count the same? The weights break ties then.
    pub equal: bool,
}

impl Ballots<'_> {
    fn counts(self, member: usize) -> f64 {
        if self.equal { 1.0 } else { self.weights[member] }
    }
}

/// Who leads, and what each choice has.
pub(super) fn standings(votes: &[Vote], ballots: Ballots<'_>) -> Vec<Standing> {
    let mut in_order: Vec<&Vote> = votes.iter().collect();
    in_order.sort_by_key(|vote| vote.member);
    let mut all: Vec<Standing> = Vec::new();
    for vote in in_order {
        let (count, weight) = (ballots.counts(vote.member), ballots.weights[vote.member]);
        match all.iter_mut().find(|standing| standing.key == vote.key) {
            None => all.push(Standing { key: vote.key.clone(), sum: count, greatest: weight, member: vote.member, first: vote.member }),
            Some(standing) => {
                standing.sum += count;
                if weight > standing.greatest {
                    (standing.greatest, standing.member) = (weight, vote.member);
                }
            }
        }
    }
    all.sort_by(|a, b| b.cmp(a));
    all
}

/// Is the leader beyond reach, however the outstanding members vote?
pub(super) fn is_decided(standings: &[Standing], outstanding: &[usize], ballots: Ballots<'_>) -> bool {
    let Some((leader, others)) = standings.split_first() else { return false };
    let (Some(first), Some(greatest)) =
        (outstanding.iter().copied().min(), outstanding.iter().map(|member| ballots.weights[*member]).max_by(f64::total_cmp))
    else {
        return true;
    };
    let rest: f64 = outstanding.iter().map(|member| ballots.counts(*member)).sum();
    let newcomer = Standing { key: String::new(), sum: 0.0, greatest: 0.0, member: first, first };
    others.iter().chain([&newcomer]).all(|other| {
        let at_best =
            Standing { sum: other.sum + rest, greatest: other.greatest.max(greatest), first: other.first.min(first), ..other.clone() };
        leader.cmp(&at_best) == Ordering::Greater
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::ToolCall;

    fn of(text: &str) -> Response<'_> {
        Response { text: text.into(), ..Response::default() }
    }

    fn votes(keys: &[&str]) -> Vec<Vote> {
        keys.iter().enumerate().map(|(member, key)| Vote { member, key: (*key).to_owned() }).collect()
    }

    fn weighted(weights: &[f64]) -> Ballots<'_> {
        Ballots { weights, equal: false }
    }

    fn leader(keys: &[&str], weights: &[f64]) -> String {
        standings(&votes(keys), weighted(weights))[0].key.clone()
    }

    #[test]
    fn texts_are_trimmed_folded_and_collapsed() {
        assert_eq!(key(&VoteOn::Text, &of("  Yes,\n  it  IS ")).unwrap(), "yes, it is");
    }

    #[test]
    fn json_that_means_the_same_votes_the_same() {
        let a = key(&VoteOn::Json, &of(r#"{"b": 1.0, "a": [2]}"#)).unwrap();
        assert_eq!(a, key(&VoteOn::Json, &of("```json\n{\"a\":[2],\"b\":1}\n```")).unwrap());
        assert_eq!(key(&VoteOn::JsonPointer("/answer/0".into()), &of(r#"{"answer":["x"]}"#)).unwrap(), "\"x\"");
        assert_eq!(key(&VoteOn::JsonPointer("/no".into()), &of("{}")).unwrap_err(), "its JSON has nothing at \"/no\"");
        assert_eq!(key(&VoteOn::Json, &of("hello")).unwrap_err(), "it is no JSON");
    }

    #[test]
    fn a_regex_votes_with_its_first_group() {
        let regex = VoteOn::Regex(regex::Regex::new(r"answer:\s*(\w+)").unwrap());
        assert_eq!(key(&regex, &of("The answer: B.")).unwrap(), "B");
        assert_eq!(key(&regex, &of("none")).unwrap_err(), "the regex finds nothing in it");
    }

    #[test]
    fn tool_calls_are_compared_by_name_and_arguments() {
        let calls = |arguments: &str| Response {
            tool_calls: vec![ToolCall { name: "find".into(), arguments: arguments.into() }],
            ..Response::default()
        };
        let vote = |arguments| key(&VoteOn::ToolCall, &calls(arguments)).unwrap();
        assert_eq!(vote(r#"{"a":1,"b":2}"#), vote(r#"{ "b": 2, "a": 1 }"#));
        assert_ne!(vote(r#"{"a":1}"#), vote(r#"{"a":2}"#));
        assert_eq!(key(&VoteOn::ToolCall, &of("text")).unwrap_err(), "it calls no tool");
    }

    #[test]
    fn the_greatest_sum_wins_then_the_greatest_single_weight_then_written_order() {
        assert_eq!(leader(&["a", "b", "b"], &[1.0, 1.0, 1.0]), "b");
        assert_eq!(leader(&["a", "a", "b"], &[1.0, 1.0, 2.0]), "b", "a tie by sum: the greatest single weight");
        assert_eq!(leader(&["a", "b"], &[1.0, 1.0]), "a", "a tie in all: written order");
        assert_eq!(leader(&["a", "b", "c"], &[0.1, 0.2, 0.3]), "c");
        assert_eq!(leader(&["a", "a", "b"], &in_steps(&[0.1, 0.2, 0.3])), "b", "0.1 + 0.2 ties with 0.3");
    }

    #[test]
    fn a_vote_is_decided_once_nobody_can_change_the_winner() {
        let weights = [1.0, 1.0, 1.0];
        let decided = |cast: &[&str], left: &[usize]| is_decided(&standings(&votes(cast), weighted(&weights)), left, weighted(&weights));
        assert!(decided(&["a", "a"], &[2]));
        assert!(!decided(&["a", "b"], &[2]));
        assert!(!decided(&["a"], &[1, 2]));
        assert!(!is_decided(&[], &[0, 1, 2], weighted(&weights)));
    }

    #[test]
    fn a_tie_that_the_leader_would_win_is_decided_too() {
        let weights = [2.0, 1.0, 1.0];
        let decided =
            |cast: &[Vote], left: &[usize], weights: &[f64]| is_decided(&standings(cast, weighted(weights)), left, weighted(weights));
        assert!(decided(&votes(&["a"]), &[1, 2], &weights), "1 + 1 ties with 2, and 2 is the greatest single one");
        let even = [1.0, 1.0];
        assert!(decided(&votes(&["a"]), &[1], &even), "member 1 is written first");
        let second = [Vote { member: 1, key: "b".into() }];
        assert!(!decided(&second, &[0], &even), "member 0 would win the tie");
    }

    #[test]
    fn of_a_majority_each_vote_counts_one_and_the_weights_break_ties() {
        let weights = [1.0, 1.0, 9.0];
        let majority = Ballots { weights: &weights, equal: true };
        assert_eq!(standings(&votes(&["a", "a", "b"]), majority)[0].key, "a");
        let tied = [Vote { member: 0, key: "a".into() }, Vote { member: 2, key: "b".into() }];
        assert_eq!(standings(&tied, majority)[0].key, "b");
        assert!(!is_decided(&standings(&tied[..1], majority), &[2], majority), "member 2 would win the tie");
        assert!(is_decided(&standings(&tied[1..], majority), &[0], majority));
    }

    #[test]
    fn answers_without_a_text_vote_for_the_tools_that_they_call() {
        let calls =
            |name: &str| Response { tool_calls: vec![ToolCall { name: name.into(), arguments: "{}".into() }], ..Response::default() };
        let vote = |name| key(&VoteOn::Text, &calls(name)).unwrap();
        assert_eq!(vote("find"), vote("find"));
        assert_ne!(vote("find"), vote("delete"));
    }

    #[test]
    fn numbers_are_read_strictly() {
        assert_eq!(number(" 1.5 ").unwrap(), 1.5);
        assert_eq!(number("\"2\"").unwrap(), 2.0);
        assert_eq!(number("NaN").unwrap_err(), "the answer is no number");
        assert_eq!(number("about 3").unwrap_err(), "the answer is no number");
    }
}
