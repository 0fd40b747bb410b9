//! Evaluation: no failure, no loop, no I/O, and no allocation unless a program reads more than 16 tags or figures.

use std::cell::Cell;

use serde_json::{Map, Value};
use smallvec::SmallVec;

use super::{
    Condition,
    compile::{Bool, Number, Slots, Source, Text, arithmetic},
    context::{Budget, Context},
    print,
    tree::{BudgetField, Expr, Kind, Op},
    words::Variable,
};
use crate::response::Response;

/// Conditions in their compiled form, tried in order.
#[derive(Debug)]
pub struct Matcher {
    compiled: Vec<Bool>,
    conditions: Vec<Condition>,
    slots: Slots,
}

impl Matcher {
    /// Compiles them once, to be evaluated often.
    pub fn compile(conditions: &[Condition]) -> Self {
        let mut slots = Slots::default();
        let compiled = conditions.iter().map(|condition| slots.bool(condition.expr())).collect();
        for condition in conditions {
            condition.expr().walk(&mut |expr| {
                if let Kind::Cost(target) | Kind::Latency(target, _) | Kind::Healthy(target) = &expr.kind {
                    slots.target(target);
                }
            });
        }
        Self { compiled, conditions: conditions.to_vec(), slots }
    }

    /// The names in `cost()`, `latency()` and `healthy()`, each once. A [`Context`] is asked by index into these.
    pub fn targets(&self) -> &[String] {
        &self.slots.targets
    }

    /// Index of the first condition that holds.
    pub fn first(&self, context: &impl Context) -> Option<usize> {
        let frame = Frame::new(&self.slots, context);
        self.compiled.iter().position(|condition| frame.bool(condition))
    }

    /// What the names of that condition stand for now, for a trace: numbers as they are, `null` for what is no number.
    /// A latency without samples is 0 with `latency(…).samples: 0` beside it.
    pub fn values(&self, index: usize, context: &impl Context) -> Map<String, Value> {
        let mut values = Map::new();
        let Some(condition) = self.conditions.get(index) else { return values };
        let frame = Frame::new(&self.slots, context);
        condition.expr().walk(&mut |expr| self.value(expr, &frame, &mut values));
        values
    }

    fn value<C: Context>(&self, expr: &Expr, frame: &Frame<'_, C>, values: &mut Map<String, Value>) {
        let value = match &expr.kind {
            Kind::Variable(variable) => variable_value(*variable, frame),
            Kind::Tag(tag) => text_value(tag_of(frame.context, &tag.key).unwrap_or("")),
            Kind::Has(tag) => Value::Bool(tag_of(frame.context, &tag.key).is_some()),
            Kind::Budget(name, field) => number_value(budget_field(frame.context.budget(name.as_deref()), *field)),
            Kind::Cost(target) => number_value(self.target(target).and_then(|id| frame.context.cost_usd(id)).unwrap_or(f64::NAN)),
            Kind::Healthy(target) => Value::Bool(self.target(target).is_some_and(|id| frame.context.healthy(id))),
            Kind::Latency(target, percentile) => {
                let measured = self.target(target).and_then(|id| frame.context.latency_ms(id, percentile.unwrap_or(50)));
                if measured.is_none() {
                    values.insert(format!("{}.samples", named(expr)), Value::from(0));
                }
                number_value(measured.unwrap_or(0.0))
            }
            _ => return,
        };
        values.insert(named(expr), value);
    }

    fn target(&self, name: &str) -> Option<usize> {
        self.slots.targets.iter().position(|target| target == name)
    }
}

fn named(expr: &Expr) -> String {
    let mut name = String::new();
    print::name(&expr.kind, &mut name);
    name
}

/// Texts longer than this are cut in a trace.
const LONGEST_VALUE: usize = 120;

fn text_value(text: &str) -> Value {
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => Value::from(format!("{}…", &text[..end])),
        None => Value::from(text),
    }
}

fn number_value(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { Value::from(number as i64) } else { Value::from(number) }
}

