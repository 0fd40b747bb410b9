//! What must hold whatever the document.

use proptest::prelude::*;
use routing::{
    diagnostic::Severity,
    diff,
    document::{Document, readable},
    health::{Admission, Breaker, BreakerSettings, Verdict},
    locate::Places,
};
use serde_json::{Map, Value};

use crate::support::*;

/// Any JSON, with the words of documents strewn in.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "strategy",
        "policy",
        "config",
        "models",
        "model",
        "attempts",
        "retry_on",
        "timeout_ms",
        "idle_timeout_ms",
        "params",
        "retries",
        "credential",
        "total_budget_ms",
        "allowed_models",
        "quality_tier",
        "economy",
        "members",
        "aggregation",
        "majority_vote",
        "weight",
        "variants",
        "accept",
        "rules",
        "if",
        "then",
        "else",
        "block",
        "cost_optimized",
        "latency_optimized",
        "ensemble",
        "ab_test",
        "cascade",
        "custom_rules",
        "if request.stream then use @a else use @b",
        "single",
        "fallback",
        "fallback_chain",
        "429",
        "@a",
        "@a:2",
        "@",
        "openai/gpt-4o",
        "gpt-4o",
        "/",
        "",
    ]);
    let key = prop_oneof![9 => word.clone().prop_map(str::to_owned), 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn params() -> impl Strategy<Value = Value> {
    prop::collection::vec(("[a-z]{1,3}", any_json()), 0..3).prop_map(|entries| Value::Object(entries.into_iter().collect()))
}

fn target() -> BoxedStrategy<Value> {
    let name = prop::sample::select(vec!["openai/gpt-4o", "o3", "lmstudio/any", "@a", "@b:2"]).prop_map(Value::from);
    name.prop_recursive(3, 16, 4, |inner| {
        let options = (inner.clone(), prop::option::of(1_u64..9), prop::option::of(1_u64..9), prop::option::of(params())).prop_map(
            |(model, timeout, idle, params)| {
                shuffled(
                    [
                        ("model", Some(model)),
                        ("timeout_ms", timeout.map(Value::from)),
                        ("idle_timeout_ms", idle.map(Value::from)),
                        ("params", params),
                    ],
                    idle.is_some(),
                )
            },
        );
        prop_oneof![options, document_over(inner)]
    })
    .boxed()
}

/// The entries that are there, in one order or the other.
fn shuffled<const N: usize>(entries: [(&str, Option<Value>); N], reversed: bool) -> Value {
    let mut present: Vec<_> = entries.into_iter().filter_map(|(key, value)| value.map(|value| (key.to_owned(), value))).collect();
    if reversed {
        present.reverse();
    }
    Value::Object(Map::from_iter(present))
}

fn document_over(target: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let classes = prop::sample::subsequence(vec!["429", "5xx", "timeout", "auth", "408"], 0..4).prop_shuffle();
    let single = (target.clone(), prop::option::of(1_u64..9), any::<bool>()).prop_map(|(model, timeout, reversed)| {
        shuffled([("strategy", Some(json!("single"))), ("model", Some(model)), ("timeout_ms", timeout.map(Value::from))], reversed)
    });
    let fallback = (
        prop::collection::vec(target.clone(), 1..4),
        prop::option::of(classes),
        prop::option::of(0_u32..5),
        prop::option::of(1_u64..9),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(attempts, retry_on, retries, budget, reversed, old)| {
            let rest = [
                ("retry_on", retry_on.map(Value::from)),
                ("retries", retries.map(Value::from)),
                ("total_budget_ms", budget.map(Value::from)),
            ];
            if old {
                let mut config = shuffled(rest, reversed);
                config["models"] = json!(attempts);
                json!({"policy": "fallback_chain", "config": config})
            } else {
                let mut document = shuffled(rest, reversed);
                document["attempts"] = json!(attempts);
                document["strategy"] = json!("fallback");
                document
            }
        });
    prop_oneof![single, fallback, weighing(target.clone()), ensemble(target.clone()), splitting(target.clone()), rules(target)].boxed()
}

fn by_value() -> impl Strategy<Value = Option<Value>> {
    prop::option::of(prop::sample::select(vec!["conversation", "end_user", "tag:team"]).prop_map(Value::from))
}

/// `cost_optimized` and `latency_optimized`.
fn weighing(target: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let share = prop::option::of(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64]);
    (prop::collection::vec(target, 1..4), by_value(), share, prop::option::of(1_u64..99), any::<bool>(), any::<bool>())
        .prop_map(|(allowed, affinity, share, window, reversed, cost)| {
            if cost {
                let tier = ["economy", "standard", "premium", "frontier"][allowed.len()];
                return shuffled(
                    [
                        ("strategy", Some(json!("cost_optimized"))),
                        ("quality_tier", Some(json!(tier))),
                        ("allowed_models", Some(json!(allowed))),
                        ("affinity", affinity),
                        ("retry_on", window.map(|_| json!(["5xx"]))),
                    ],
                    reversed,
                );
            }
            shuffled(
                [
                    ("strategy", Some(json!("latency_optimized"))),
                    ("allowed_models", Some(json!(allowed))),
                    ("affinity", affinity),
                    ("explore", share.map(Value::from)),
                    ("hysteresis", share.map(Value::from)),
                    ("window_s", window.map(Value::from)),
                    ("min_samples", window.map(Value::from)),
                ],
                reversed,
            )
        })
        .boxed()
}

