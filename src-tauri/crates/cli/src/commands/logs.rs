//! `modelux logs`.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use clap::{Args, Subcommand};
use control::api::{
    Page,
    traffic::{Body, ListLogs, LogDetail, LogRow, Trace},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    connect::Connection,
    failure::Failure,
    output::{Output, Style, duration, or_dash, time, usd},
    trace,
};

/// How often the log is asked for what is new.
const EVERY: Duration = Duration::from_millis(500);
/// Rows asked for at once.
const PAGE: usize = 200;
/// Most rows read in one round.
const BURST: usize = 2_000;
/// Rows remembered as seen; more than a round can read.
const REMEMBERED: usize = 10_000;

#[derive(Debug, Subcommand)]
pub enum Logs {
    /// List requests, newest first
    List(List),
    /// Show requests as they come
    Tail(Tail),
    /// Show one request with its trace
    Show(Show),
}

#[derive(Debug, Args)]
pub struct List {
    /// Filter, such as `status:error config:production latency>2s`
    filter: Vec<String>,
    /// Most rows
    #[arg(long, short = 'n', default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Args)]
pub struct Tail {
    /// Filter, such as `status:error config:production latency>2s`
    filter: Vec<String>,
    /// Requests to begin with
    #[arg(long, short = 'n', default_value_t = 10)]
    lines: usize,
}

#[derive(Debug, Args)]
pub struct Show {
    /// `req_…`
    id: String,
    /// With the recorded bodies
    #[arg(long)]
    bodies: bool,
}

pub async fn run(command: Logs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    match command {
        Logs::List(command) => list(command, connection, output).await,
        Logs::Tail(command) => tail(command, connection, output).await,
        Logs::Show(command) => show(command, connection, output).await,
    }
}

async fn list(command: List, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let input = query(&command.filter);
    let (value, rows): (_, Vec<LogRow>) = connection.all("list_logs", input, command.limit.max(1)).await?;
    output.either(&value, || {
        let head = ["TIME", "ID", "APP", "ASKED FOR", "ANSWERED BY", "STATUS", "LATENCY", "TOKENS", "COST"];
        output.table(&head, &[5, 6, 7, 8], rows.iter().map(cells).collect(), "No requests.")
    })?;
    Ok(())
}

fn query(filter: &[String]) -> Value {
    if filter.is_empty() { json!({}) } else { json!({ "q": filter.join(" ") }) }
}

fn cells(row: &LogRow) -> Vec<String> {
    vec![
        time(&row.time),
        row.id.clone(),
        or_dash(row.app.as_deref()),
        row.requested_model.clone(),
        answered_by(row),
        row.error_class.as_ref().map_or_else(|| row.status.to_string(), |class| format!("{} {class}", row.status)),
        duration(row.latency_ms),
        tokens(row),
        cost(row),
    ]
}

fn answered_by(row: &LogRow) -> String {
    match (&row.provider, &row.model) {
        (Some(provider), Some(model)) => format!("{provider}/{model}"),
        (Some(provider), None) => provider.clone(),
        _ => "–".to_owned(),
    }
}

/// Tokens without a price are unpriced, which is not the same as free or as not called.
fn cost(row: &LogRow) -> String {
    let used = row.input_tokens.unwrap_or(0) > 0 || row.output_tokens.unwrap_or(0) > 0;
    if row.cost_usd.is_none() && used { "unpriced".to_owned() } else { usd(row.cost_usd) }
}

fn tokens(row: &LogRow) -> String {
    format!("{} > {}", or_dash(row.input_tokens), or_dash(row.output_tokens))
}

async fn tail(command: Tail, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let input = query(&command.filter);
    let (_, rows): (_, Vec<Value>) = connection.all("list_logs", input.clone(), PAGE).await?;
    let mut seen = Seen::default();
    seen.note(&rows);
    rows.iter().take(command.lines).rev().try_for_each(|row| print(output, row))?;
    loop {
        tokio::time::sleep(EVERY).await;
        let new = new_rows(connection, &input, &seen).await?;
        new.iter().rev().try_for_each(|row| print(output, row))?;
        seen.note(&new);
    }
}

/// Rows not seen yet, newest first. A row is listed by its arrival but recorded at its end, so that new ones may stand
/// behind seen ones: whole pages are read, down to one that has a row seen before.
async fn new_rows(connection: &Connection, input: &Value, seen: &Seen) -> Result<Vec<Value>, Failure> {
    let mut new = Vec::new();
    let mut cursor = None;
    loop {
        let q = input["q"].as_str().map(str::to_owned);
        let (_, page): (_, Page<Value>) = connection.ask("list_logs", ListLogs { q, limit: Some(PAGE as u32), cursor }).await?;
        let (known, unknown): (Vec<_>, Vec<_>) = page.data.into_iter().partition(|row| seen.has(row));
        new.extend(unknown);
        cursor = page.next_cursor;
        if !known.is_empty() || cursor.is_none() || new.len() >= BURST {
            return Ok(new);
        }
    }
}

/// Ids of rows that were seen lately.
#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    fn has(&self, row: &Value) -> bool {
        id(row).is_some_and(|id| self.ids.contains(id))
    }

    fn note(&mut self, rows: &[Value]) {
        for id in rows.iter().rev().filter_map(id) {
            self.ids.insert(id.to_owned());
            self.order.push_back(id.to_owned());
        }
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.ids.remove(&oldest);
            }
        }
    }
}

