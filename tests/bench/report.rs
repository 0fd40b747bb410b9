//! One table for people, one JSON file for later.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::measure::Results;

struct Row {
    what: &'static str,
    direct: Option<f64>,
    nginx: Option<f64>,
    modelux: Option<f64>,
    /// Another build, where one was named.
    beside: Option<f64>,
    /// The figure that the goal is about.
    figure: Option<f64>,
    figure_unit: &'static str,
    goal: Goal,
}

#[derive(Clone, Copy)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn met(self, figure: f64) -> bool {
        match self {
            Self::AtMost(limit) => figure <= limit,
            Self::AtLeast(limit) => figure >= limit,
        }
    }
}

fn rows(results: &Results) -> Vec<Row> {
    let row = |what, measure: &str, figure, figure_unit, goal| Row {
        what,
        direct: results.median(measure, "direct"),
        nginx: results.median(measure, "nginx"),
        modelux: results.median(measure, "modelux"),
        beside: results.median(measure, "beside"),
        figure,
        figure_unit,
        goal,
    };
    let ratio = |measure: &str| Some(results.median(measure, "modelux")? / results.median(measure, "nginx")?);
    let added = |measure: &str| results.added(measure, "modelux", "direct");
    let added_ratio = |measure: &str| Some(added(measure)? / results.added(measure, "nginx", "direct")?.max(1.0));
    let own = |measure: &str| results.median(measure, "modelux");
    vec![
        row("1 KB chat, 1 connection, p50 µs", "serial_1kb_p50_us", added("serial_1kb_p50_us"), "µs added", Goal::AtMost(90.0)),
        row("1 KB chat, 1 connection, p99 µs", "serial_1kb_p99_us", added("serial_1kb_p99_us"), "µs added", Goal::AtMost(200.0)),
        row("100 KB chat, p50 µs", "serial_100kb_p50_us", added_ratio("serial_100kb_p50_us"), "× nginx's added", Goal::AtMost(2.0)),
        row("1 MB chat, p50 µs", "serial_1mb_p50_us", added_ratio("serial_1mb_p50_us"), "× nginx's added", Goal::AtMost(2.0)),
        row("64 connections, requests/s", "parallel_rps", ratio("parallel_rps"), "× nginx", Goal::AtLeast(0.5)),
        row("CPU µs per request", "cpu_us_per_request", ratio("cpu_us_per_request"), "× nginx", Goal::AtMost(2.0)),
        row("200-event stream, total µs", "stream_total_us", ratio("stream_total_us"), "× nginx", Goal::AtMost(1.2)),
        row("200-event stream, first event µs", "stream_first_us", added("stream_first_us"), "µs added", Goal::AtMost(100.0)),
        row("CPU µs per event", "stream_cpu_us_per_event", own("stream_cpu_us_per_event"), "µs", Goal::AtMost(4.0)),
        row("200 paced events, reads", "paced_stream_reads", own("paced_stream_reads"), "reads", Goal::AtLeast(190.0)),
        row("resident memory idle, MiB", "idle_rss_mib", own("idle_rss_mib"), "MiB", Goal::AtMost(30.0)),
        row("resident memory after the load, MiB", "loaded_rss_mib", own("loaded_rss_mib"), "MiB", Goal::AtMost(80.0)),
        row("5,000 open streams, KiB each", "open_stream_kib", own("open_stream_kib"), "KiB", Goal::AtMost(60.0)),
        row("5,000 open streams, lost", "open_streams_lost", own("open_streams_lost"), "streams", Goal::AtMost(0.0)),
        row("start to first answer, ms", "start_to_first_answer_ms", own("start_to_first_answer_ms"), "ms", Goal::AtMost(150.0)),
    ]
}

/// Prints the table.
pub fn print(results: &Results) {
    println!("{:<36} {:>10} {:>10} {:>10} {:>10}   {:>24}   goal", "", "direct", "nginx", "modelux", "beside", "figure");
    for row in rows(results) {
        let figure = row.figure.map_or("–".to_owned(), |figure| format!("{figure:.2} {}", row.figure_unit));
        let goal = match row.goal {
            Goal::AtMost(limit) => format!("≤ {limit}"),
            Goal::AtLeast(limit) => format!("≥ {limit}"),
        };
        let verdict = match row.figure {
            None => "not measured",
            Some(figure) if row.goal.met(figure) => "met",
            Some(_) => "MISSED",
        };
        println!(
            "{:<36} {:>10} {:>10} {:>10} {:>10}   {figure:>24}   {goal} {verdict}",
            row.what,
            cell(row.direct),
            cell(row.nginx),
            cell(row.modelux),
            cell(row.beside)
        );
    }
}

fn cell(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.1}"))
}

/// Writes every round and the table's figures; returns where.
pub fn write(results: &Results, binary: &Path) -> PathBuf {
    let table: Vec<_> = rows(results)
        .iter()
        .map(|row| {
            json!({
                "what": row.what, "direct": row.direct, "nginx": row.nginx, "modelux": row.modelux, "beside": row.beside,
                "figure": row.figure, "unit": row.figure_unit, "met": row.figure.map(|figure| row.goal.met(figure)),
            })
        })
        .collect();
    let command = format!("MODELUX_BIN={} bench {}", binary.display(), std::env::args().skip(1).collect::<Vec<_>>().join(" "));
    let all = json!({"command": command, "table": table, "rounds": results});
    let dir = target_dir().join("bench");
    fs::create_dir_all(&dir).expect("a writable target directory");
    let path = dir.join("proxy.json");
    fs::write(&path, format!("{all:#}\n")).expect("a writable target directory");
    path
}

/// The target directory that the bench itself was built into.
pub fn target_dir() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    own.ancestors().nth(2).expect("target/PROFILE/bench").to_owned()
}
