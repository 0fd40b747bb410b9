//! What a request asks.

use serde_json::{Map, Number, Value};

use super::Untranslatable;

/// A request, whoever wrote it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prompt {
    /// What goes before the conversation: [`Part::Text`] only.
    pub system: Vec<Part>,
    /// The conversation, oldest first. Two turns of one role may follow each other.
    pub turns: Vec<Turn>,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// Whether it may, must, or must not call one.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may make several calls at once.
    pub parallel_tool_calls: Option<bool>,
    /// Tokens that it may write.
    pub max_tokens: Option<u64>,
    /// Sampling temperature, 0 to 2 as OpenAI counts.
    pub temperature: Option<Number>,
    /// Nucleus sampling.
    pub top_p: Option<Number>,
    /// Sampling from the k likeliest.
    pub top_k: Option<u64>,
    /// Strings that end the answer.
    pub stop: Vec<String>,
    /// For answers that can be had again.
    pub seed: Option<i64>,
    /// Penalty for what was said at all.
    pub presence_penalty: Option<Number>,
    /// Penalty for what was said often.
    pub frequency_penalty: Option<Number>,
    /// The form of the answer.
    pub format: Format,
    /// Whether and how long to think first.
    pub thinking: Option<Thinking>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The end user, as the caller names them.
    pub user: Option<String>,
    /// Members that have no form here, as the caller wrote them: each writer says what becomes of each of
    /// them ([`super::Notes::rest`]).
    pub rest: Map<String, Value>,
    /// Harmless things that had no place here, in sentences for `x-modelux-warning`.
    pub warnings: Vec<String>,
}

impl Prompt {
    /// An error that names no place in the messages, by the place of the part that it is of.
    pub(crate) fn placed(&self, error: Untranslatable, part: &Part) -> Untranslatable {
        let at = |turn: &Turn| turn.parts.iter().position(|one| std::ptr::eq(one, part));
        let found = self.turns.iter().enumerate().find_map(|(turn, said)| Some((turn, at(said)?)));
        match (found, error.message.strip_prefix("`messages` ")) {
            (Some((turn, at)), Some(why)) => Untranslatable::new(format!("messages[{turn}].content[{at}]"), why),
            _ => error,
        }
    }

    /// Adds a message of the system, which the caller wrote at `place`: all of them stand in front.
    pub(crate) fn instruct(&mut self, place: &str, parts: Vec<Part>) {
        if !self.turns.is_empty() {
            self.warnings.push(format!(
                "`{place}`, a system message amid the conversation, was moved to its front: the target takes none elsewhere"
            ));
        }
        self.system.extend(parts);
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The user; results of tools are theirs, too.
    User,
    /// The model.
    Assistant,
}

/// What one side says at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Who.
    pub role: Role,
    /// What, in order.
    pub parts: Vec<Part>,
}

/// A piece of what is said.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text. `cache` marks the end of a prefix that is worth caching.
    Text {
        /// The text.
        text: String,
        /// A caching mark.
        cache: bool,
    },
    /// An image.
    Image {
        /// Where it is.
        source: Source,
        /// OpenAI's `low`, `high`, `auto`.
        detail: Option<String>,
        /// A caching mark.
        cache: bool,
    },
    /// A document, such as a PDF.
    Document {
        /// Where it is.
        source: Source,
        /// Its name.
        name: Option<String>,
        /// A caching mark.
        cache: bool,
    },
    /// Sound.
    Audio {
        /// Base64.
        data: String,
        /// `wav`, `mp3` …
        format: String,
    },
    /// What the model thought. The signature or the encrypted form is what its maker needs to take it back.
    Thinking {
        /// The thought, or its summary.
        text: String,
        /// Proof of its maker.
        signature: Option<String>,
        /// Thought that only its maker can read (Anthropic's `redacted_thinking`, OpenAI's `encrypted_content`).
        hidden: Option<String>,
    },
    /// A call that the model made.
    ToolCall {
        /// Its id.
        id: String,
        /// Name of the tool.
        name: String,
        /// JSON as the model wrote it; of a [`ToolKind::Custom`] tool, the plain text.
        arguments: String,
        /// A custom tool's.
        custom: bool,
        /// A caching mark.
        cache: bool,
    },
    /// What a tool answered.
    ToolResult {
        /// Id of the call.
        id: String,
        /// Text, images and documents.
        parts: Vec<Part>,
        /// The tool failed.
        is_error: bool,
        /// A caching mark.
        cache: bool,
    },
    /// The model's refusal.
    Refusal(String),
}

