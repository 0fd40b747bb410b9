//! Every word of the language in one table: the parser looks names up in it, the editor completes from it.

use super::tree::{BudgetField, Op};

/// A word of the language, for completion and for what an editor shows beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// As it is written.
    pub name: &'static str,
    /// `variable`, `function`, `operator`, `keyword` or `method`.
    pub kind: &'static str,
    /// `bool`, `number`, `string` or `list`: what it stands for or gives. Empty for what gives nothing.
    pub type_: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// A condition, or a rule, that uses it.
    pub example: &'static str,
    /// Can it be read in `accept` and `valid_when` only?
    pub response_only: bool,
}

/// A name that stands for a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Variable {
    EndUser,
    Conversation,
    App,
    Model,
    Endpoint,
    InputTokens,
    MaxTokens,
    Messages,
    Stream,
    HasTools,
    HasImages,
    WantsJson,
    Hour,
    Minute,
    Weekday,
    Text,
    Length,
    FinishReason,
    ValidJson,
    HasToolCalls,
    OutputTokens,
    LatencyMs,
    CostUsd,
    LogprobMean,
}

const fn word(name: &'static str, kind: &'static str, type_: &'static str, doc: &'static str, example: &'static str) -> Word {
    Word { name, kind, type_, doc, example, response_only: false }
}

const fn variable(name: &'static str, type_: &'static str, doc: &'static str, example: &'static str) -> Word {
    word(name, "variable", type_, doc, example)
}

const fn response(name: &'static str, type_: &'static str, doc: &'static str, example: &'static str) -> Word {
    Word { name, kind: "variable", type_, doc, example, response_only: true }
}

const fn operator(name: &'static str, type_: &'static str, doc: &'static str, example: &'static str) -> Word {
    word(name, "operator", type_, doc, example)
}

/// The variables with a field each; `budget.*` and `tags.*` stand below.
pub(super) const VARIABLES: [(Variable, Word); 24] = [
    (Variable::EndUser, variable("end_user", "string", "The caller's end user; empty if the request names none.", "end_user == \"u-17\"")),
    (
        Variable::Conversation,
        variable("conversation", "string", "The conversation's id; empty if the request names none.", "conversation != \"\""),
    ),
    (Variable::App, variable("app", "string", "The app that calls; empty if it is not known.", "app in [\"editor\", \"chat\"]")),
    (Variable::Model, variable("request.model", "string", "The model as the caller wrote it.", "request.model starts_with \"@\"")),
    (
        Variable::Endpoint,
        variable(
            "request.endpoint",
            "string",
            "Which call it is, such as chat, messages, responses or embeddings.",
            "request.endpoint == \"embeddings\"",
        ),
    ),
    (Variable::InputTokens, variable("request.input_tokens", "number", "Tokens of the input, estimated.", "request.input_tokens > 32_000")),
    (
        Variable::MaxTokens,
        variable("request.max_tokens", "number", "The caller's limit on the output; 0 if it sets none.", "request.max_tokens > 4_000"),
    ),
    (Variable::Messages, variable("request.messages", "number", "How many messages the request has.", "request.messages > 20")),
    (Variable::Stream, variable("request.stream", "bool", "Did the caller ask for a stream?", "request.stream")),
    (Variable::HasTools, variable("request.has_tools", "bool", "Does the request offer tools?", "not request.has_tools")),
    (Variable::HasImages, variable("request.has_images", "bool", "Does the request carry images?", "request.has_images")),
    (Variable::WantsJson, variable("request.wants_json", "bool", "Does the request ask for an answer in JSON?", "request.wants_json")),
    (Variable::Hour, variable("time.hour", "number", "Hour of the local time, 0 to 23.", "time.hour >= 8 and time.hour < 18")),
    (Variable::Minute, variable("time.minute", "number", "Minute of the local time, 0 to 59.", "time.minute < 30")),
    (
        Variable::Weekday,
        variable(
            "time.weekday",
            "number",
            "Day of the week, 1 (Monday) to 7 (Sunday); names such as \"sat\" can be compared with it.",
            "time.weekday in [\"sat\", \"sun\"]",
        ),
    ),
    (Variable::Text, response("response.text", "string", "The text of the answer.", "response.text contains \"42\"")),
    (Variable::Length, response("response.length", "number", "Characters of the answer's text.", "response.length > 20")),
    (
        Variable::FinishReason,
        response(
            "response.finish_reason",
            "string",
            "Why the answer ended, such as stop or length; empty if it does not say.",
            "response.finish_reason == \"stop\"",
        ),
    ),
    (Variable::ValidJson, response("response.valid_json", "bool", "Is the answer's text valid JSON?", "response.valid_json")),
    (Variable::HasToolCalls, response("response.has_tool_calls", "bool", "Does the answer call tools?", "response.has_tool_calls")),
    (
        Variable::OutputTokens,
        response(
            "response.output_tokens",
            "number",
            "Tokens of the answer; no number if the answer does not say.",
            "response.output_tokens < 500",
        ),
    ),
    (Variable::LatencyMs, response("response.latency_ms", "number", "Milliseconds that the answer took.", "response.latency_ms < 3_000")),
    (
        Variable::CostUsd,
        response("response.cost_usd", "number", "What the answer cost in USD; no number if it has no price.", "response.cost_usd < 0.01"),
    ),
    (
        Variable::LogprobMean,
        response(
            "response.logprob_mean",
            "number",
            "Mean log probability of the answer's tokens; no number if the answer has none.",
            "response.logprob_mean > -0.5",
        ),
    ),
];

