//! Two texts as aligned rows, with the words that changed marked.

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

/// Longer lines are not compared word by word: the work grows with the square of their length.
const MAX_WORD_DIFF: usize = 2_000;

/// One row of the side-by-side view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The old side.
    pub left: Option<Line>,
    /// The new side.
    pub right: Option<Line>,
    /// How they relate.
    pub kind: RowKind,
}

/// How the sides of a row relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// The same line.
    Equal,
    /// A line that changed.
    Changed,
    /// Only in the new text.
    Added,
    /// Only in the old text.
    Removed,
}

impl RowKind {
    /// `equal`, `changed`, `added` or `removed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// One line on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u32,
    /// Without its line end.
    pub text: String,
    /// Changed ranges in UTF-16 units, `[start, end)`.
    pub spans: Vec<(u32, u32)>,
}

/// Aligns two texts. A comma at a line's end does not count: it only says that another item follows.
pub(super) fn rows(from: &str, to: &str) -> Vec<Row> {
    let old: Vec<&str> = from.lines().collect();
    let new: Vec<&str> = to.lines().collect();
    let ops = capture_diff_slices(Algorithm::Patience, &without_commas(&old), &without_commas(&new));
    ops.into_iter().flat_map(|op| rows_of(op, &old, &new)).collect()
}

fn without_commas<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines.iter().map(|line| line.trim_end_matches(',')).collect()
}

fn rows_of(op: DiffOp, old: &[&str], new: &[&str]) -> Vec<Row> {
    let left = |index: usize| old.get(index).map(|text| line(index, text));
    let right = |index: usize| new.get(index).map(|text| line(index, text));
    match op {
        DiffOp::Equal { old_index, new_index, len } => {
            (0..len).map(|n| Row { left: left(old_index + n), right: right(new_index + n), kind: RowKind::Equal }).collect()
        }
        DiffOp::Delete { old_index, old_len, .. } => {
            (0..old_len).map(|n| Row { left: left(old_index + n), right: None, kind: RowKind::Removed }).collect()
        }
        DiffOp::Insert { new_index, new_len, .. } => {
            (0..new_len).map(|n| Row { left: None, right: right(new_index + n), kind: RowKind::Added }).collect()
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => (0..old_len.max(new_len))
            .map(|n| {
                let left = if n < old_len { left(old_index + n) } else { None };
                let right = if n < new_len { right(new_index + n) } else { None };
                replaced(left, right)
            })
            .collect(),
    }
}

fn replaced(left: Option<Line>, right: Option<Line>) -> Row {
    match (left, right) {
        (Some(mut left), Some(mut right)) => {
            (left.spans, right.spans) = words(left.text.trim_end_matches(','), right.text.trim_end_matches(','));
            Row { left: Some(left), right: Some(right), kind: RowKind::Changed }
        }
        (left, right) => {
            let kind = if left.is_some() { RowKind::Removed } else { RowKind::Added };
            Row { left, right, kind }
        }
    }
}

fn line(index: usize, text: &str) -> Line {
    Line { number: u32::try_from(index + 1).unwrap_or(u32::MAX), text: text.to_owned(), spans: Vec::new() }
}

type Spans = Vec<(u32, u32)>;

/// The words that differ. Lines that share next to nothing are not marked word by word: all of it changed.
fn words(left: &str, right: &str) -> (Spans, Spans) {
    if left.len().max(right.len()) > MAX_WORD_DIFF {
        return (Vec::new(), Vec::new());
    }
    let diff = TextDiff::from_unicode_words(left, right);
    let (mut old, mut new) = (Spans::new(), Spans::new());
    let (mut at_old, mut at_new) = (0, 0);
    for change in diff.iter_all_changes() {
        let length = u32::try_from(change.value().encode_utf16().count()).unwrap_or(u32::MAX);
        if change.tag() != ChangeTag::Insert {
            mark(&mut old, at_old, length, change.tag() == ChangeTag::Delete);
            at_old += length;
        }
        if change.tag() != ChangeTag::Delete {
            mark(&mut new, at_new, length, change.tag() == ChangeTag::Insert);
            at_new += length;
        }
    }
    (old, new)
}

fn mark(spans: &mut Spans, start: u32, length: u32, changed: bool) {
    if !changed {
        return;
    }
    match spans.last_mut() {
        Some(last) if last.1 == start => last.1 = start + length,
        _ => spans.push((start, start + length)),
    }
}
