//! What differs between two documents, in words and side by side.

use routing::diff::{self, Diff, Row, RowKind};
use serde_json::Value;

use crate::support::*;

fn diff(from: &Value, to: &Value) -> Diff {
    diff::documents(from, to)
}

/// `kind path: text` of each change.
fn changes(from: &Value, to: &Value) -> Vec<String> {
    diff(from, to).changes.into_iter().map(|c| format!("{} {}: {}", c.kind.as_str(), c.path, c.text)).collect()
}

fn fallback(attempts: &Value) -> Value {
    json!({"strategy": "fallback", "attempts": attempts})
}

fn list(from: Value, to: Value) -> Vec<String> {
    changes(&fallback(&from), &fallback(&to))
}

#[test]
fn the_contracts_example() {
    let of = |timeout: u64| fallback(&json!([{"model": "openai/gpt-4o", "timeout_ms": timeout}, "o3"]));
    let diff = diff(&of(5_000), &of(2_000));
    assert_eq!(diff.changes.len(), 1);
    let change = &diff.changes[0];
    assert_eq!((change.path.as_str(), change.kind.as_str()), ("/attempts/0/timeout_ms", "changed"));
    assert_eq!((&change.from, &change.to), (&Some(json!(5_000)), &Some(json!(2_000))));
    assert_eq!(change.text, "attempt 1: timeout 5000 -> 2000 ms");
}

#[test]
fn documents_that_mean_the_same_do_not_differ() {
    let old = json!({"policy": "fallback_chain", "config": {"models": [{"model": "o3"}, "gpt-4o"]}});
    let new = json!({"attempts": ["o3", "gpt-4o"], "strategy": "fallback"});
    let diff = diff(&old, &new);
    assert!(diff.changes.is_empty() && diff.effects.is_empty());
    assert!(diff.rows.iter().all(|row| row.kind == RowKind::Equal));
}

#[test]
fn targets_that_came_and_went() {
    assert_eq!(list(json!(["a", "c"]), json!(["a", "b", "c"])), ["added /attempts/1: attempt 2 added: b"]);
    assert_eq!(list(json!(["a", "b", "c"]), json!(["a", "c"])), ["removed /attempts/1: attempt 2 removed: b"]);
    assert_eq!(
        list(json!(["a"]), json!(["b", "a", "c"])),
        ["added /attempts/0: attempt 1 added: b", "added /attempts/2: attempt 3 added: c"]
    );
}

#[test]
fn a_target_that_moved_is_not_removed_and_added() {
    assert_eq!(list(json!(["a", "b", "c"]), json!(["c", "a", "b"])), ["moved /attempts/0: attempt 3 moved to 1: c"]);
    assert_eq!(
        list(json!(["a", {"model": "b", "timeout_ms": 9}]), json!([{"model": "b", "timeout_ms": 5}, "a"])),
        ["changed /attempts/0/timeout_ms: attempt 1: timeout 9 -> 5 ms", "moved /attempts/1: attempt 1 moved to 2: a"]
    );
}

#[test]
fn a_target_replaced_in_its_place_keeps_its_options_apart() {
    assert_eq!(list(json!(["a", "b"]), json!(["a", "c"])), ["changed /attempts/1: attempt 2: b -> c"]);
    assert_eq!(
        list(json!([{"model": "a", "timeout_ms": 9}]), json!([{"model": "b", "timeout_ms": 5}])),
        ["changed /attempts/0/model: attempt 1: a -> b", "changed /attempts/0/timeout_ms: attempt 1: timeout 9 -> 5 ms"]
    );
}

#[test]
fn a_removed_target_is_told_also_where_something_moved_inside_of_another() {
    let inner = |attempts: Value| json!({"strategy": "fallback", "attempts": attempts});
    let told = list(json!([inner(json!(["x", "y", "z"])), "a", "b"]), json!([inner(json!(["z", "x", "y"])), "a"]));
    assert_eq!(told, ["moved /attempts/0/attempts/0: attempt 1: attempt 3 moved to 1: z", "removed /attempts/2: attempt 3 removed: b"]);
}