/// Fields of `budget` and of `budget("name")`.
pub(super) const BUDGET: [(BudgetField, Word); 4] = [
    (
        BudgetField::UsedPct,
        variable(
            "budget.used_pct",
            "number",
            "Share of the tightest budget that is used: 0.9 is 90 %; 0 if the request falls under none.",
            "budget.used_pct >= 0.9",
        ),
    ),
    (BudgetField::UsedUsd, variable("budget.used_usd", "number", "USD used of the tightest budget.", "budget.used_usd > 100")),
    (
        BudgetField::RemainingUsd,
        variable(
            "budget.remaining_usd",
            "number",
            "USD left in the tightest budget; without end if the request falls under none.",
            "budget.remaining_usd < 5",
        ),
    ),
    (
        BudgetField::CapUsd,
        variable("budget.cap_usd", "number", "The tightest budget's cap in USD; 0 if the request falls under none.", "budget.cap_usd > 0"),
    ),
];

/// The rest: functions, methods, operators, keywords.
const OTHERS: [Word; 39] = [
    variable(
        "tags",
        "string",
        "A tag of the request; a bare name that is no built-in one is short for it, and a missing tag is the empty string.",
        "tags.feature == \"summarize\"",
    ),
    word("budget", "function", "number", "The budget of that name, in place of the tightest one.", "budget(\"team\").used_pct >= 0.8"),
    word(
        "cost",
        "function",
        "number",
        "Estimated USD of this request at a model; no number if the model has no price.",
        "cost(openai/gpt-4o) > 0.05",
    ),
    word(
        "latency",
        "function",
        "number",
        "Median milliseconds of a model, or another percentile; 0 without samples.",
        "latency(openai/gpt-4o, 95) > 2500",
    ),
    word("healthy", "function", "bool", "Can the model be called now, as far as is known?", "not healthy(openai/gpt-4o)"),
    word("size", "function", "number", "Characters of a string, or items of a list.", "size(tags.feature) > 10"),
    word("has", "function", "bool", "Does the request have that tag, even an empty one?", "has(tags.tenant)"),
    operator("and", "bool", "Do both sides hold? The same as &&.", "request.stream and not request.has_tools"),
    operator("or", "bool", "Does either side hold? The same as ||.", "request.has_tools or request.has_images"),
    operator("not", "bool", "Does it not hold? Binds looser than a comparison; ! binds tighter.", "not request.stream"),
    operator("==", "bool", "Are both sides the same?", "tenant == \"enterprise\""),
    operator("!=", "bool", "Are both sides different?", "tenant != \"enterprise\""),
    operator("<", "bool", "Is the left side less?", "request.messages < 5"),
    operator("<=", "bool", "Is the left side less or the same?", "request.messages <= 5"),
    operator(">", "bool", "Is the left side greater?", "request.messages > 5"),
    operator(">=", "bool", "Is the left side greater or the same?", "request.messages >= 5"),
    operator("in", "bool", "Is it one of a list?", "tags.feature in [\"summarize\", \"classify\"]"),
    operator("not in", "bool", "Is it none of a list?", "app not in [\"editor\"]"),
    operator("contains", "bool", "Is the right string somewhere in the left one?", "tags.feature contains \"sum\""),
    operator("starts_with", "bool", "Does the left string start with the right one?", "end_user starts_with \"test-\""),
    operator("ends_with", "bool", "Does the left string end with the right one?", "request.model ends_with \"-mini\""),
    operator(
        "matches",
        "bool",
        "Is the regular expression found in the string? Use ^ and $ for all of it.",
        "request.model matches \"^gpt-4\"",
    ),
    operator("+", "number", "Sum of two numbers.", "request.input_tokens + request.max_tokens > 100_000"),
    operator("-", "number", "Difference of two numbers, or a number's negative.", "budget.cap_usd - budget.used_usd < 1"),
    operator("*", "number", "Product of two numbers.", "cost(openai/gpt-4o) * 1000 > 5"),
    operator("/", "number", "Quotient of two numbers; no number if the right one is 0.", "request.input_tokens / request.messages > 500"),
    operator("%", "number", "What is left of a division; no number if the right side is 0.", "time.minute % 2 == 0"),
    operator("? :", "", "One of two values, by a condition.", "request.input_tokens > (request.stream ? 8_000 : 32_000)"),
    word("contains", "method", "bool", "CEL's spelling of the operator contains.", "tenant.contains(\"x\")"),
    word("startsWith", "method", "bool", "CEL's spelling of the operator starts_with.", "tenant.startsWith(\"x\")"),
    word("endsWith", "method", "bool", "CEL's spelling of the operator ends_with.", "tenant.endsWith(\"x\")"),
    word("matches", "method", "bool", "CEL's spelling of the operator matches.", "tenant.matches(\"^x\")"),
    word("size", "method", "number", "CEL's other spelling of the function size.", "tenant.size() > 3"),
    word("if", "keyword", "", "Starts a condition.", "if tenant == \"acme\" then use @fast else use @production"),
    word(
        "then",
        "keyword",
        "",
        "Stands between a condition and what is done.",
        "if tenant == \"acme\" then use @fast else use @production",
    ),
    word(
        "else",
        "keyword",
        "",
        "Starts the next rule; without if it is the last one and takes what is left.",
        "if tenant == \"acme\" then use @fast else use @production",
    ),
    word("use", "keyword", "", "Sends the request to a target.", "if tenant == \"acme\" then use @fast else use @production"),
    word(
        "block",
        "keyword",
        "",
        "Refuses the request with a message.",
        "if sensitivity == \"pii\" then block \"PII may not leave this machine\" else use @production",
    ),
    word("true", "keyword", "bool", "Always holds; its opposite is false.", "true"),
];