fn variable_value<C: Context>(variable: Variable, frame: &Frame<'_, C>) -> Value {
    match variable.word().type_ {
        "bool" if variable == Variable::ValidJson => Value::Bool(source_variable(variable, frame.context) == 1.0),
        "bool" => Value::Bool(frame.bool_variable(variable)),
        "number" => match variable {
            Variable::Hour | Variable::Minute | Variable::Weekday | Variable::Length => {
                number_value(source_variable(variable, frame.context))
            }
            _ => number_value(frame.number_variable(variable)),
        },
        _ => text_value(frame.text_variable(variable)),
    }
}

/// One evaluation: what was asked for once is kept.
struct Frame<'e, C> {
    context: &'e C,
    slots: &'e Slots,
    tags: SmallVec<[Cell<Option<&'e str>>; 16]>,
    numbers: SmallVec<[Cell<Option<f64>>; 16]>,
}

impl<'e, C: Context> Frame<'e, C> {
    fn new(slots: &'e Slots, context: &'e C) -> Self {
        Self {
            context,
            slots,
            tags: SmallVec::from_elem(Cell::new(None), slots.tags.len()),
            numbers: SmallVec::from_elem(Cell::new(None), slots.sources.len()),
        }
    }

    fn bool(&self, condition: &'e Bool) -> bool {
        match condition {
            Bool::Constant(value) => *value,
            Bool::Variable(variable) => self.bool_variable(*variable),
            Bool::Slot(slot) => self.slot(*slot) == 1.0,
            Bool::Has(key) => tag_of(self.context, key).is_some(),
            Bool::Not(inner) => !self.bool(inner),
            Bool::All(parts) => parts.iter().all(|part| self.bool(part)),
            Bool::Any(parts) => parts.iter().any(|part| self.bool(part)),
            Bool::Choice(three) => self.bool(&three[if self.bool(&three[0]) { 1 } else { 2 }]),
            Bool::Same(two) => self.bool(&two[0]) == self.bool(&two[1]),
            Bool::TagIs(slot, text) => self.tag(*slot) == &**text,
            Bool::Limit(op, number, limit) => compare(*op, self.number(number), *limit),
            Bool::Numbers(op, two) => compare(*op, self.number(&two[0]), self.number(&two[1])),
            Bool::Texts(op, left, right) => compare(*op, self.text(left), self.text(right)),
            Bool::OneOfNumbers(number, list) => {
                let number = self.number(number);
                list.contains(&number)
            }
            Bool::OneOfTexts(text, list) => {
                let text = self.text(text);
                if list.len() <= 8 {
                    list.iter().any(|item| **item == *text)
                } else {
                    list.binary_search_by(|item| (**item).cmp(text)).is_ok()
                }
            }
            Bool::Contains(text, part) => self.text(text).contains(self.text(part)),
            Bool::StartsWith(text, part) => self.text(text).starts_with(self.text(part)),
            Bool::EndsWith(text, part) => self.text(text).ends_with(self.text(part)),
            Bool::Matches(text, regex) => regex.is_match(self.text(text)),
        }
    }

    fn number(&self, number: &'e Number) -> f64 {
        match number {
            Number::Constant(value) => *value,
            Number::Variable(variable) => self.number_variable(*variable),
            Number::Slot(slot) => self.slot(*slot),
            Number::Tag(slot) => read_number(self.tag(*slot)),
            Number::Size(text) => self.text(text).chars().count() as f64,
            Number::Negative(inner) => -self.number(inner),
            Number::Arithmetic(op, two) => arithmetic(*op, self.number(&two[0]), self.number(&two[1])),
            Number::Choice(three) => self.number(if self.bool(&three.0) { &three.1 } else { &three.2 }),
        }
    }

    fn text(&self, text: &'e Text) -> &'e str {
        match text {
            Text::Constant(text) => text,
            Text::Variable(variable) => self.text_variable(*variable),
            Text::Tag(slot) => self.tag(*slot),
            Text::Choice(three) => self.text(if self.bool(&three.0) { &three.1 } else { &three.2 }),
        }
    }

    fn tag(&self, slot: usize) -> &'e str {
        let Some(cell) = self.tags.get(slot) else { return "" };
        if let Some(known) = cell.get() {
            return known;
        }
        let text = self.slots.tags.get(slot).and_then(|key| tag_of(self.context, key)).unwrap_or("");
        cell.set(Some(text));
        text
    }

