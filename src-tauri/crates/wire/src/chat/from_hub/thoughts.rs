//! Thoughts of earlier turns, for targets that want them back.

use serde_json::{Map, Value};

use crate::UpstreamEdit;
use crate::chat::answer::detail;
use crate::hub::Notes;
use crate::request::Thoughts as Form;

/// Models that refuse their own calls without the thoughts before them, by words in their names, whoever serves them.
const NEED_THOUGHTS: [&str; 2] = ["kimi", "deepseek"];

/// How the target takes thoughts.
pub(super) fn taken(edit: &UpstreamEdit<'_>) -> Form {
    let name = edit.model.to_ascii_lowercase();
    match edit.quirks.thoughts {
        Form::ByModel if NEED_THOUGHTS.iter().any(|word| name.contains(word)) => Form::Content,
        Form::ByModel => Form::LeftOut,
        form => form,
    }
}

/// The thoughts of one message.
pub(super) struct Thoughts {
    form: Form,
    text: String,
    details: Vec<Value>,
}

impl Thoughts {
    pub(super) fn new(form: Form) -> Thoughts {
        Thoughts { form, text: String::new(), details: Vec::new() }
    }

    pub(super) fn take(&mut self, text: &str, signature: Option<&str>, hidden: Option<&str>, notes: &mut Notes) {
        match self.form {
            Form::Details => self.details.push(detail(self.details.len(), text, signature, hidden)),
            Form::Content if !text.is_empty() => {
                if !self.text.is_empty() {
                    self.text.push_str("\n\n");
                }
                self.text.push_str(text);
            }
            _ => notes.warn("thoughts of earlier turns were left out: the target takes none back"),
        }
    }

    /// Adds them to their message.
    pub(super) fn write(self, has_calls: bool, message: &mut Map<String, Value>) {
        // A call without the member is refused; of a call that another model made, there may be no thought.
        if !self.text.is_empty() || (has_calls && self.form == Form::Content) {
            message.insert("reasoning_content".to_owned(), self.text.into());
        }
        if !self.details.is_empty() {
            message.insert("reasoning_details".to_owned(), self.details.into());
        }
    }
}
