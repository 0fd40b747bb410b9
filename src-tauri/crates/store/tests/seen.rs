//! What traffic carries and teaches.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod common;

use common::{NOW_MS, record};
use rusqlite::Connection;
use store::{
    RequestSink,
    record::{Cost, RequestRecord, Tokens},
    traffic::{Learned, Opened, Range, Retention, Seen},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn tagged(n: u64, tags: &[(&str, &str)]) -> Box<RequestRecord> {
    Box::new(RequestRecord { tags: tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(), ..*record(n, NOW_MS) })
}

fn add(opened: &Opened, records: impl IntoIterator<Item = Box<RequestRecord>>) {
    for record in records {
        opened.recorder.try_record(record).unwrap();
    }
    opened.recorder.flush_blocking().unwrap();
}

#[test]
fn tags_and_apps_are_there_at_once_most_seen_first() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    assert_eq!(opened.traffic.seen(20).unwrap(), Seen::default());
    let other = RequestRecord { app: Some("cron".into()), tags: Vec::new(), ..*record(3, NOW_MS) };
    add(&opened, [tagged(1, &[("feature", "chat")]), tagged(2, &[("feature", "search"), ("tenant", "acme")]), Box::new(other)]);
    let seen = opened.traffic.seen(20).unwrap();
    assert_eq!(seen.apps, [("ide".to_owned(), 2), ("cron".to_owned(), 1)]);
    let keys: Vec<_> = seen.tags.iter().map(|tag| (tag.key.as_str(), tag.requests, tag.values.len())).collect();
    assert_eq!(keys, [("feature", 2, 2), ("tenant", 1, 1)]);
    assert_eq!(opened.traffic.seen(1).unwrap().tags[0].values, [("chat".to_owned(), 1)]);
}

#[test]
fn counts_are_whole_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=2 {
        let opened = common::open(dir.path());
        add(&opened, (0..100).map(|n| tagged(n, &[("feature", "chat")])));
        opened.recorder.stop().unwrap();
        assert_eq!(opened.traffic.seen(20).unwrap().tags[0].values, [("chat".to_owned(), 100 * round)]);
    }
}

#[test]
fn what_is_sent_often_stays_however_many_values_are_sent_once() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    add(
        &opened,
        (0..6_000_u64).map(|n| {
            let session = if n.is_multiple_of(10) { "often".to_owned() } else { format!("s_{n}") };
            tagged(n, &[("session", &session), (&format!("key_{}", n % 1_000), "v"), ("tenant", "acme")])
        }),
    );
    opened.recorder.stop().unwrap();
    let seen = opened.traffic.seen(100).unwrap();
    assert_eq!(seen.tags.len(), 200);
    let of = |key: &str| seen.tags.iter().find(|tag| tag.key == key).unwrap();
    assert_eq!((of("session").requests, of("tenant").requests), (6_000, 6_000));
    let sessions = &of("session").values;
    assert_eq!(sessions.len(), 50);
    assert_eq!(sessions[0], ("often".to_owned(), 600));
    assert!(sessions[1..].iter().all(|(_, requests)| *requests == 1), "a newcomer's count is its own: {sessions:?}");
    let connection = Connection::open(dir.path().join("traffic.db")).unwrap();
    let count =
        |kind: &str| -> u64 { connection.query_row("SELECT count(*) FROM seen WHERE kind = ?1", [kind], |row| row.get(0)).unwrap() };
    assert_eq!(count("key"), 200);
    assert!(count("tag") < 200 * 50, "the values of keys that had to go went with them");
    let orphans: u64 = connection
        .query_row("SELECT count(*) FROM seen WHERE kind = 'tag' AND key NOT IN (SELECT key FROM seen WHERE kind = 'key')", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(orphans, 0);
}

#[test]
fn what_was_seen_is_forgotten_with_the_requests_that_carried_it() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let ago = |days: i64, n: u64, tags: &[(&str, &str)], app: &str| {
        Box::new(RequestRecord { time_ms: NOW_MS - days * DAY_MS, app: Some(app.into()), ..*tagged(n, tags) })
    };
    add(&opened, [ago(8, 1, &[("user", "ann"), ("old", "x")], "gone"), ago(5, 2, &[("user", "bob")], "ide")]);
    let seen = || {
        let seen = opened.traffic.seen(9).unwrap();
        let tags: Vec<_> = seen.tags.iter().flat_map(|tag| tag.values.iter().map(|(value, _)| format!("{}={value}", tag.key))).collect();
        (tags, seen.tags.len(), seen.apps.into_iter().map(|(app, _)| app).collect::<Vec<_>>())
    };
    opened.traffic.prune(&Retention::default(), NOW_MS).unwrap();
    assert_eq!(seen().0, ["user=ann", "user=bob", "old=x"], "thirty days unless told");
    opened.traffic.prune(&Retention { max_age_days: 7, ..Retention::default() }, NOW_MS).unwrap();
    assert_eq!(seen(), (vec!["user=bob".to_owned()], 1, vec!["ide".to_owned()]));
    opened.recorder.stop().unwrap();
    assert_eq!(seen().0, ["user=bob"], "the writer brings nothing back");
}