    fn slot(&self, slot: usize) -> f64 {
        let Some(cell) = self.numbers.get(slot) else { return f64::NAN };
        if let Some(known) = cell.get() {
            return known;
        }
        let number = self.slots.sources.get(slot).map_or(f64::NAN, |source| self.ask(source));
        cell.set(Some(number));
        number
    }

    fn ask(&self, source: &Source) -> f64 {
        match source {
            Source::Budget(name, field) => budget_field(self.context.budget(name.as_deref()), *field),
            Source::Cost(target) => self.context.cost_usd(*target).unwrap_or(f64::NAN),
            Source::Latency(target, percentile) => self.context.latency_ms(*target, *percentile).unwrap_or(0.0),
            Source::Healthy(target) => f64::from(u8::from(self.context.healthy(*target))),
            Source::Variable(variable) => source_variable(*variable, self.context),
        }
    }

    fn bool_variable(&self, variable: Variable) -> bool {
        let request = self.context.request();
        match variable {
            Variable::Stream => request.stream,
            Variable::HasTools => request.has_tools,
            Variable::HasImages => request.has_images,
            Variable::WantsJson => request.wants_json,
            Variable::HasToolCalls => self.context.response().is_some_and(|response| !response.tool_calls.is_empty()),
            _ => false,
        }
    }

    fn number_variable(&self, variable: Variable) -> f64 {
        let request = self.context.request();
        let of_response = |read: fn(&Response<'_>) -> Option<f64>| self.context.response().and_then(read).unwrap_or(f64::NAN);
        match variable {
            Variable::InputTokens => request.input_tokens as f64,
            Variable::MaxTokens => request.max_tokens.unwrap_or(0) as f64,
            Variable::Messages => f64::from(request.messages),
            Variable::OutputTokens => of_response(|response| response.output_tokens.map(|tokens| tokens as f64)),
            Variable::LatencyMs => of_response(|response| Some(response.latency_ms)),
            Variable::CostUsd => of_response(|response| response.cost_usd),
            Variable::LogprobMean => of_response(|response| response.logprob_mean),
            _ => f64::NAN,
        }
    }

    fn text_variable(&self, variable: Variable) -> &'e str {
        let request = self.context.request();
        match variable {
            Variable::EndUser => request.end_user.unwrap_or(""),
            Variable::Conversation => request.conversation.unwrap_or(""),
            Variable::App => request.app.unwrap_or(""),
            Variable::Model => request.model,
            Variable::Endpoint => request.endpoint,
            Variable::Text => self.context.response().map_or("", |response| &response.text),
            Variable::FinishReason => self.context.response().and_then(|response| response.finish_reason.as_deref()).unwrap_or(""),
            _ => "",
        }
    }
}

/// Variables that cost something to work out.
fn source_variable(variable: Variable, context: &impl Context) -> f64 {
    match variable {
        Variable::Hour => f64::from(context.time().hour),
        Variable::Minute => f64::from(context.time().minute),
        Variable::Weekday => f64::from(context.time().weekday),
        Variable::Length => context.response().map_or(f64::NAN, |response| response.text.chars().count() as f64),
        Variable::ValidJson => {
            let valid = context.response().is_some_and(|response| serde_json::from_str::<serde::de::IgnoredAny>(&response.text).is_ok());
            f64::from(u8::from(valid))
        }
        _ => f64::NAN,
    }
}

fn tag_of<'e>(context: &'e impl Context, key: &str) -> Option<&'e str> {
    context.request().tags.iter().find(|(known, _)| **known == *key).map(|(_, value)| &**value)
}

fn budget_field(budget: Budget, field: BudgetField) -> f64 {
    match field {
        BudgetField::UsedPct => budget.used_pct,
        BudgetField::UsedUsd => budget.used_usd,
        BudgetField::RemainingUsd => budget.remaining_usd,
        BudgetField::CapUsd => budget.cap_usd,
    }
}

/// The number that a tag says; NaN where it says none.
fn read_number(text: &str) -> f64 {
    let text = text.trim();
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    if is_number { text.parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or(f64::NAN) } else { f64::NAN }
}

/// False for whatever is no number, with `!=` too.
fn compare<T: PartialOrd>(op: Op, left: T, right: T) -> bool {
    left.partial_cmp(&right).is_some_and(|order| op.holds(order))
}
