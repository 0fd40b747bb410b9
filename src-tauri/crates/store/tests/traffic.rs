//! What was recorded can be found again.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod common;

use common::{NOW_MS, id, record};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use proptest::prelude::*;
use rusqlite::Connection;
use store::{
    Filter, RequestSink, StoreError,
    record::RequestRecord,
    traffic::{Opened, Retention},
};
use tempfile::TempDir;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn now() -> Zoned {
    Timestamp::from_millisecond(NOW_MS).unwrap().to_zoned(TimeZone::UTC)
}

fn with(records: impl IntoIterator<Item = Box<RequestRecord>>) -> (TempDir, Opened) {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    add(&opened, records);
    (dir, opened)
}

fn add(opened: &Opened, records: impl IntoIterator<Item = Box<RequestRecord>>) {
    for record in records {
        opened.recorder.try_record(record).unwrap();
    }
    opened.recorder.flush_blocking().unwrap();
}

fn bodies(n: u64, time_ms: i64, request: impl Into<bytes::Bytes>, response: impl Into<bytes::Bytes>) -> Box<RequestRecord> {
    Box::new(RequestRecord { request_body: Some(request.into()), response_body: Some(response.into()), ..*record(n, time_ms) })
}

fn count(dir: &TempDir, table: &str) -> u64 {
    let connection = Connection::open(dir.path().join("traffic.db")).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn a_record_comes_back_whole() {
    let written = RequestRecord {
        ttft_us: Some(123_456),
        budget: Some(r#"{"name":"team"}"#.into()),
        error_class: Some("broken".into()),
        error_message: Some("the stream ended early".into()),
        conversation_id: Some("c_1".into()),
        trace_id: Some("t_1".into()),
        ..*bodies(7, NOW_MS, r#"{"messages":[]}"#, r#"{"choices":[]}"#)
    };
    let (_dir, opened) = with([Box::new(written.clone())]);
    let detail = opened.traffic.get(written.id).unwrap().unwrap();
    let row = &detail.row;
    assert_eq!((row.id, row.time_ms, row.version, row.status), (written.id, NOW_MS, Some(12), 200));
    assert_eq!((row.tokens, row.cost, row.ttft_us, row.attempts), (written.tokens, written.cost, Some(123_456), 2));
    assert_eq!(row.tags, [("team".to_owned(), "acme".to_owned()), ("tenant".to_owned(), "t_1".to_owned())]);
    assert_eq!(row.error_class.as_deref(), Some("broken"));
    let trace: serde_json::Value = serde_json::from_str(&detail.trace).unwrap();
    assert_eq!(trace["request_id"], format!("req_{}", ulid::Ulid(written.id)));
    assert_eq!(trace["attempts"][0]["outcome"], "timeout");
    assert_eq!(trace["decision"]["target"], "openai/gpt-4o-mini");
    assert_eq!(detail.budget.as_deref(), Some(r#"{"name":"team"}"#));
    assert_eq!(detail.price.as_deref(), written.price.as_deref());
    assert_eq!(detail.request_body.unwrap().bytes, br#"{"messages":[]}"#);
    assert_eq!(detail.response_body.unwrap().bytes, br#"{"choices":[]}"#);
    assert_eq!(opened.traffic.last_request().unwrap().unwrap().id, written.id);
}

#[test]
fn an_unknown_id_is_nothing_and_one_that_tells_another_time_is_found() {
    let odd = RequestRecord { id: 5, ..*record(1, NOW_MS) };
    let (_dir, opened) = with([Box::new(odd)]);
    assert!(opened.traffic.get(6).unwrap().is_none());
    assert!(opened.traffic.get(5).unwrap().is_some());
}

#[test]
fn a_big_body_is_stored_once_and_small_ones_beside_their_request() {
    let prompt = vec![b'p'; 10_000];
    let (dir, opened) = with((0..5).map(|n| bodies(n, NOW_MS, prompt.clone(), "small")));
    assert_eq!((count(&dir, "bodies"), count(&dir, "contents")), (1, 5));
    for n in 0..5 {
        let detail = opened.traffic.get(id(n, NOW_MS)).unwrap().unwrap();
        assert_eq!(detail.request_body.unwrap().bytes, prompt);
        assert_eq!(detail.response_body.unwrap().bytes, b"small");
    }
}

#[test]
fn a_huge_body_is_cut_and_its_length_kept() {
    let (_dir, opened) = with([bodies(1, NOW_MS, vec![b'p'; 3 << 20], "")]);
    let detail = opened.traffic.get(id(1, NOW_MS)).unwrap().unwrap();
    let request = detail.request_body.unwrap();
    assert_eq!((request.bytes.len(), request.truncated, request.size), (1 << 20, true, 3 << 20));
    let response = detail.response_body.unwrap();
    assert_eq!((response.bytes.len(), response.truncated, response.size), (0, false, 0));
}

#[test]
fn secrets_reach_no_byte_of_the_file() {
    let secret = "sk-proj-abcdefghij0123456789";
    let small = format!(r#"{{"content":"use {secret}"}}"#);
    let big = format!(r#"{{"content":"{}, use {secret}"}}"#, "x ".repeat(5_000));
    let (dir, opened) = with([bodies(1, NOW_MS, small, big)]);
    let detail = opened.traffic.get(id(1, NOW_MS)).unwrap().unwrap();
    for body in [detail.request_body.unwrap(), detail.response_body.unwrap()] {
        let text = String::from_utf8(body.bytes).unwrap();
        assert!(text.ends_with(r#"use [redacted]"}"#), "{text}");
    }
    opened.recorder.stop().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[test]
fn a_key_that_an_upstream_repeats_in_its_error_is_taken_out() {
    let error = "Incorrect API key provided: sk-proj-abcdefghij0123456789.";
    let mut refused = RequestRecord { status: 401, error_message: Some(error.into()), ..*record(1, NOW_MS) };
    refused.trace.attempts[0].reason = Some(routing::reason::Reason::text(error));
    let (_dir, opened) = with([Box::new(refused)]);
    let detail = opened.traffic.get(id(1, NOW_MS)).unwrap().unwrap();
    assert_eq!(detail.row.error_message.as_deref(), Some("Incorrect API key provided: [redacted]."));
    assert!(detail.trace.contains("provided: [redacted].") && !detail.trace.contains("sk-proj"), "{}", detail.trace);
}

#[test]
fn pages_are_complete_in_order_and_undisturbed_by_new_requests() {
    let (_dir, opened) = with((0..95).map(|n| record(n, NOW_MS + i64::try_from(n / 10).unwrap())));
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = opened.traffic.page(&Filter::default(), 10, cursor.as_deref()).unwrap();
        seen.extend(page.rows.iter().map(|row| row.id));
        add(&opened, [record(1_000 + seen.len() as u64, NOW_MS + 1_000)]);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<u128> = (0..95).rev().map(|n| id(n, NOW_MS + i64::try_from(n / 10).unwrap())).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_cursor_from_elsewhere_is_refused() {
    let (_dir, opened) = with([]);
    for cursor in ["", "xyz", "-5", "'; DROP TABLE requests"] {
        let refused = opened.traffic.page(&Filter::default(), 10, Some(cursor));
        assert!(matches!(refused, Err(StoreError::InvalidCursor)), "{cursor}");
    }
}

#[test]
fn every_filter_takes_what_it_says() {
    let failed = RequestRecord {
        status: 504,
        error_class: Some("timeout".into()),
        error_message: Some("no answer within 5000 ms".into()),
        provider: Some("anthropic".into()),
        model: Some("claude-sonnet-4".into()),
        total_us: 5_000_000,
        ..*record(1, NOW_MS - 60_000)
    };
    let broken = RequestRecord { error_class: Some("broken".into()), stream: true, ttft_us: Some(900_000), ..*record(2, NOW_MS) };
    let direct = RequestRecord {
        config: None,
        version: None,
        app: None,
        tags: Vec::new(),
        end_user: None,
        cost: None,
        tokens: None,
        attempts: 1,
        requested_model: "openai/gpt-4o_mini".into(),
        ..*record(3, NOW_MS - DAY_MS)
    };
    let (_dir, opened) = with([failed, broken, direct].map(Box::new));
    for (text, expected) in [
        ("", &[2, 1, 3][..]),
        ("status:error", &[2, 1]),
        ("-status:error", &[3]),
        ("status:ok", &[3]),
        ("status:2xx", &[2, 3]),
        ("status:504", &[1]),
        ("status:5xx error:timeout", &[1]),
        ("config:production", &[2, 1]),
        ("config:@production:12", &[2, 1]),
        ("config:production:11", &[]),
        ("-config:production", &[3]),
        ("app:ide provider:openai", &[2]),
        ("model:gpt-4o*", &[2, 3]),
        ("model:gpt-4?-mini", &[2, 3]),
        ("-model:gpt-4o*", &[1]),
        ("tag.team:acme", &[2, 1]),
        ("tag.team:ac*", &[2, 1]),
        ("-tag.team:acme", &[3]),
        ("tag.team:other", &[]),
        ("user:u_1", &[2, 1]),
        ("latency>2s", &[1]),
        ("latency<=2000ms", &[2, 3]),
        ("ttft>800ms", &[2]),
        ("-ttft>800ms", &[1, 3]),
        ("cost>0.0001", &[2, 1]),
        ("cost>0.01", &[]),
        ("tokens>1k", &[2, 1]),
        ("tokens>4k", &[]),
        ("attempts>1", &[2, 1]),
        ("attempts=1", &[3]),
        ("stream:true", &[2]),
        ("after:2h", &[2, 1]),
        ("before:30s", &[1, 3]),
        ("before:2h", &[3]),
        (r#""no answer within""#, &[1]),
        ("TIMEOUT", &[1]),
        ("gpt-4o_mini", &[3]),
        ("4o%mini", &[]),
        (r#"-"no answer" status:error"#, &[2]),
    ] {
        let filter = Filter::parse(text, &now()).unwrap();
        let page = opened.traffic.page(&filter, 10, None).unwrap();
        let found: Vec<u128> = page.rows.iter().map(|row| row.id & 0xFF).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn sums_count_what_is_there() {
    let failed = RequestRecord { status: 500, ..*record(2, NOW_MS) };
    let unpriced = RequestRecord { cost: None, ..*record(3, NOW_MS + 5) };
    let (_dir, opened) = with([record(1, NOW_MS), Box::new(failed), Box::new(unpriced), record(4, NOW_MS - DAY_MS)]);
    let configs = opened.traffic.summary_by_config(NOW_MS).unwrap();
    assert_eq!(configs.len(), 1);
    assert_eq!((configs[0].config.as_str(), configs[0].requests, configs[0].errors), ("production", 3, 1));
    assert_eq!((configs[0].cost_nanos, configs[0].last_ms), (Some(440_000), NOW_MS + 5));
    let providers = opened.traffic.provider_stats(NOW_MS).unwrap();
    assert_eq!((providers[0].provider.as_str(), providers[0].requests, providers[0].errors), ("openai", 3, 1));
    assert_eq!(providers[0].mean_us, Some(800_002));
    assert_eq!(opened.traffic.count_since(0).unwrap(), 4);
}

#[test]
fn age_takes_requests_and_earlier_their_bodies() {
    let big = || vec![b'p'; 10_000];
    let (dir, opened) = with([
        bodies(1, NOW_MS - 40 * DAY_MS, vec![b'a'; 10_000], "r"),
        bodies(2, NOW_MS - 10 * DAY_MS, vec![b'b'; 10_000], "r"),
        bodies(3, NOW_MS - 10 * DAY_MS, big(), "r"),
        bodies(4, NOW_MS, big(), "r"),
    ]);
    let pruned = opened.traffic.prune(&Retention::default(), NOW_MS).unwrap();
    assert_eq!((pruned.requests, pruned.contents, pruned.bodies), (1, 2, 2));
    assert_eq!((count(&dir, "requests"), count(&dir, "details")), (3, 3));
    let old = opened.traffic.get(id(2, NOW_MS - 10 * DAY_MS)).unwrap().unwrap();
    assert_eq!(old.request_body, None, "its trace is still there");
    let young = opened.traffic.get(id(4, NOW_MS)).unwrap().unwrap();
    assert_eq!(young.request_body.unwrap().bytes, big(), "shared with an older one, and still in use");
}

#[test]
fn a_body_that_was_pruned_is_stored_again_when_it_comes_again() {
    let old = NOW_MS - 10 * DAY_MS;
    let (_dir, opened) = with([bodies(1, old, vec![b'p'; 10_000], "")]);
    opened.traffic.prune(&Retention::default(), NOW_MS).unwrap();
    add(&opened, [bodies(2, old + 1, vec![b'p'; 10_000], "")]);
    let detail = opened.traffic.get(id(2, old + 1)).unwrap().unwrap();
    assert_eq!(detail.request_body.unwrap().bytes.len(), 10_000);
}

#[test]
fn size_takes_the_oldest_first() {
    let noise = |n: u64| {
        let mut text = Vec::new();
        let mut state = n + 1;
        while text.len() < 3_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.extend_from_slice(&state.to_le_bytes());
        }
        text
    };
    let (_dir, opened) = with((0..2_000).map(|n| bodies(n, NOW_MS + i64::try_from(n).unwrap(), noise(n), "")));
    let before = opened.traffic.size_bytes().unwrap();
    let limit = before / 2;
    let pruned = opened.traffic.prune(&Retention { max_bytes: limit, ..Retention::default() }, NOW_MS).unwrap();
    assert!(opened.traffic.size_bytes().unwrap() <= limit);
    assert!((500..=1_500).contains(&pruned.requests), "{pruned:?}");
    assert!(opened.traffic.get(id(0, NOW_MS)).unwrap().is_none());
    assert!(opened.traffic.get(id(1_999, NOW_MS + 1_999)).unwrap().is_some());
    assert!(opened.traffic.integrity_check().unwrap().is_empty());
}

#[test]
fn an_error_is_under_the_character_where_it_is() {
    for (text, column, part) in [
        ("status:odd", 8, "is no status"),
        ("status:ok colour:red", 11, "no field \"colour\""),
        ("latency:2s", 8, "compare it with"),
        ("latency>soon", 9, "is no duration"),
        ("-latency>soon", 10, "is no duration"),
        ("config>3", 7, "is not a number"),
        ("app:", 4, "value is missing"),
        ("ok \"open", 4, "not closed"),
        ("tag.:x", 1, "key is missing"),
        ("after:yesterdayish", 7, "is no time"),
        ("ä after:x", 9, "is no time"),
        ("\"\"", 1, "nothing between"),
    ] {
        let error = Filter::parse(text, &now()).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn times_without_an_offset_are_in_the_zone_of_now() {
    let berlin = now().timestamp().to_zoned(TimeZone::fixed(jiff::tz::offset(1)));
    let filter = |text: &str| Filter::parse(text, &berlin).unwrap();
    assert_eq!(filter("before:2026-11-20T10:00"), filter("before:2026-11-20T09:00:00Z"));
    assert_eq!(filter("before:2026-11-20"), filter("before:2026-11-19T23:00Z"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Any text is read or refused with a place inside it; what is read is valid SQL.
    #[test]
    fn any_text_is_a_filter_or_an_error_with_a_place(text in "[ -~äß\"]{0,40}|(-?(status|app|tag\\.k|cost|after)[:<>=]{1,2}[0-9a-z*?\\[\"%]{0,6} ){0,4}") {
        match Filter::parse(&text, &now()) {
            Ok(filter) => {
                thread_local!(static LOG: (TempDir, Opened) = with([record(1, NOW_MS)]));
                LOG.with(|(_, opened)| opened.traffic.page(&filter, 1, None)).unwrap();
            }
            Err(error) => {
                prop_assert!(error.column >= 1 && error.length >= 1);
                prop_assert!(error.column + error.length <= text.chars().count() + 2, "{:?}", error);
            }
        }
    }
}
