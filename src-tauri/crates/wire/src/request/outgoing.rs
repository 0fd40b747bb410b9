//! The body that goes upstream: the caller's own bytes where both sides speak the same, else a translation.

use serde_json::{Map, Value};

use super::Request;
use super::params::params;
use crate::hub::{Notes, Prompt, Untranslatable};
use crate::{Dialect, Segments, chat, completions, converse, messages, responses};

/// What to change, and what to know of the target. In a body of the caller's own dialect everything else goes
/// upstream byte for byte; `mlx:*` members never do.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpstreamEdit<'a> {
    /// The model's name as the provider knows it.
    pub model: &'a str,
    /// Members to set, over what the caller wrote. `model`, `stream` and `mlx:*` are ignored:
    /// they are not a target's to choose.
    pub params: Option<&'a Map<String, Value>>,
    /// Ask a streamed call for its usage (`stream_options.include_usage`).
    pub include_usage: bool,
    /// Tokens that the model can write: asked for where the dialect needs a limit and the caller set none.
    pub max_output: Option<u64>,
    /// What the target wants written otherwise. Matters to translations only.
    pub quirks: Quirks,
}

/// How one target departs from its dialect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// The limit on output is `max_completion_tokens`, not `max_tokens`.
    pub max_completion_tokens: bool,
    /// There is a `developer` role in `system`'s place.
    pub developer_role: bool,
    /// `parallel_tool_calls` is refused.
    pub no_parallel_tool_calls: bool,
    /// Tools of plain text (`custom`) are known.
    pub custom_tools: bool,
    /// `response_format` takes `json_object` at most.
    pub no_json_schema: bool,
    /// `seed` is called `random_seed`.
    pub random_seed: bool,
    /// A member that the target does not know is refused.
    pub no_unknown_members: bool,
    /// Ids of calls are exactly nine letters or digits.
    pub nine_letter_ids: bool,
    /// Calls come with a signature, and have to go back with it (Gemini).
    pub thought_signatures: bool,
    /// How thoughts of earlier turns go back.
    pub thoughts: Thoughts,
}

/// How thoughts of earlier turns go back to one who speaks OpenAI's chat, which has no place for them of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Thoughts {
    /// Not at all.
    #[default]
    LeftOut,
    /// As `reasoning_content`; a call without any thought is refused.
    Content,
    /// As OpenRouter's `reasoning_details`.
    Details,
    /// As `reasoning_content` to the models that are known to need it.
    ByModel,
}

/// What goes upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The body.
    pub body: Segments,
    /// What was left out of it, in sentences for `x-modelux-warning`.
    pub warnings: Vec<String>,
}

impl Request {
    /// The body for one target.
    ///
    /// # Errors
    /// A request that asks for something that the target's dialect cannot say.
    pub fn upstream(&self, to: Dialect, edit: &UpstreamEdit<'_>) -> Result<Outgoing, Untranslatable> {
        let mut notes = Notes::default();
        if to == self.dialect {
            let body = self.edited(edit, &mut notes);
            return Ok(Outgoing { body, warnings: notes.into_warnings() });
        }
        let mut prompt = self.hub()?;
        if !edit.quirks.thought_signatures {
            prompt.drop_signatures();
        }
        prompt.warnings.iter().for_each(|warning| notes.warn(warning));
        let written = match to {
            Dialect::OpenAiChat => chat::from_hub(&prompt, edit, &mut notes),
            Dialect::OpenAiResponses => responses::from_hub(&prompt, edit, &mut notes),
            Dialect::AnthropicMessages => messages::from_hub(&prompt, edit, &mut notes),
            Dialect::BedrockConverse => converse::from_hub(&prompt, edit, &mut notes),
            Dialect::OpenAiCompletions | Dialect::OpenAiEmbeddings => return Err(self.untranslatable(to)),
        };
        let mut body = written.map_err(|error| self.placed(error))?;
        override_members(&mut body, edit, to, &mut notes);
        let body = serde_json::to_vec(&body).unwrap_or_default();
        Ok(Outgoing { body: bytes::Bytes::from(body).into(), warnings: notes.into_warnings() })
    }

    /// What it asks, in the form between dialects.
    ///
    /// # Errors
    /// A request that says something that no other dialect has.
    pub fn hub(&self) -> Result<Prompt, Untranslatable> {
        let body: Map<String, Value> = serde_json::from_slice(&self.body).map_err(|error| {
            Untranslatable::new("body", format!("cannot be translated ({error}); send text without lone surrogates and numbers within f64"))
        })?;
        self.read_hub(body)
    }

    pub(super) fn read_hub(&self, body: Map<String, Value>) -> Result<Prompt, Untranslatable> {
        let body = body.into_iter().filter(|(name, _)| !name.starts_with("mlx:")).collect();
        match self.dialect {
            Dialect::OpenAiChat => chat::to_hub(body),
            Dialect::OpenAiResponses => responses::to_hub(body),
            Dialect::AnthropicMessages => messages::to_hub(body),
            Dialect::OpenAiCompletions => completions::to_hub(body),
            Dialect::OpenAiEmbeddings | Dialect::BedrockConverse => Err(self.untranslatable(Dialect::OpenAiChat)),
        }
    }

    fn untranslatable(&self, to: Dialect) -> Untranslatable {
        let why = format!("leads to a target that does not take {}; choose a model that does", self.dialect.name());
        debug_assert_ne!(self.dialect, to);
        Untranslatable::new("model", why)
    }
}

/// A target's own parameters, over what the translation wrote.
fn override_members(body: &mut Map<String, Value>, edit: &UpstreamEdit<'_>, to: Dialect, notes: &mut Notes) {
    let members = params(to, edit, |name| body.get(name).cloned(), notes);
    for (name, value) in members {
        match to {
            Dialect::BedrockConverse => converse::override_member(body, &name, &value),
            _ => drop(body.insert(name, value)),
        }
    }
}
