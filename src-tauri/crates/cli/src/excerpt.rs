//! The line of a source that something is said of, with what is meant marked below it.

/// A place in a text, as the API says it: from 1, in UTF-16 units.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub line: u32,
    pub column: u32,
    pub length: u32,
}

/// So much of a long line is shown: a document on one line is no rarity.
const WIDTH: usize = 110;
/// Of it, before what is marked.
const BEFORE: usize = 30;

/// The line and its marks, each with the number of the line before it; nothing where there is no such line.
pub fn excerpt(source: &str, place: Place) -> Vec<String> {
    let Some(line) = source.lines().nth(place.line.saturating_sub(1) as usize) else { return Vec::new() };
    let line: Vec<char> = line.chars().collect();
    let start = characters(&line, place.column.saturating_sub(1));
    let end = characters(&line, place.column.saturating_sub(1).saturating_add(place.length)).max(start + 1);
    let from = if line.len() > WIDTH { start.saturating_sub(BEFORE) } else { 0 };
    let to = line.len().min(from + WIDTH);
    let number = place.line.to_string();
    let shown: String = line[from.min(to)..to].iter().collect();
    let (head, tail) = (if from > 0 { "…" } else { "" }, if to < line.len() { "…" } else { "" });
    // Tabs stay tabs, so that the marks stand below what they mark however wide a tab is.
    let gap: String = line[from.min(to)..start.min(to)].iter().map(|c| if *c == '\t' { '\t' } else { ' ' }).collect();
    let marks = "^".repeat(end.min(to.max(start + 1)) - start);
    vec![
        format!("  {number} | {head}{shown}{tail}"),
        format!("  {} | {}{gap}{marks}", " ".repeat(number.len()), if from > 0 { " " } else { "" }),
    ]
}

/// How many characters so many UTF-16 units are; all of them where there are fewer.
fn characters(line: &[char], units: u32) -> usize {
    let mut left = units as usize;
    let whole = |c: &&char| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    };
    line.iter().take_while(whole).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: &str, line: u32, column: u32, length: u32) -> String {
        excerpt(source, Place { line, column, length }).join("\n")
    }

    #[test]
    fn what_is_meant_is_marked() {
        assert_eq!(at("if a\nelse use bad\n", 2, 10, 3), "  2 | else use bad\n    |          ^^^");
    }

    #[test]
    fn units_are_not_characters_and_tabs_stay_tabs() {
        assert_eq!(at("\té😀 x", 1, 6, 1), "  1 | \té😀 x\n    | \t   ^");
    }

    #[test]
    fn marks_end_with_the_line_and_stand_behind_it_where_something_is_missing() {
        assert_eq!(at("if a", 1, 4, 99), "  1 | if a\n    |    ^");
        assert_eq!(at("if a", 1, 5, 1), "  1 | if a\n    |     ^");
        assert_eq!(at("if a", 7, 1, 1), "");
    }

    #[test]
    fn of_a_long_line_a_part_is_shown() {
        let line = format!("{}here{}", "a".repeat(500), "b".repeat(500));
        let shown = at(&line, 1, 501, 4);
        let (text, marks) = shown.split_once('\n').unwrap();
        assert_eq!(text.chars().count(), 6 + WIDTH + 2);
        let column = marks.chars().position(|c| c == '^').unwrap();
        assert_eq!(text.chars().skip(column).take(4).collect::<String>(), "here");
        assert_eq!(marks.matches('^').count(), 4);
    }
}