impl Part {
    /// Text without a caching mark.
    pub fn text(text: impl Into<String>) -> Part {
        Part::Text { text: text.into(), cache: false }
    }
}

/// What all begins with that OpenAI encrypts: a Fernet token of this century.
pub(crate) const OPENAI_ENCRYPTED: &str = "gAAAA";

/// Where the bytes of an image or a document are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// At this address.
    Url(String),
    /// Here.
    Base64 {
        /// Media type, such as `image/png`.
        media_type: String,
        /// Base64.
        data: String,
    },
    /// Uploaded to the provider before.
    File(String),
    /// Plain text as a document.
    Text(String),
}

/// Something that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What kind of tool it is.
    pub kind: ToolKind,
    /// Whether arguments keep to the schema strictly.
    pub strict: Option<bool>,
    /// A caching mark.
    pub cache: bool,
}

/// Kinds of tools.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolKind {
    /// Arguments are JSON by this schema.
    Function {
        /// JSON schema of the arguments.
        schema: Value,
    },
    /// The argument is plain text (OpenAI's `custom`); the value is its `format`, null where it has none.
    Custom {
        /// OpenAI's `format`.
        format: Value,
    },
    /// Run by the provider itself, such as a web search: the caller's JSON. Belongs to one dialect.
    Hosted {
        /// As the caller wrote it.
        tool: Value,
    },
}

/// Whether a tool is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice {
    /// As the model likes.
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(String),
}

/// The form of the answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Format {
    /// Text.
    #[default]
    Text,
    /// Some JSON object.
    Json,
    /// JSON by a schema.
    Schema {
        /// Its name.
        name: Option<String>,
        /// What it is.
        description: Option<String>,
        /// JSON schema.
        schema: Value,
        /// Whether to keep to it strictly.
        strict: Option<bool>,
    },
}

/// How long to think before the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// Not at all.
    Off,
    /// As the model likes (Anthropic's `adaptive`).
    Adaptive,
    /// By degree (OpenAI's `reasoning_effort`, Anthropic's `output_config.effort`).
    Effort(Effort),
    /// So many tokens at most (Anthropic's `budget_tokens`).
    Budget(u64),
}

/// Degrees of thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Effort {
    Minimal,
    Low,
    Medium,
    High,
    Max,
}

impl Effort {
    /// OpenAI's word for it (`xhigh` for the greatest).
    pub fn openai(self) -> &'static str {
        match self {
            Effort::Minimal => "minimal",
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
            Effort::Max => "xhigh",
        }
    }

    /// The degree of that name, whoever names it so.
    pub fn from_name(name: &str) -> Option<Effort> {
        Some(match name {
            "minimal" => Effort::Minimal,
            "low" => Effort::Low,
            "medium" => Effort::Medium,
            "high" => Effort::High,
            "xhigh" | "max" => Effort::Max,
            _ => return None,
        })
    }

    /// Tokens that stand for the degree where only a number is taken.
    pub fn budget(self) -> u64 {
        match self {
            Effort::Minimal | Effort::Low => 1_024,
            Effort::Medium => 8_192,
            Effort::High => 16_384,
            Effort::Max => 32_768,
        }
    }

    /// The degree that stands for so many tokens where only a word is taken.
    pub fn of_budget(tokens: u64) -> Effort {
        match tokens {
            0..=2_048 => Effort::Low,
            2_049..=10_000 => Effort::Medium,
            _ => Effort::High,
        }
    }
}
