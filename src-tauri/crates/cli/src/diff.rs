//! A diff on a terminal: what it does in words, then the texts.

use std::io;

use control::api::configs::{Diff, DiffLine, DiffRow};

use crate::output::{Output, Style};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// How to lay the texts out.
#[derive(Debug, Clone, Copy)]
pub enum Layout {
    Unified,
    /// In columns, this many characters in all.
    Side(usize),
}

/// Prints the changes in words and the rows around them.
pub fn print(output: &Output, diff: &Diff, layout: Layout) -> io::Result<()> {
    if diff.changes.is_empty() && diff.rows.iter().all(|row| row.kind == "equal") {
        return output.line("No differences.");
    }
    for change in &diff.changes {
        output.line(format!("• {}", change.text))?;
    }
    for effect in &diff.effects {
        output.line(output.styled(Style::Cyan, &format!("→ {effect}")))?;
    }
    output.line("")?;
    let mut last = None;
    for index in shown(&diff.rows) {
        if last.is_some_and(|last| last + 1 != index) || (last.is_none() && index > 0) {
            output.line(output.styled(Style::Dim, "  ⋮"))?;
        }
        last = Some(index);
        let Some(row) = diff.rows.get(index) else { continue };
        match layout {
            Layout::Unified => unified(output, row)?,
            Layout::Side(width) => side(output, row, width)?,
        }
    }
    Ok(())
}

/// Rows that changed, and those near them.
fn shown(rows: &[DiffRow]) -> Vec<usize> {
    let changed: Vec<usize> = rows.iter().enumerate().filter(|(_, row)| row.kind != "equal").map(|(index, _)| index).collect();
    let near = |index: usize| changed.iter().any(|other| other.abs_diff(index) <= CONTEXT);
    (0..rows.len()).filter(|index| near(*index)).collect()
}

fn unified(output: &Output, row: &DiffRow) -> io::Result<()> {
    if row.kind == "equal" {
        let line = row.left.as_ref().or(row.right.as_ref());
        return output.line(format!("  {}", line.map(|line| line.text.as_str()).unwrap_or_default()));
    }
    if let Some(line) = &row.left {
        output.line(format!("{}{}", output.styled(Style::Red, "- "), marked(output, line, Style::Red, Style::RedWord)))?;
    }
    if let Some(line) = &row.right {
        output.line(format!("{}{}", output.styled(Style::Green, "+ "), marked(output, line, Style::Green, Style::GreenWord)))?;
    }
    Ok(())
}

fn side(output: &Output, row: &DiffRow, width: usize) -> io::Result<()> {
    let column = width.saturating_sub(5).max(20) / 2;
    let cell = |line: Option<&DiffLine>, style: Style| {
        let text = line.map(|line| line.text.as_str()).unwrap_or_default();
        let cut: String =
            if text.chars().count() > column { text.chars().take(column - 1).chain(['…']).collect() } else { text.to_owned() };
        let padded = format!("{cut:column$}");
        if row.kind == "equal" { padded } else { output.styled(style, &padded) }
    };
    let sign = match row.kind.as_str() {
        "equal" => " ",
        "added" => "+",
        "removed" => "-",
        _ => "~",
    };
    let text = format!("{} {sign} {}", cell(row.left.as_ref(), Style::Red), cell(row.right.as_ref(), Style::Green));
    output.line(text.trim_end())
}

/// The line with the words that changed in it standing out. Spans count UTF-16 units.
fn marked(output: &Output, line: &DiffLine, plain: Style, word: Style) -> String {
    let mut text = String::new();
    let mut run = String::new();
    let mut inside = false;
    let mut at = 0_u32;
    for char in line.text.chars() {
        let now = line.spans.iter().any(|(start, end)| (*start..*end).contains(&at));
        if now != inside {
            text.push_str(&output.styled(if inside { word } else { plain }, &run));
            run.clear();
            inside = now;
        }
        run.push(char);
        at += char.len_utf16() as u32;
    }
    text.push_str(&output.styled(if inside { word } else { plain }, &run));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str) -> DiffRow {
        DiffRow { left: None, right: None, kind: kind.to_owned() }
    }

    #[test]
    fn only_changes_and_three_lines_around_them_are_shown() {
        let rows: Vec<_> = (0..20).map(|index| row(if index == 10 { "changed" } else { "equal" })).collect();
        assert_eq!(shown(&rows), [7, 8, 9, 10, 11, 12, 13]);
    }
}
