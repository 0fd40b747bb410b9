//! Tools that not every target knows: those that take plain text, and those that a provider runs itself.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Notes, Part, Prompt, ToolChoice, ToolKind, Untranslatable};

impl Prompt {
    /// Leaves out a tool that another provider runs, with a warning.
    ///
    /// # Errors
    /// It is asked for by name, or there is no other: without it, the answer is another one.
    pub(crate) fn leave_out_hosted(&self, at: usize, notes: &mut Notes) -> Result<(), Untranslatable> {
        let Some(tool) = self.tools.get(at) else { return Ok(()) };
        let is_wanted = match &self.tool_choice {
            Some(ToolChoice::Named(name)) => *name == tool.name,
            Some(ToolChoice::None) => false,
            Some(ToolChoice::Auto | ToolChoice::Required) | None => {
                self.tools.iter().all(|tool| matches!(tool.kind, ToolKind::Hosted { .. }))
            }
        };
        let param = format!("tools[{at}]");
        if is_wanted {
            let why = format!("is `{}`, which its own provider runs; choose a target of that provider, or leave it out", tool.name);
            return Err(Untranslatable::new(param, why));
        }
        notes.warn(format!("`{param}` (`{}`) was left out: its own provider runs it, the target does not", tool.name));
        Ok(())
    }

    /// The request with each tool of plain text as a function of one argument, `input`. A grammar is told to the
    /// model, with a warning. Who writes the answer takes the text out of the argument again.
    pub(crate) fn custom_as_functions(&self, notes: &mut Notes) -> Cow<'_, Prompt> {
        let is_custom = |part: &Part| matches!(part, Part::ToolCall { custom: true, .. });
        let offered = self.tools.iter().any(|tool| matches!(tool.kind, ToolKind::Custom { .. }));
        if !offered && !self.turns.iter().flat_map(|turn| &turn.parts).any(is_custom) {
            return Cow::Borrowed(self);
        }
        let mut prompt = self.clone();
        for tool in &mut prompt.tools {
            let ToolKind::Custom { format } = &tool.kind else { continue };
            if let Some(grammar) = grammar(format) {
                let before = tool.description.take().map(|text| format!("{text}\n\n")).unwrap_or_default();
                tool.description = Some(format!("{before}`input` must keep to this grammar:\n{grammar}"));
                let name = &tool.name;
                notes.warn(format!(
                    "the grammar of the tool `{name}` is given to the model as an instruction: the target does not hold it to one"
                ));
            }
            tool.kind = ToolKind::Function { schema: custom_schema() };
        }
        for part in prompt.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
            if let Part::ToolCall { arguments, custom: custom @ true, .. } = part {
                *custom = false;
                *arguments = json!({"input": std::mem::take(arguments)}).to_string();
            }
        }
        Cow::Owned(prompt)
    }
}

/// The one argument of a tool that takes plain text.
pub(crate) fn custom_schema() -> Value {
    json!({"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"], "additionalProperties": false})
}

/// The text in `{"input": …}`; where a model wrote something else, its only string, or all of it.
pub(crate) fn unwrapped(arguments: &str) -> String {
    match serde_json::from_str::<Value>(arguments) {
        Ok(Value::String(text)) => text,
        Ok(Value::Object(map)) => {
            let only = if map.len() == 1 { map.values().next() } else { None };
            map.get("input").or(only).and_then(Value::as_str).unwrap_or(arguments).to_owned()
        }
        _ => arguments.to_owned(),
    }
}

/// A grammar's definition, in OpenAI's flat or nested form.
fn grammar(format: &Value) -> Option<String> {
    let nested = format.get("grammar").filter(|grammar| !grammar.is_null());
    let grammar = nested.or_else(|| format.get("definition").map(|_| format))?;
    Some(grammar.get("definition").and_then(Value::as_str).map_or_else(|| grammar.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::{Role, Tool, Turn};

    #[test]
    fn a_tool_of_plain_text_becomes_a_function_of_one_argument() {
        let format = json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: x"}});
        let tool =
            Tool { name: "patch".into(), description: Some("Edits".into()), kind: ToolKind::Custom { format }, strict: None, cache: false };
        let call = Part::ToolCall { id: "1".into(), name: "patch".into(), arguments: "a \"b\"".into(), custom: true, cache: false };
        let turns = vec![Turn { role: Role::Assistant, parts: vec![call] }];
        let prompt = Prompt { tools: vec![tool], turns, ..Prompt::default() };
        let mut notes = Notes::default();
        let written = prompt.custom_as_functions(&mut notes).into_owned();
        assert_eq!(written.tools[0].kind, ToolKind::Function { schema: custom_schema() });
        assert_eq!(written.tools[0].description.as_deref(), Some("Edits\n\n`input` must keep to this grammar:\nstart: x"));
        let Part::ToolCall { arguments, custom, .. } = &written.turns[0].parts[0] else { panic!("a call") };
        assert_eq!((arguments.as_str(), custom), (r#"{"input":"a \"b\""}"#, &false));
        assert_eq!(notes.into_warnings().len(), 1);
    }

    #[test]
    fn a_request_without_such_tools_is_not_copied() {
        assert!(matches!(Prompt::default().custom_as_functions(&mut Notes::default()), Cow::Borrowed(_)));
    }
}
