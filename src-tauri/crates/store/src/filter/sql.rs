//! Terms into one SQL condition with bound values.

use rusqlite::types::Value;

use super::{Comparison, Field, Figure, Filter, Pattern, Status, Term, Test};
use crate::traffic::{FAILED, first_key};

/// A condition on a row of `requests`.
pub(crate) struct Condition {
    /// What must hold; its parameters are `?`, in the order of the values.
    pub sql: String,
    /// Values of the parameters.
    pub values: Vec<Value>,
    /// Can only rows of the index `requests_failed` meet it?
    failed_only: bool,
}

impl Condition {
    /// SQLite's planner prefers to walk the whole table, which on a long log with few failures takes long.
    pub(crate) fn index_hint(&self) -> &'static str {
        if self.failed_only { "INDEXED BY requests_failed" } else { "" }
    }

    fn test(&mut self, test: &Test) -> String {
        match test {
            Test::Status(Status::Error) => FAILED.to_owned(),
            Test::Status(Status::Ok) => format!("NOT {FAILED}"),
            Test::Status(Status::Class(class)) => format!("status BETWEEN {} AND {}", class * 100, class * 100 + 99),
            Test::Status(Status::Code(code)) => format!("status = {code}"),
            Test::Field(field, pattern) => self.matches(column(*field), pattern),
            Test::Version(config, version) => format!("({} AND version = {version})", self.matches("config", config)),
            Test::Tag(key, pattern) => {
                self.values.push(Value::Text(key.clone()));
                let matches = self.matches("value", pattern);
                format!("EXISTS (SELECT 1 FROM json_each(requests.tags) WHERE key = ? AND {matches})")
            }
            Test::Stream(stream) => format!("stream = {}", i64::from(*stream)),
            Test::Figure(figure, comparison, number) => format!("{} {} {number}", amount(*figure), symbol(*comparison)),
            Test::After(time_ms) => format!("requests.key >= {}", first_key(*time_ms)),
            Test::Before(time_ms) => format!("requests.key < {}", first_key(*time_ms)),
            Test::Text(text) => self.contains(text),
        }
    }

    fn matches(&mut self, column: &str, pattern: &Pattern) -> String {
        if pattern.0.contains(['*', '?']) {
            // A bracket means itself here, not a set as in SQLite.
            self.values.push(Value::Text(pattern.0.replace('[', "[[]")));
            format!("{column} GLOB ?")
        } else {
            self.values.push(Value::Text(pattern.0.clone()));
            format!("{column} = ?")
        }
    }

    fn contains(&mut self, text: &str) -> String {
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let columns = ["error_message", "error_class", "requested_model"];
        let any: Vec<String> = columns
            .iter()
            .map(|column| {
                self.values.push(Value::Text(format!("%{escaped}%")));
                format!("ifnull({column} LIKE ? ESCAPE '\\', 0)")
            })
            .collect();
        format!("({})", any.join(" OR "))
    }
}

pub(super) fn condition(filter: &Filter) -> Condition {
    let mut condition = Condition { sql: String::from("1"), values: Vec::new(), failed_only: false };
    for term in &filter.terms {
        let test = condition.test(&term.test);
        // A field that is not there equals nothing, so its opposite holds.
        let sql = if term.negated { format!(" AND NOT ifnull({test}, 0)") } else { format!(" AND {test}") };
        condition.sql.push_str(&sql);
        condition.failed_only |= is_failure(term);
    }
    if condition.failed_only {
        condition.sql.push_str(&format!(" AND {FAILED}"));
    }
    condition
}

/// Does the term alone leave nothing but failures?
fn is_failure(term: &Term) -> bool {
    let fails = match &term.test {
        Test::Status(Status::Error) | Test::Field(Field::ErrorClass, _) => true,
        Test::Status(Status::Class(class)) => *class >= 4,
        Test::Status(Status::Code(code)) => *code >= 400,
        _ => false,
    };
    fails && !term.negated
}

fn column(field: Field) -> &'static str {
    match field {
        Field::Config => "config",
        Field::App => "app",
        Field::Provider => "provider",
        Field::Model => "model",
        Field::RequestedModel => "requested_model",
        Field::Endpoint => "endpoint",
        Field::Strategy => "strategy",
        Field::ErrorClass => "error_class",
        Field::EndUser => "end_user",
        Field::Conversation => "conversation_id",
        Field::TraceId => "trace_id",
    }
}

fn amount(figure: Figure) -> &'static str {
    match figure {
        Figure::Latency => "total_us",
        Figure::Ttft => "ttft_us",
        Figure::Overhead => "overhead_us",
        Figure::Cost => "cost_total",
        Figure::Tokens => "(input_tokens + output_tokens)",
        Figure::Attempts => "attempts",
    }
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Equal => "=",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Greater => ">",
    }
}
