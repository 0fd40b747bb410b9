//! Thinking before the answer, and the limit that it shares with it.

use serde_json::{Map, Value, json};

use super::{Claude, DEFAULT_MAX_TOKENS, Said, calls};
use crate::UpstreamEdit;
use crate::hub::{Effort, Notes, Part, Prompt, Role, Thinking, ToolChoice};

/// The least budget that Anthropic takes.
const LEAST_BUDGET: u64 = 1_024;

/// How the model is to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thought {
    how: How,
    /// Tokens for thoughts and answer together.
    pub(crate) max_tokens: u64,
    shown: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// As the model does where nobody says anything.
    Unsaid,
    Off,
    Budget(u64),
    Adaptive(Option<Effort>),
}

impl Thought {
    /// Does it think first?
    pub(crate) fn is_on(&self) -> bool {
        matches!(self.how, How::Budget(_) | How::Adaptive(_))
    }

    /// Writes `thinking`, and the effort into `output_config`.
    pub(crate) fn write(&self, body: &mut Map<String, Value>, output: &mut Map<String, Value>) {
        let thinking = match self.how {
            How::Unsaid => return,
            How::Off => json!({"type": "disabled"}),
            How::Budget(budget) => json!({"type": "enabled", "budget_tokens": budget}),
            How::Adaptive(effort) => {
                if let Some(effort) = effort {
                    output.insert("effort".to_owned(), word(effort).into());
                }
                if self.shown { json!({"type": "adaptive", "display": "summarized"}) } else { json!({"type": "adaptive"}) }
            }
        };
        body.insert("thinking".to_owned(), thinking);
    }
}

/// Anthropic's word for a degree.
fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Max => "max",
    }
}

/// How the model is to think, as far as the rest of the request lets it.
pub(crate) fn thought(prompt: &Prompt, edit: &UpstreamEdit<'_>, claude: Claude, said: &[Said<'_>], notes: &mut Notes) -> Thought {
    let asked = prompt.max_tokens.or(edit.max_output);
    let mut thought = Thought { how: How::Unsaid, max_tokens: asked.unwrap_or(DEFAULT_MAX_TOKENS), shown: claude.hides_thoughts() };
    let Some(wanted) = prompt.thinking else { return thought };
    if wanted == Thinking::Off {
        // Models that think by budget do not think unless told to.
        thought.how = if claude.thinks_by_effort() { How::Off } else { How::Unsaid };
        return thought;
    }
    if !claude.thinks() {
        notes.warn("thinking was left out: this model cannot think before it answers; choose Claude 3.7 or newer for that");
        return thought;
    }
    if matches!(prompt.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_))) {
        notes.warn("thinking was left out: Anthropic's models cannot think before a tool that they are made to call");
        return thought;
    }
    if claude.thinks_by_effort() {
        thought.how = How::Adaptive(match wanted {
            Thinking::Effort(effort) => Some(effort),
            Thinking::Budget(tokens) => Some(Effort::of_budget(tokens)),
            _ => None,
        });
        return thought;
    }
    if last_call_came_without_thought(said) {
        notes.warn("thinking was left out: the tools' results answer calls that were made without a thought that Anthropic can verify");
        return thought;
    }
    let budget = match wanted {
        Thinking::Budget(tokens) => tokens,
        Thinking::Effort(effort) => effort.budget(),
        _ => Effort::Medium.budget(),
    };
    fit(&mut thought, budget.max(LEAST_BUDGET), asked, notes);
    thought
}

/// The budget stays below the limit: an unset limit grows, a set one leaves the answer a quarter at least.
fn fit(thought: &mut Thought, budget: u64, asked: Option<u64>, notes: &mut Notes) {
    let Some(limit) = asked else {
        thought.max_tokens = budget + DEFAULT_MAX_TOKENS;
        thought.how = How::Budget(budget);
        return;
    };
    let most = limit / 4 * 3;
    if most < LEAST_BUDGET {
        notes.warn(format!("thinking was left out: with {limit} tokens for the whole answer there is no room for it"));
        return;
    }
    if budget > most {
        notes.warn(format!("thinking was limited to {most} tokens, so that room is left for the answer within its {limit}"));
    }
    thought.how = How::Budget(budget.min(most));
}

/// With a budget, Anthropic wants the turn that its tools' results answer to begin with the thought of it.
fn last_call_came_without_thought(said: &[Said<'_>]) -> bool {
    let ends_with_results =
        said.last().is_some_and(|last| last.role == Role::User && matches!(last.parts.first(), Some(Part::ToolResult { .. })));
    let asked = said.iter().rfind(|said| said.role == Role::Assistant);
    ends_with_results && asked.is_some_and(|asked| calls(&asked.parts) && !matches!(asked.parts.first(), Some(Part::Thinking { .. })))
}
