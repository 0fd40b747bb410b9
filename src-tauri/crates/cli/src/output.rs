//! What a command prints.

use std::io::{self, IsTerminal, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value;

/// Standard output, as a person or as a program reads it.
#[derive(Debug)]
pub struct Output {
    /// JSON instead of tables and sentences.
    pub json: bool,
    colour: bool,
    error_colour: bool,
}

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy)]
pub enum Style {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Cyan,
    /// A word that changed within a removed line.
    RedWord,
    /// A word that changed within an added line.
    GreenWord,
}

impl Output {
    /// For programs, or for a person.
    pub fn new(json: bool) -> Self {
        // https://no-color.org
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colour = wanted && !json && io::stdout().is_terminal();
        Self { json, colour, error_colour: wanted && !json && io::stderr().is_terminal() }
    }

    /// One line.
    pub fn line(&self, text: impl AsRef<str>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_ref().as_bytes())?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// A text that has its own line ends.
    pub fn text(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// JSON, laid out.
    pub fn value(&self, value: &Value) -> io::Result<()> {
        self.text(&serde_json::to_string_pretty(value)?)
    }

    /// The value for a program, else what `human` makes of it.
    pub fn either(&self, value: &Value, human: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        if self.json { self.value(value) } else { human() }
    }

    /// Columns; those named in `right` hold numbers. Says `none` where there are no rows.
    pub fn table(&self, head: &[&str], right: &[usize], rows: Vec<Vec<String>>, none: &str) -> io::Result<()> {
        if rows.is_empty() {
            return self.line(none);
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(head.iter().map(|name| self.styled(Style::Dim, name)));
        table.add_rows(rows);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if right.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
        self.text(&lines.join("\n"))
    }

    /// The text with its style, where the terminal shows it.
    pub fn styled(&self, style: Style, text: &str) -> String {
        paint(self.colour, style, text)
    }

    /// The same for standard error.
    pub fn styled_error(&self, style: Style, text: &str) -> String {
        paint(self.error_colour, style, text)
    }

    /// One line on standard error. That nobody reads it is no reason to fail.
    pub fn complain(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

fn paint(colour: bool, style: Style, text: &str) -> String {
    if !colour || text.is_empty() {
        return text.to_owned();
    }
    let code = match style {
        Style::Bold => "1",
        Style::Dim => "2",
        Style::Red => "31",
        Style::Green => "32",
        Style::Yellow => "33",
        Style::Cyan => "36",
        Style::RedWord => "31;7",
        Style::GreenWord => "32;7",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// `–` for what is absent.
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

/// ` (did you mean …?)`, where the message does not say so itself.
pub fn hint(message: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(suggestion) if !message.contains(suggestion) => format!(" (did you mean {suggestion}?)"),
        _ => String::new(),
    }
}

/// `0.0123` USD with as many digits as say something.
pub fn usd(cost: Option<f64>) -> String {
    match cost {
        None => "–".to_owned(),
        Some(cost) if cost != 0.0 && cost.abs() < 0.01 => format!("${cost:.6}"),
        Some(cost) => format!("${cost:.2}"),
    }
}

/// `830 ms`, `1.2 s`.
pub fn duration(ms: f64) -> String {
    if ms < 1.0 {
        format!("{ms:.2} ms")
    } else if ms < 1_000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.1} s", ms / 1_000.0)
    }
}

/// `2026-11-20 10:00:00`, in the local time zone.
pub fn time(rfc3339: &str) -> String {
    rfc3339
        .parse::<jiff::Timestamp>()
        .map_or_else(|_| rfc3339.to_owned(), |at| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_not_said_twice() {
        assert_eq!(hint("unknown model a/c", Some("a/b")), " (did you mean a/b?)");
        assert_eq!(hint("unknown model a/c: did you mean a/b?", Some("a/b")), "");
    }

    #[test]
    fn small_costs_keep_their_digits() {
        assert_eq!(usd(Some(0.000_123)), "$0.000123");
        assert_eq!(usd(Some(12.5)), "$12.50");
        assert_eq!(usd(Some(0.0)), "$0.00");
        assert_eq!(usd(None), "–");
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        assert_eq!(duration(0.25), "0.25 ms");
        assert_eq!(duration(830.4), "830 ms");
        assert_eq!(duration(1_234.0), "1.2 s");
    }
}
