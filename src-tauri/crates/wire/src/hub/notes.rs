//! What a translation could not take along.

use serde_json::{Map, Value};

/// Something that the target cannot take, and that changes the answer: the caller gets a 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Untranslatable {
    /// The request's member, such as `messages[2].content[0]`.
    pub param: String,
    /// A sentence that says what to do.
    pub message: String,
}

impl Untranslatable {
    /// `why` goes on with the member's name: "asks for audio, which … cannot give".
    pub fn new(param: impl Into<String>, why: impl AsRef<str>) -> Untranslatable {
        let param = param.into();
        let message = format!("`{param}` {}", why.as_ref());
        Untranslatable { param, message }
    }
}

const MAX_OPENAI_USER: usize = 64;

/// Warnings that are told one by one. Each is a header, and HTTP clients lose an answer that has too many: Python's takes
/// 100 lines, Node's 16 KiB.
const MAX_WARNINGS: usize = 10;

/// Bytes of all warnings together.
const MAX_WARNED: usize = 2 * 1024;

/// Bytes of one warning: it may hold a name of the caller's.
const MAX_WARNING: usize = 512;

/// Harmless losses, in sentences: they go into `x-modelux-warning`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    warnings: Vec<Warning>,
    /// Those beyond the ones that are kept.
    more: usize,
}

/// A sentence, and how often it was said of other places.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Warning {
    sentence: String,
    /// The sentence without the numbers of places.
    alike: String,
    others: usize,
}

impl Notes {
    /// Adds a sentence. Of those that differ in their place alone (`messages[3]`), the first is kept and the others counted.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let sentence = warning.into();
        let alike = without_places(&sentence);
        if let Some(known) = self.warnings.iter_mut().find(|known| known.alike == alike) {
            known.others += usize::from(known.sentence != sentence);
        } else if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning { sentence, alike, others: 0 });
        } else {
            self.more += 1;
        }
    }

    /// Says of each member in `rest` what becomes of it: `fatal` names those without which the answer is
    /// another one (unless they hold null, false, 0, 1 for `n`, or nothing), all others are left out with a warning.
    ///
    /// # Errors
    /// The first of the fatal ones that is there.
    pub fn rest(&mut self, rest: &Map<String, Value>, target: &str, fatal: &[&str]) -> Result<(), Untranslatable> {
        for (name, value) in rest {
            if says_nothing(name, value) {
                continue;
            }
            if fatal.contains(&name.as_str()) {
                return Err(Untranslatable::new(
                    name,
                    format!("cannot be asked of {target}; leave it out, or choose a target that takes it"),
                ));
            }
            self.warn(format!("`{name}` was left out: {target} has nothing like it"));
        }
        Ok(())
    }

    /// The end user as OpenAI's APIs take one: up to 64 characters, and servers modelled on them refuse longer ones. Claude
    /// Code sends some 190 characters of JSON.
    pub fn openai_user(&mut self, user: Option<&str>) -> Option<String> {
        let user = user?;
        if user.chars().count() <= MAX_OPENAI_USER {
            return Some(user.to_owned());
        }
        self.warn("the end user's id was left out: the target takes none of more than 64 characters");
        None
    }

    /// The sentences, in order: at most ten lines and 2 KiB, the last of which says how many more there are.
    pub fn into_warnings(self) -> Vec<String> {
        let most = if self.more > 0 { MAX_WARNINGS - 1 } else { MAX_WARNINGS };
        let (mut lines, mut length, mut more) = (Vec::new(), 0, self.more);
        for warning in self.warnings {
            let line = warning.line();
            length += line.len();
            if lines.len() < most && length <= MAX_WARNED {
                lines.push(line);
            } else {
                more += 1;
            }
        }
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        lines
    }
}

impl Warning {
    fn line(self) -> String {
        // A header is one line.
        let mut line = self.sentence.replace(char::is_control, " ");
        if line.len() > MAX_WARNING {
            line.truncate(line.floor_char_boundary(MAX_WARNING));
            line.push('…');
        }
        if self.others > 0 {
            line.push_str(&format!(" (and {} more like it)", self.others));
        }
        line
    }
}

/// `messages[3].name` as `messages[].name`.
fn without_places(sentence: &str) -> String {
    let mut plain = String::with_capacity(sentence.len());
    let mut is_place = false;
    for c in sentence.chars() {
        is_place = if is_place { c.is_ascii_digit() } else { c == '[' };
        if !(is_place && c.is_ascii_digit()) {
            plain.push(c);
        }
    }
    plain
}

fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0) || (name == "n" && number.as_u64() == Some(1)),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_that_differ_in_their_place_are_one() {
        let mut notes = Notes::default();
        for at in 0..250 {
            notes.warn(format!("`messages[{at}].name` was left out"));
        }
        notes.warn("`seed` was left out");
        notes.warn("`seed` was left out");
        assert_eq!(notes.into_warnings(), ["`messages[0].name` was left out (and 249 more like it)", "`seed` was left out"]);
    }

    #[test]
    fn many_warnings_fit_into_the_headers_that_clients_take() {
        let told = |name: &str, count: usize| {
            let mut notes = Notes::default();
            for at in 0..count {
                notes.warn(format!("`{name}_{at}`\nwas left out"));
            }
            notes.into_warnings()
        };
        assert_eq!(told("a", 10).len(), 10);
        let many = told("a", 200);
        assert_eq!((many.len(), many[0].as_str(), many[9].as_str()), (10, "`a_0` was left out", "and 191 more"));
        for name in ["ü".repeat(400), "x".repeat(1 << 20)] {
            let long = told(&name, 10);
            assert!(long.iter().map(String::len).sum::<usize>() < 2_200, "{}", long.len());
            assert_eq!(long.last().unwrap(), &format!("and {} more", 11 - long.len()));
        }
    }

    #[test]
    fn an_end_users_id_that_openai_would_refuse_is_left_out_and_said() {
        let mut notes = Notes::default();
        let longest = "ü".repeat(64);
        assert_eq!(notes.openai_user(Some(&longest)), Some(longest.clone()));
        assert_eq!(notes.openai_user(None), None);
        assert_eq!(notes.openai_user(Some(&(longest + "x"))), None);
        assert_eq!(notes.into_warnings().len(), 1);
    }
}