/// Conditions on an answer, as people write them.
fn of_answer() -> impl Strategy<Value = Option<Value>> {
    let texts = vec![
        "response.length>20",
        "response.valid_json and not(response.has_tool_calls)",
        "size(response.text) > 5 || response.text == 'x'",
    ];
    prop::option::of(prop::sample::select(texts).prop_map(Value::from))
}

/// `ensemble` and `cascade`.
fn ensemble(target: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let weight = prop::option::of(prop_oneof![Just(2.0), 0.001..9.0_f64]);
    let members = prop::collection::vec((target.clone(), weight, of_answer()), 1..4);
    let how =
        prop::sample::select(vec!["first_valid", "majority_vote", "weighted_vote", "weighted_average", "llm_judge", "voting", "weighted"]);
    let vote_on =
        prop::option::of(prop::sample::select(vec!["text", "json", "json_pointer:/a/0", "regex:a(b+)", "tool_call"]).prop_map(Value::from));
    (members, how, vote_on, of_answer(), target, any::<bool>(), any::<bool>())
        .prop_map(|(members, how, vote_on, valid_when, judge, reversed, cascade)| {
            if cascade {
                let attempts: Vec<Value> = members
                    .into_iter()
                    .map(|(model, _, accept)| match accept {
                        Some(accept) => json!({"accept": accept, "model": model}),
                        None => model,
                    })
                    .collect();
                return shuffled([("strategy", Some(json!("cascade"))), ("attempts", Some(json!(attempts)))], reversed);
            }
            let quorum = members.len();
            let members: Vec<Value> = members
                .into_iter()
                .map(|(model, weight, _)| match weight {
                    Some(weight) => json!({"weight": weight, "model": model}),
                    None => model,
                })
                .collect();
            shuffled(
                [
                    ("strategy", Some(json!("ensemble"))),
                    ("aggregation", Some(json!(how))),
                    ("members", Some(json!(members))),
                    ("vote_on", vote_on),
                    ("valid_when", valid_when),
                    ("quorum", reversed.then(|| json!(quorum))),
                    ("judge", (how == "llm_judge").then_some(judge)),
                ],
                reversed,
            )
        })
        .boxed()
}

fn splitting(target: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let variant = (target, prop_oneof![Just(80.0), 0.001..99.0_f64], any::<bool>());
    (prop::collection::vec(variant, 1..4), by_value(), any::<bool>())
        .prop_map(|(variants, sticky_by, reversed)| {
            let variants: Vec<Value> = variants
                .into_iter()
                .enumerate()
                .map(|(index, (config, weight, labelled))| {
                    let label = labelled.then(|| json!(format!("variant-{index}")));
                    shuffled([("label", label), ("weight", Some(json!(weight))), ("config", Some(config))], reversed)
                })
                .collect();
            shuffled([("strategy", Some(json!("ab_test"))), ("variants", Some(json!(variants))), ("sticky_by", sticky_by)], reversed)
        })
        .boxed()
}