/// Every word, for completion and hover.
pub fn vocabulary() -> Vec<Word> {
    let variables = VARIABLES.iter().map(|(_, word)| *word);
    let budget = BUDGET.iter().map(|(_, word)| *word);
    let mut words: Vec<Word> = variables.chain(budget).chain(OTHERS).collect();
    words.push(word("false", "keyword", "bool", "Never holds; its opposite is true.", "false"));
    words
}

/// The names of facts, with dots: what an unknown one may have been meant as.
pub(super) fn variable_names() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|(_, word)| word.name).chain(BUDGET.iter().map(|(_, word)| word.name))
}

/// Words that have a meaning of their own wherever they stand.
pub(super) const KEYWORDS: [&str; 15] =
    ["if", "then", "else", "use", "block", "true", "false", "and", "or", "not", "in", "contains", "starts_with", "ends_with", "matches"];

pub(super) const FUNCTIONS: [&str; 6] = ["budget", "cost", "latency", "healthy", "size", "has"];
/// Names with fields.
pub(super) const TABLES: [&str; 5] = ["tags", "request", "budget", "time", "response"];

pub(super) const METHODS: [&str; 7] = ["contains", "startsWith", "endsWith", "starts_with", "ends_with", "matches", "size"];

/// Is a bare name something else than a tag?
pub(super) fn is_taken(name: &str) -> bool {
    KEYWORDS.contains(&name) || FUNCTIONS.contains(&name) || TABLES.contains(&name) || VARIABLES.iter().any(|(_, word)| word.name == name)
}

impl Variable {
    pub fn named(name: &str) -> Option<Self> {
        VARIABLES.iter().find(|(_, word)| word.name == name).map(|(variable, _)| *variable)
    }

    pub fn word(self) -> &'static Word {
        // The table is in the order of the variants; a test holds it to that.
        &VARIABLES[self as usize].1
    }
}

impl BudgetField {
    pub fn named(name: &str) -> Option<Self> {
        BUDGET.iter().find(|(_, word)| word.name.strip_prefix("budget.") == Some(name)).map(|(field, _)| *field)
    }

    /// Without `budget.`.
    pub fn name(self) -> &'static str {
        match self {
            Self::UsedPct => "used_pct",
            Self::UsedUsd => "used_usd",
            Self::RemainingUsd => "remaining_usd",
            Self::CapUsd => "cap_usd",
        }
    }
}

impl Op {
    /// The operator that is written as that word.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "in" => Some(Self::In),
            "contains" => Some(Self::Contains),
            "starts_with" => Some(Self::StartsWith),
            "ends_with" => Some(Self::EndsWith),
            _ => None,
        }
    }

    /// The comparison or arithmetic operator of that symbol.
    pub fn of_symbol(symbol: &str) -> Option<Self> {
        [
            Self::Equal,
            Self::Unequal,
            Self::Less,
            Self::LessEqual,
            Self::Greater,
            Self::GreaterEqual,
            Self::Add,
            Self::Subtract,
            Self::Multiply,
            Self::Divide,
            Self::Remainder,
        ]
        .into_iter()
        .find(|op| op.symbol() == symbol)
    }
}