#[test]
fn what_is_seen_again_is_not_forgotten_however_few_requests_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let retention = Retention { max_age_days: 7, ..Retention::default() };
    for (n, days) in [(1, 20), (2, 4), (3, 0)] {
        add(&opened, [Box::new(RequestRecord { time_ms: NOW_MS - days * DAY_MS, ..*tagged(n, &[("feature", "chat")]) })]);
    }
    opened.traffic.prune(&retention, NOW_MS).unwrap();
    assert_eq!(opened.traffic.seen(9).unwrap().tags[0].values, [("chat".to_owned(), 3)]);
    let later_ms = NOW_MS + 30 * DAY_MS;
    opened.traffic.prune(&retention, later_ms).unwrap();
    assert_eq!(opened.traffic.seen(9).unwrap(), Seen::default());
    add(&opened, [Box::new(RequestRecord { time_ms: later_ms, ..*tagged(4, &[("feature", "chat")]) })]);
    assert_eq!(opened.traffic.seen(9).unwrap().tags[0].values[0].0, "chat", "it is there again at once");
}

fn answer(n: u64, config: Option<&str>, attempts: u32, tokens: Option<Tokens>) -> Box<RequestRecord> {
    Box::new(RequestRecord { config: config.map(Into::into), attempts, tokens, ..*record(n, NOW_MS) })
}

fn tokens(input: u64, cached: u64, output: u64) -> Option<Tokens> {
    Some(Tokens { input, cached, output, reasoning: 0, estimated: false })
}

#[test]
fn means_are_learned_per_config_and_model_from_answers_of_one_call() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let failed = RequestRecord { status: 500, ..*answer(6, Some("a"), 1, tokens(9, 9, 9)) };
    add(
        &opened,
        [
            answer(1, Some("a"), 1, tokens(1_000, 0, 100)),
            answer(2, Some("a"), 1, tokens(3_000, 3_000, 300)),
            answer(3, None, 1, tokens(50, 0, 5)),
            answer(4, Some("a"), 2, tokens(9, 9, 9)),
            answer(5, Some("a"), 1, None),
            Box::new(failed),
        ],
    );
    let learned = |config: Option<&str>, samples, input_tokens, cached_tokens, output_tokens| Learned {
        config: config.map(str::to_owned),
        provider: "openai".to_owned(),
        model: "gpt-4o-mini".to_owned(),
        samples,
        input_tokens,
        cached_tokens,
        output_tokens,
    };
    let found = opened.traffic.learned(NOW_MS - DAY_MS).unwrap();
    assert_eq!(found, [learned(None, 1, 50.0, 0.0, 5.0), learned(Some("a"), 2, 2_000.0, 1_500.0, 200.0)]);
    assert_eq!(opened.traffic.learned(NOW_MS + DAY_MS).unwrap(), []);
}

#[test]
fn ranges_are_of_what_was_measured() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let nothing = opened.traffic.observed(0).unwrap();
    assert_eq!((nothing.requests, nothing.stream_share, nothing.input_tokens), (0, None, None));
    let unpriced = RequestRecord { cost: None, stream: true, end_user: Some("u_2".into()), ..*answer(1, None, 1, tokens(5, 0, 1)) };
    let priced = RequestRecord {
        cost: Some(Cost { input: 0, output: 0, total: 2_000_000 }),
        total_us: 1_500,
        ..*answer(2, None, 1, tokens(9_000, 0, 70))
    };
    add(&opened, [Box::new(unpriced), Box::new(priced)]);
    let observed = opened.traffic.observed(0).unwrap();
    assert_eq!((observed.requests, observed.end_users, observed.stream_share), (2, 2, Some(0.5)));
    assert_eq!(observed.input_tokens, Some(Range { min: 5.0, max: 9_000.0 }));
    assert_eq!(observed.output_tokens, Some(Range { min: 1.0, max: 70.0 }));
    assert_eq!(observed.cost_usd, Some(Range { min: 0.002, max: 0.002 }));
    assert_eq!(observed.latency_ms, Some(Range { min: 1.5, max: 800.001 }));
}