/// Rules as a program or as a list.
fn rules(target: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let condition = prop::sample::select(vec![
        "tenant=='a'",
        "request.input_tokens>32_000 and not request.has_tools",
        "tags.feature in ['x',\"y\"] || time.hour >= 22",
        "cost(openai/gpt-4o)>0.05",
        "budget.used_pct*2 > 1",
    ]);
    let comment = prop::option::of(prop::sample::select(vec!["why", "two\nlines"]));
    (prop::collection::vec((condition, target.clone(), any::<bool>(), comment), 1..4), target, any::<bool>())
        .prop_map(|(rules, last, as_text)| {
            let actions = rules.into_iter().map(|(condition, target, block, comment)| {
                let action = if block { json!({"block": "not \"here\""}) } else { target };
                (condition, action, comment)
            });
            let mut list: Vec<Value> = actions
                .map(|(condition, action, comment)| {
                    let mut rule = json!({"then": action, "if": condition});
                    if let Some(comment) = comment {
                        rule["comment"] = json!(comment);
                    }
                    rule
                })
                .collect();
            list.push(json!({ "else": last }));
            match routing::rules::list_to_text(&list) {
                Ok(text) if as_text => json!({"strategy": "custom_rules", "rules": text.replace(" then ", "   then ")}),
                _ => json!({"strategy": "custom_rules", "rules": list}),
            }
        })
        .boxed()
}

fn document() -> BoxedStrategy<Value> {
    document_over(target())
}

