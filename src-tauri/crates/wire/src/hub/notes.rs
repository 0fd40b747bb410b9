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

/// Harmless losses, in sentences: they go into `x-modelux-warning`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    warnings: Vec<String>,
}

impl Notes {
    /// Adds a sentence, once.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
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

    /// The sentences, in order.
    pub fn into_warnings(self) -> Vec<String> {
        self.warnings
    }
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
    fn an_end_users_id_that_openai_would_refuse_is_left_out_and_said() {
        let mut notes = Notes::default();
        let longest = "ü".repeat(64);
        assert_eq!(notes.openai_user(Some(&longest)), Some(longest.clone()));
        assert_eq!(notes.openai_user(None), None);
        assert_eq!(notes.openai_user(Some(&(longest + "x"))), None);
        assert_eq!(notes.into_warnings().len(), 1);
    }
}