#[test]
fn options_that_came_changed_and_went() {
    assert_eq!(
        list(json!(["a"]), json!([{"model": "a", "timeout_ms": 5}])),
        ["added /attempts/0/timeout_ms: attempt 1: timeout 5 ms added"]
    );
    assert_eq!(
        list(json!([{"model": "a", "idle_timeout_ms": 5}]), json!(["a"])),
        ["removed /attempts/0/idle_timeout_ms: attempt 1: idle timeout 5 ms removed"]
    );
    let with = |params: Value| json!([{"model": "a", "params": params}]);
    assert_eq!(
        list(with(json!({"temperature": 0, "seed": 1})), with(json!({"temperature": 1, "top_p": 0.5}))),
        [
            "changed /attempts/0/params/temperature: attempt 1 > params: temperature 0 -> 1",
            "added /attempts/0/params/top_p: attempt 1 > params: top_p 0.5 added",
            "removed /attempts/0/params/seed: attempt 1 > params: seed 1 removed",
        ]
    );
}

#[test]
fn keys_in_another_order_inside_of_params_are_told() {
    let with = |schema: &str| json!({"strategy": "single", "model": {"model": "a", "params": {"schema": serde_json::from_str::<Value>(schema).unwrap()}}});
    let told = changes(&with(r#"{"x":1,"y":2}"#), &with(r#"{"y":2,"x":1}"#));
    assert_eq!(told, ["changed /model/params/schema: target > params > schema: keys in another order"]);
}

#[test]
fn the_chains_own_settings() {
    let with = |extra: Value| {
        let mut document = fallback(&json!(["a"]));
        document.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        document
    };
    for (from, to, expected) in [
        (
            json!({"retry_on": ["429", "5xx"]}),
            json!({"retry_on": ["429", "timeout"]}),
            "changed /retry_on: retry_on: timeout added, 5xx removed",
        ),
        (json!({"retry_on": ["429"]}), json!({"retry_on": ["429", "5xx"]}), "changed /retry_on: retry_on: 5xx added"),
        (json!({"retry_on": ["429", "5xx"]}), json!({"retry_on": ["5xx", "429"]}), "changed /retry_on: retry_on: in another order"),
        (json!({}), json!({"retries": 2}), "added /retries: retries 2 added"),
        (json!({"total_budget_ms": 900}), json!({"total_budget_ms": 800}), "changed /total_budget_ms: total budget 900 -> 800 ms"),
        (json!({"total_budget_ms": 900}), json!({}), "removed /total_budget_ms: total budget 900 ms removed"),
    ] {
        assert_eq!(changes(&with(from), &with(to)), [expected]);
    }
}

#[test]
fn another_strategy_is_told_with_what_it_brings() {
    assert_eq!(
        changes(&json!({"strategy": "single", "model": "a"}), &fallback(&json!(["a", "b"]))),
        [
            "changed /strategy: strategy single -> fallback",
            "added /attempts: attempts [\"a\",\"b\"] added",
            "removed /model: target a removed"
        ]
    );
}

#[test]
fn a_change_inside_of_a_nested_strategy_says_the_way_to_it() {
    let of = |timeout: u64| fallback(&json!(["a", fallback(&json!(["b", {"model": "c", "timeout_ms": timeout}]))]));
    assert_eq!(changes(&of(900), &of(700)), ["changed /attempts/1/attempts/1/timeout_ms: attempt 2 > attempt 2: timeout 900 -> 700 ms"]);
    let single = |model: Value| json!({"strategy": "single", "model": model});
    assert_eq!(changes(&single(json!("a")), &single(json!("b"))), ["changed /model: target a -> b"]);
    assert_eq!(changes(&single(single(json!("a"))), &single(single(json!("b")))), ["changed /model/model: target a -> b"]);
}

#[test]
fn options_put_around_a_nested_strategy_are_told_apart_from_what_is_in_it() {
    let inner = |name: &str| fallback(&json!([name, "c"]));
    assert_eq!(
        list(json!(["a", inner("b")]), json!(["a", {"model": inner("d"), "timeout_ms": 7}])),
        [
            "changed /attempts/1/model/attempts/0: attempt 2 > attempt 1: b -> d",
            "added /attempts/1/timeout_ms: attempt 2: timeout 7 ms added"
        ]
    );
    assert_eq!(
        list(json!([{"model": inner("b"), "timeout_ms": 7}]), json!([inner("b")])),
        ["removed /attempts/0/timeout_ms: attempt 1: timeout 7 ms removed"]
    );
}

#[test]
fn what_a_shorter_budget_or_a_longer_attempt_leaves_for_the_rest_is_said() {
    let of =
        |timeout: u64| json!({"strategy": "fallback", "attempts": [{"model": "a", "timeout_ms": timeout}, "b"], "total_budget_ms": 6_000});
    assert_eq!(diff(&of(5_000), &of(2_000)).effects, ["attempt 2 (b) is now left at least 4000 ms of the total budget; before, 1000 ms"]);
    assert!(diff(&of(2_000), &of(2_000)).effects.is_empty());
}

#[test]
fn documents_that_cannot_be_read_are_compared_as_they_are() {
    assert_eq!(changes(&json!({"strategy": "roulette", "x": 1}), &json!({"strategy": "roulette", "x": 2})), ["changed /x: x 1 -> 2"]);
    assert_eq!(changes(&json!(1), &json!([1])), ["changed : 1 -> [1]"]);
}

#[test]
fn lists_of_hostile_length_are_told_as_one() {
    let long = |name: &str| json!({"strategy": "roulette", "attempts": vec![name; 30_000], "x": vec![name; 20_000]});
    assert_eq!(
        changes(&long("a"), &long("b")),
        ["changed /attempts: attempts: 30000 -> 30000 items", "changed /x: x: 20000 -> 20000 items"]
    );
}

fn sides(row: &Row) -> (Option<&str>, Option<&str>) {
    (row.left.as_ref().map(|line| line.text.as_str()), row.right.as_ref().map(|line| line.text.as_str()))
}

/// The marked parts of a line, cut out by UTF-16 units as a window does it.
fn marked(line: &diff::Line) -> Vec<String> {
    let units: Vec<u16> = line.text.encode_utf16().collect();
    line.spans.iter().map(|(start, end)| String::from_utf16(&units[*start as usize..*end as usize]).expect("no character is cut")).collect()
}

#[test]
fn rows_stand_side_by_side_with_the_changed_words_marked() {
    let of = |timeout: u64, more: &[&str]| {
        let mut attempts = vec![json!({"model": "é😀", "timeout_ms": timeout})];
        attempts.extend(more.iter().map(|name| json!(name)));
        fallback(&json!(attempts))
    };
    let rows = diff(&of(5_000, &["b"]), &of(2_000, &["b", "c"])).rows;
    let changed: Vec<&Row> = rows.iter().filter(|row| row.kind != RowKind::Equal).collect();
    assert_eq!(sides(changed[0]), (Some("      \"timeout_ms\": 5000"), Some("      \"timeout_ms\": 2000")));
    assert_eq!(
        (marked(changed[0].left.as_ref().unwrap()), marked(changed[0].right.as_ref().unwrap())),
        (vec!["5000".into()], vec!["2000".into()])
    );
    assert_eq!(sides(changed[1]), (None, Some("    \"c\"")), "the comma that \"b\" gets is no change");
    assert_eq!(changed[1].kind, RowKind::Added);
    assert_eq!(rows[3].left.as_ref().unwrap().number, 4, "lines are counted from 1");
}

#[test]
fn spans_count_in_utf_16_units() {
    let of = |name: &str| json!({"strategy": "single", "model": {"model": "o3", "params": {"user": format!("😀 é {name} 😀")}}});
    let rows = diff(&of("one"), &of("two")).rows;
    let row = rows.iter().find(|row| row.kind == RowKind::Changed).unwrap();
    assert_eq!(marked(row.left.as_ref().unwrap()), ["one"]);
    assert_eq!(marked(row.right.as_ref().unwrap()), ["two"]);
    assert_eq!(row.left.as_ref().unwrap().spans, [(20, 23)]);
}

#[test]
fn a_removed_target_leaves_a_gap_on_the_right() {
    let rows = diff(
        &fallback(&json!([{"model": "a", "timeout_ms": 1}, {"model": "b", "timeout_ms": 2}])),
        &fallback(&json!([{"model": "b", "timeout_ms": 2}])),
    )
    .rows;
    assert_eq!(rows.iter().filter(|row| row.kind == RowKind::Removed).count(), 4);
    assert!(rows.iter().all(|row| (row.kind == RowKind::Removed) == row.right.is_none()));
}

fn of(strategy: &str, more: Value) -> Value {
    let mut document = json!({ "strategy": strategy });
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

#[test]
fn candidates_and_what_they_are_weighed_by() {
    let cost = |tier: &str, allowed: Value| of("cost_optimized", json!({"quality_tier": tier, "allowed_models": allowed}));
    assert_eq!(
        changes(&cost("standard", json!(["a", "b"])), &cost("premium", json!(["b", "a", {"model": "c", "timeout_ms": 5}]))),
        [
            "changed /quality_tier: quality tier standard -> premium",
            "moved /allowed_models/1: candidate 1 moved to 2: a",
            "added /allowed_models/2: candidate 3 added: c",
        ]
    );
    let latency = |more: Value| {
        let mut document = of("latency_optimized", json!({"allowed_models": ["a"]}));
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    };
    assert_eq!(
        changes(
            &latency(json!({"window_s": 300, "explore": 0.02})),
            &latency(json!({"window_s": 60, "min_samples": 3, "affinity": "end_user"}))
        ),
        [
            "changed /window_s: window 300 -> 60 s",
            "added /min_samples: samples wanted 3 added",
            "added /affinity: affinity end_user added",
            "removed /explore: explore 0.02 removed",
        ]
    );
}

#[test]
fn members_their_weights_and_how_they_are_counted() {
    let ensemble = |aggregation: &str, members: Value| of("ensemble", json!({"aggregation": aggregation, "members": members}));
    assert_eq!(
        changes(
            &ensemble("majority_vote", json!(["a", {"model": "b", "weight": 2}])),
            &ensemble("weighted_vote", json!([{"model": "a", "weight": 3}, {"model": "b", "weight": 2.5}, "c"]))
        ),
        [
            "changed /aggregation: aggregation majority_vote -> weighted_vote",
            "added /members/0/weight: member 1: weight 3 added",
            "changed /members/1/weight: member 2: weight 2 -> 2.5",
            "added /members/2: member 3 added: c",
        ]
    );
    let with = |more: Value| {
        let mut document = ensemble("llm_judge", json!(["a", "b"]));
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    };
    assert_eq!(
        changes(
            &with(json!({"judge": "j", "quorum": 2, "valid_when": "response.length > 1"})),
            &with(json!({"judge": "k", "valid_when": "response.length > 9", "timeout_ms": 900}))
        ),
        [
            "added /timeout_ms: timeout 900 ms added",
            "changed /valid_when: valid_when response.length > 1 -> response.length > 9",
            "changed /judge: judge j -> k",
            "removed /quorum: quorum 2 removed",
        ]
    );
}

#[test]
fn variants_their_shares_labels_and_targets() {
    let ab_test = |variants: Value| of("ab_test", json!({ "variants": variants }));
    assert_eq!(
        changes(
            &ab_test(json!([{"weight": 80, "config": "a"}, {"weight": 20, "config": "b"}])),
            &ab_test(json!([{"weight": 70, "config": "a"}, {"weight": 30, "config": "b"}]))
        ),
        ["changed /variants/0/weight: variant 1: weight 80 -> 70", "changed /variants/1/weight: variant 2: weight 20 -> 30"]
    );
    assert_eq!(
        changes(
            &ab_test(json!([{"label": "old", "weight": 1, "config": "a"}])),
            &ab_test(json!([{"label": "new", "weight": 1, "config": "b"}, {"weight": 2, "config": "@c"}]))
        ),
        [
            "changed /variants/0/label: variant 1: label old -> new",
            "changed /variants/0/config: variant 1: target a -> b",
            "added /variants/1: variant 2 added: @c",
        ]
    );
    assert_eq!(
        changes(&ab_test(json!([{"label": "x", "weight": 1, "config": "a"}])), &ab_test(json!([{"weight": 1, "config": "a"}]))),
        ["removed /variants/0/label: variant 1: label x removed"]
    );
}

#[test]
fn what_a_cascade_accepts() {
    let cascade = |attempts: Value| of("cascade", json!({ "attempts": attempts }));
    assert_eq!(
        changes(
            &cascade(json!([{"model": "a", "accept": "response.length > 1"}, "b"])),
            &cascade(json!([{"model": "a", "accept": "response.length > 2"}, {"model": "b", "accept": "response.valid_json"}, "c"]))
        ),
        [
            "changed /attempts/0/accept: attempt 1: accept response.length > 1 -> response.length > 2",
            "added /attempts/1/accept: attempt 2: accept response.valid_json added",
            "added /attempts/2: attempt 3 added: c",
        ]
    );
}

fn program(lines: &[&str]) -> Value {
    of("custom_rules", json!({"rules": lines.join("\n")}))
}

#[test]
fn a_program_is_told_rule_by_rule() {
    let from = program(&["if tenant == \"a\" then use @a", "else if request.stream then use @b", "else use @c"]);
    let told = |lines: &[&str]| changes(&from, &program(lines));
    assert_eq!(
        told(&["if tenant == \"a\" then use @a", "else if request.stream then use @z", "else use @c"]),
        ["changed /rules: rule 2: use @b -> use @z"]
    );
    assert_eq!(
        told(&["if tenant == \"x\" then use @a", "else if request.stream then block \"no\"", "else use @c"]),
        ["changed /rules: rule 1: condition tenant == \"a\" -> tenant == \"x\"", "changed /rules: rule 2: use @b -> block \"no\"",]
    );
    assert_eq!(
        told(&[
            "if tenant == \"a\" then use @a",
            "else if request.has_tools then use @t",
            "else if request.stream then use @b",
            "else use @c"
        ]),
        ["added /rules: rule 2 added: if request.has_tools then use @t"]
    );
    assert_eq!(told(&["if tenant == \"a\" then use @a", "else use @c"]), ["removed /rules: rule 2 removed: if request.stream then use @b"]);
    assert_eq!(
        told(&["if request.stream then use @b", "else if tenant == \"a\" then use @a", "else use @d"]),
        ["moved /rules: rule 1 moved to 2: if tenant == \"a\"", "changed /rules: rule 3: use @c -> use @d"]
    );
    assert_eq!(
        told(&["# mind the stream", "if tenant == \"a\" then use @a", "else if request.stream then use @b # so", "else use @c"]),
        ["added /rules: rule 1: comment above mind the stream added", "added /rules: rule 2: comment beside so added"]
    );
}

#[test]
fn options_of_a_target_in_a_rule_are_told_apart() {
    let list = |then: Value| of("custom_rules", json!({"rules": [{"if": "request.stream", "then": then}, {"else": "@c"}]}));
    assert_eq!(
        changes(&list(json!("@b")), &list(json!({"model": "@b", "timeout_ms": 900}))),
        ["added /rules/0/then/timeout_ms: rule 1: timeout 900 ms added"]
    );
    assert_eq!(
        changes(&list(json!({"model": "@b", "timeout_ms": 5})), &list(json!({"model": "@b", "timeout_ms": 9}))),
        ["changed /rules/0/then/timeout_ms: rule 1: timeout 5 -> 9 ms"]
    );
    assert_eq!(changes(&list(json!("@b")), &list(json!("@z"))), ["changed /rules/0/then: rule 1: use @b -> use @z"]);
}

#[test]
fn a_program_that_became_a_list_is_said_and_what_changed_in_it() {
    let text = program(&["if request.stream then use @b", "else use @c"]);
    let list = of("custom_rules", json!({"rules": [{"if": "request.stream", "then": "@z"}, {"else": "@c"}]}));
    assert_eq!(changes(&text, &list), ["changed /rules: rules: written as a list now", "changed /rules: rule 1: use @b -> use @z"]);
    assert_eq!(changes(&list, &text)[0], "changed /rules: rules: written as a program now");
}

#[test]
fn rows_show_the_lines_of_a_program() {
    let from = program(&["# who pays", "if tenant == \"a\" then use @a", "else use @c"]);
    let to = program(&["# who pays", "if tenant == \"b\" then use @a", "else if request.stream then use @s", "else use @c"]);
    let rows: Vec<String> = diff(&from, &to)
        .rows
        .iter()
        .map(|row| {
            let (left, right) = sides(row);
            format!("{:8}|{:42}|{}", row.kind.as_str(), left.unwrap_or(""), right.unwrap_or(""))
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"));
    let diff = diff(&from, &to);
    let changed = diff.rows.iter().find(|row| row.kind == RowKind::Changed).unwrap();
    assert_eq!(marked(changed.left.as_ref().unwrap()), ["a"], "the word that differs, not the line");
}

#[test]
fn another_of_the_newer_strategies_is_told_with_what_it_brings() {
    let told =
        changes(&fallback(&json!(["a", "b"])), &of("cascade", json!({"attempts": [{"model": "a", "accept": "response.length > 1"}, "b"]})));
    assert_eq!(
        told,
        ["changed /strategy: strategy fallback -> cascade", "added /attempts/0/accept: attempt 1: accept response.length > 1 added"]
    );
}