fn id(row: &Value) -> Option<&str> {
    row["id"].as_str()
}

fn print(output: &Output, value: &Value) -> Result<(), Failure> {
    if output.json {
        return Ok(output.line(value.to_string())?);
    }
    let Ok(row) = LogRow::deserialize(value) else { return Ok(()) };
    let style = if row.status < 400 { Style::Green } else { Style::Red };
    let version = match (&row.config, row.version) {
        (Some(config), Some(version)) => format!(" @{config}:{version}"),
        _ => String::new(),
    };
    output.line(format!(
        "{}  {}  {}{}  {}  {}  {}  {}{}",
        output.styled(Style::Dim, &time(&row.time)),
        output.styled(style, &row.status.to_string()),
        row.requested_model,
        if version.trim() == row.requested_model { "" } else { &version },
        answered_by(&row),
        duration(row.latency_ms),
        tokens(&row),
        row.id,
        row.error_message.as_deref().map_or_else(String::new, |message| format!("  {message}")),
    ))?;
    Ok(())
}

async fn show(command: Show, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (value, detail): (_, LogDetail) = connection.ask("get_log", json!({ "id": command.id })).await?;
    if output.json {
        return Ok(output.value(&value)?);
    }
    let row = &detail.row;
    let facts = [
        ("request", row.id.clone()),
        ("time", time(&row.time)),
        ("app", or_dash(row.app.as_deref())),
        ("asked for", row.requested_model.clone()),
        ("answered by", answered_by(row)),
        ("status", row.status.to_string()),
        ("latency", duration(row.latency_ms)),
        ("first content", row.ttft_ms.map_or_else(|| "–".to_owned(), duration)),
        ("in Modelux", format!("{} µs", row.overhead_us)),
        ("tokens", tokens(row)),
        ("cost", cost(row)),
    ];
    for (name, fact) in facts {
        output.line(format!("{} {fact}", output.styled(Style::Dim, &format!("{name:<14}"))))?;
    }
    if let Some(message) = &row.error_message {
        output.line(format!("{} {message}", output.styled(Style::Dim, &format!("{:<14}", "error"))))?;
    }
    output.line("")?;
    match Trace::deserialize(&detail.trace) {
        Ok(decided) => trace::print(output, &decided)?,
        Err(_) => output.value(&detail.trace)?,
    }
    if command.bodies {
        print_body(output, "request", detail.request_body.as_ref())?;
        print_body(output, "answer", detail.response_body.as_ref())?;
    }
    Ok(())
}

fn print_body(output: &Output, name: &str, body: Option<&Body>) -> Result<(), Failure> {
    let Some(body) = body else {
        return Ok(output.line(format!("\nNo {name} body was recorded."))?);
    };
    let cut = if body.truncated { ", only the beginning was kept" } else { "" };
    output.line(output.styled(Style::Bold, &format!("\n{name} body ({} bytes{cut})", body.size)))?;
    Ok(output.text(&body.text)?)
}