/// Something done to a breaker, after so many milliseconds.
fn event() -> impl Strategy<Value = (u64, Option<Verdict>)> {
    let verdict = prop_oneof![
        1 => Just(None),
        2 => Just(Some(Verdict::Success)),
        4 => Just(Some(Verdict::Failure)),
        1 => Just(Some(Verdict::Cancelled)),
    ];
    (prop_oneof![0_u64..50, 0_u64..40_000], verdict)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_json_makes_the_checker_panic_and_what_it_lets_through_loads(value in any_json()) {
        let checked = Document::check(&value, &Known::default(), Some("a"));
        let errors = checked.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        prop_assert_eq!(checked.document.is_some(), errors == 0);
        for diagnostic in &checked.diagnostics {
            prop_assert!(value.pointer(&diagnostic.path).is_some(), "{} is no place in {}", diagnostic.path, value);
        }
        let _ = diff::documents(&value, &json!({"strategy": "single", "model": "o3"}));
        let _ = Document::load(&value);
    }

    #[test]
    fn any_text_may_be_searched_for_places(text in any::<String>(), value in any_json()) {
        let _ = Places::of(&text).find("/a/0", true);
        let text = routing::document::text(&value);
        prop_assert!(Places::of(&text).find("", false).is_some());
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_right_document_is_its_own_canonical_form(value in document()) {
        let document = Document::load(&value).unwrap();
        let canonical = document.canonical();
        let again = Document::load(&canonical).unwrap();
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(again.canonical().to_string(), canonical.to_string());
        prop_assert_eq!(again.hash(), document.hash());
        let from_text: Value = serde_json::from_str(&document.text()).unwrap();
        prop_assert_eq!(from_text.to_string(), canonical.to_string());
    }

    #[test]
    fn aliases_and_forms_of_a_target_do_not_change_the_hash(value in document()) {
        let document = Document::load(&value).unwrap();
        let with = |document: Value| Document::load(&json!({"strategy": "fallback", "attempts": [document]})).unwrap().hash();
        prop_assert_eq!(with(value.clone()), with(json!({ "model": value })));
        prop_assert_eq!(document.hash(), Document::load(&serde_json::from_str(&document.text()).unwrap()).unwrap().hash());
    }

    #[test]
    fn there_are_changes_exactly_where_the_canonical_forms_differ(from in document(), to in document()) {
        let canonical = |value| Document::load(value).unwrap().canonical().to_string();
        for (from, to) in [(&from, &to), (&from, &from)] {
            let diff = diff::documents(from, to);
            prop_assert_eq!(diff.changes.is_empty(), canonical(from) == canonical(to));
            prop_assert_eq!(diff.rows.iter().all(|row| row.kind == diff::RowKind::Equal), canonical(from) == canonical(to));
        }
    }

    #[test]
    fn a_small_edit_is_never_missed(document in document(), params in (params(), params())) {
        let with = |params: &Value| json!({"strategy": "fallback", "attempts": [document.clone(), {"model": "o3", "params": params}]});
        let (from, to) = (with(&params.0), with(&params.1));
        let canonical = |value| Document::load(value).unwrap().canonical().to_string();
        prop_assert_eq!(diff::documents(&from, &to).changes.is_empty(), canonical(&from) == canonical(&to));
    }

    #[test]
    fn rows_hold_each_line_of_both_texts_once_and_in_order(from in document(), to in document()) {
        let diff = diff::documents(&from, &to);
        let side = |lines: Vec<&diff::Line>| {
            assert!(lines.iter().enumerate().all(|(index, line)| line.number as usize == index + 1));
            lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
        };
        let canonical = |value| readable(&Document::load(value).unwrap().canonical());
        prop_assert_eq!(side(diff.rows.iter().filter_map(|row| row.left.as_ref()).collect()), canonical(&from));
        prop_assert_eq!(side(diff.rows.iter().filter_map(|row| row.right.as_ref()).collect()), canonical(&to));
        for row in &diff.rows {
            prop_assert!(row.left.is_some() || row.right.is_some());
            for line in row.left.iter().chain(&row.right) {
                let length = u32::try_from(line.text.encode_utf16().count()).unwrap();
                prop_assert!(line.spans.iter().all(|(start, end)| start < end && *end <= length));
                prop_assert!(line.spans.windows(2).all(|pair| pair[0].1 < pair[1].0), "spans are in order and apart");
            }
        }
    }

    #[test]
    fn paths_of_changes_are_places_in_the_new_document(from in document(), to in document()) {
        let new = Document::load(&to).unwrap().canonical();
        for change in diff::documents(&from, &to).changes {
            let at = if change.kind == diff::ChangeKind::Removed { change.path.rsplit_once('/').unwrap().0 } else { &change.path };
            prop_assert!(new.pointer(at).is_some(), "{} {} is no place in {}", change.kind.as_str(), change.path, new);
        }
    }

    #[test]
    fn a_breaker_keeps_its_word(events in prop::collection::vec(event(), 1..120)) {
        let settings = BreakerSettings::default();
        let mut breaker = Breaker::new(settings);
        let mut now_ms = 0;
        let mut in_a_row = 0;
        for (after_ms, verdict) in events {
            now_ms += after_ms;
            let peeked = breaker.peek(now_ms);
            prop_assert_eq!(breaker.peek(now_ms), peeked, "peeking changes nothing");
            if let Admission::Open { until_ms } = peeked {
                prop_assert!(until_ms > now_ms && until_ms <= now_ms + settings.max_open_ms);
            }
            match verdict {
                None => {
                    prop_assert_eq!(breaker.admit(now_ms), peeked, "admission is what was seen before");
                }
                Some(verdict) => breaker.record(verdict, now_ms),
            }
            in_a_row = match verdict {
                Some(Verdict::Success) => 0,
                Some(Verdict::Failure) => in_a_row + 1,
                _ => in_a_row,
            };
            if verdict == Some(Verdict::Success) {
                prop_assert_eq!(breaker.peek(now_ms), Admission::Ready, "an answer closes it");
            }
            if in_a_row == 0 && verdict == Some(Verdict::Cancelled) {
                prop_assert_eq!(breaker.peek(now_ms), Admission::Ready, "what was cancelled opens nothing");
            }
            let view = breaker.view(now_ms);
            prop_assert!(view.failures <= view.calls);
            prop_assert_eq!(view.until_ms.is_some(), breaker.peek(now_ms) != Admission::Ready);
        }
        let much_later = now_ms + settings.max_open_ms;
        prop_assert_eq!(breaker.peek(much_later), Admission::Ready, "no breaker stays open for ever");
    }
}
