//! Programs and conditions of the rules language.

use std::borrow::Cow;

use routing::{
    facts::Facts,
    response::{Response, ToolCall},
    rules::{
        Budget, Condition, ConditionScope, Context, Finding, LocalTime, Matcher, Parsed, format_condition, format_program, list_to_text,
        parse_condition, parse_list, parse_program, to_list,
    },
};

/// A program that is taken has one layout, which says the same; so has its list.
pub fn program(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = parse_program(text);
    judged(text, &parsed);
    let formatted = format_program(text);
    assert_eq!(formatted.is_ok(), parsed.value.is_some(), "what can be read can be formatted, and nothing else");
    let (Some(program), Ok(formatted)) = (parsed.value, formatted) else { return };
    assert_eq!(format_program(&formatted).as_ref(), Ok(&formatted), "formatting twice changes something");
    let again = parse_program(&formatted).value.expect("what was formatted can be read");
    let list = to_list(&program);
    assert_eq!(list_to_text(&list).as_ref(), Ok(&formatted), "the list says something else");
    assert_eq!(to_list(&again), list, "the formatted text says something else");
    assert_eq!(to_list(&parse_list(&list).value.expect("a list that we wrote can be read")), list, "a list changes when it is read");
    let conditions =
        |program: &routing::rules::Program| -> Vec<Condition> { program.rules.iter().filter_map(|rule| rule.condition.clone()).collect() };
    same_meaning(&conditions(&program), &conditions(&again));
}

/// A condition that is taken has one canonical text, which means the same.
pub fn condition(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let of_request = parse_condition(text, ConditionScope::Request);
    let of_response = parse_condition(text, ConditionScope::Response);
    judged(text, &of_request);
    judged(text, &of_response);
    if of_request.value.is_some() {
        assert_eq!(of_request.value, of_response.value, "what a rule may ask an answer's condition may, too");
    }
    let formatted = format_condition(text);
    assert_eq!(formatted.is_ok(), of_response.value.is_some(), "what can be read can be formatted, and nothing else");
    let (Some(condition), Ok(formatted)) = (of_response.value, formatted) else { return };
    assert_eq!(condition.text(), formatted);
    assert_eq!(format_condition(&formatted).as_ref(), Ok(&formatted), "formatting twice changes something");
    let again = parse_condition(&formatted, ConditionScope::Response).value.expect("what was formatted can be read");
    same_meaning(&[condition], &[again]);
}

/// There is a value or an error, and every finding is at a place that the text has.
fn judged<T>(text: &str, parsed: &Parsed<T>) {
    let error = parsed.findings.iter().any(|finding| finding.severity == routing::diagnostic::Severity::Error);
    assert_eq!(parsed.value.is_none(), error, "a value or an error, not both or neither: {:?}", parsed.findings);
    let lines: Vec<&str> = text.split('\n').collect();
    for finding in &parsed.findings {
        let Finding { line, column, length, message, .. } = finding;
        assert!(*line >= 1 && *column >= 1 && *length >= 1 && !message.is_empty(), "{finding:?}");
        let content = lines.get(*line as usize - 1).unwrap_or_else(|| panic!("line {line} of {} in {finding:?}", lines.len()));
        let units = content.encode_utf16().count();
        // What is missing at the end of a line is marked one beyond it.
        assert!((column + length - 1) as usize <= units + 1, "beyond the end of its line, of {units} units: {finding:?}");
    }
}

fn same_meaning(conditions: &[Condition], again: &[Condition]) {
    assert_eq!(conditions, again, "another text");
    let (matcher, other) = (Matcher::compile(conditions), Matcher::compile(again));
    assert_eq!(matcher.targets(), other.targets());
    let tags = [("feature".into(), "summarize".into()), ("tenant".into(), "12.5".into())];
    for asked in [Asked::nothing(), Asked::much(&tags)] {
        let first = matcher.first(&asked);
        assert_eq!(first, other.first(&asked), "the canonical text means something else");
        for index in 0..conditions.len() {
            assert_eq!(matcher.values(index, &asked), other.values(index, &asked));
        }
    }
}

struct Asked<'a> {
    facts: Facts<'a>,
    budget: Budget,
    figure: Option<f64>,
    time: LocalTime,
    response: Option<Response<'a>>,
}

impl<'a> Asked<'a> {
    fn nothing() -> Self {
        Self { facts: Facts::default(), budget: Budget::default(), figure: None, time: LocalTime::default(), response: None }
    }

    fn much(tags: &'a [(Box<str>, Box<str>)]) -> Self {
        Self {
            facts: Facts {
                endpoint: "chat",
                model: "@production",
                stream: true,
                input_tokens: 32_000,
                max_tokens: Some(100),
                has_tools: true,
                wants_json: true,
                messages: 3,
                tags,
                end_user: Some("u_1"),
                conversation: Some("c_1"),
                app: Some("bot"),
                request_id: "req_1",
                ..Facts::default()
            },
            budget: Budget { used_pct: 0.9, used_usd: 9.0, remaining_usd: 1.0, cap_usd: 10.0 },
            figure: Some(2_500.0),
            time: LocalTime { hour: 23, minute: 59, weekday: 7 },
            response: Some(Response {
                text: Cow::Borrowed("{\"answer\": 42}"),
                finish_reason: Some(Cow::Borrowed("stop")),
                tool_calls: vec![ToolCall { name: "look_up".to_owned(), arguments: "{}".to_owned() }],
                output_tokens: Some(7),
                latency_ms: 812.5,
                cost_usd: Some(0.002),
                logprob_mean: Some(-0.4),
            }),
        }
    }
}

impl Context for Asked<'_> {
    fn request(&self) -> &Facts<'_> {
        &self.facts
    }
    fn budget(&self, _: Option<&str>) -> Budget {
        self.budget
    }
    fn cost_usd(&self, target: usize) -> Option<f64> {
        self.figure.map(|figure| figure / 1e6 * (target + 1) as f64)
    }
    fn latency_ms(&self, _: usize, percentile: u8) -> Option<f64> {
        self.figure.map(|figure| figure * f64::from(percentile) / 50.0)
    }
    fn healthy(&self, target: usize) -> bool {
        target.is_multiple_of(2)
    }
    fn time(&self) -> LocalTime {
        self.time
    }
    fn response(&self) -> Option<&Response<'_>> {
        self.response.as_ref()
    }
}
