//! The other side: the same case in a scripted world on a virtual clock.

use catalog::{ProviderKind, TokenCounts};
use routing::{facts::Facts, failure::Detail, plan::Plan};
use serde_json::Value;
use simulate::{
    draws::Draws,
    scripted::{Act, Run, Scripted},
};
use wire::{Dialect, Request};

use crate::case::{Ask, Case, Deed, ModelSpec, Tempo, What};

/// How late upstreams are: up to so many thousandths of a beat, drawn for each call.
#[derive(Debug, Clone, Copy)]
pub struct Late {
    /// Of a beat.
    pub thousandths: u64,
    /// Of the draws.
    pub seed: u64,
}

impl Late {
    /// Everything comes when the script says.
    pub const NEVER: Self = Self { thousandths: 0, seed: 0 };

    fn ms(self, draws: &Draws, tempo: Tempo) -> u64 {
        (draws.next() * (tempo.0 * self.thousandths / 1_000) as f64) as u64
    }
}

/// A case replayed.
pub struct Replayed {
    /// One for each request.
    pub runs: Vec<Run>,
    /// What judges said, by model, in order of their calls.
    pub picks: Vec<(String, Vec<String>)>,
}

/// Runs a case. `request_ids` are those of the live requests, where they are known.
pub fn replay(case: &Case, tempo: Tempo, late: Late, request_ids: &[String]) -> Replayed {
    let mut picks: Vec<(String, Vec<String>)> = Vec::new();
    // What a judge names depends on the labels, which a run has to draw first: each round knows one answer more.
    for _ in 0..8 {
        let runs = run(case, tempo, late, request_ids, &picks);
        let named = named(case, &runs);
        if named == picks {
            return Replayed { runs, picks };
        }
        picks = named;
    }
    panic!("{}: what judges say never settles", case.name)
}

fn run(case: &Case, tempo: Tempo, late: Late, request_ids: &[String], picks: &[(String, Vec<String>)]) -> Vec<Run> {
    let plans: Vec<Plan> = case.plans();
    let mut world = plans.iter().cloned().fold(Scripted::new(case.seed), Scripted::config);
    let draws = Draws::seeded(late.seed);
    for model in &case.models {
        let texts = picks.iter().find(|(name, _)| *name == model.name).map_or(&[][..], |(_, texts)| texts);
        world = world.target(&model.name, acts(model, texts, tempo, &|| late.ms(&draws, tempo))).model(&model.name, model.model());
    }
    let production = plans.iter().find(|plan| plan.config.as_ref().is_some_and(|(slug, _)| &**slug == "production")).expect("production");
    let asks = case.asks.iter().enumerate();
    asks.map(|(number, ask)| {
        world.pass_ms(tempo.ms(ask.pause));
        with_facts(ask, request_ids.get(number).map_or("req_unknown", String::as_str), |facts| {
            let hang_up_us = ask.hang_up_ms(tempo).map_or(u64::MAX, |ms| ms * 1_000);
            world.run_as(production, facts, hang_up_us)
        })
    })
    .collect()
}

fn with_facts<T>(ask: &Ask, request_id: &str, then: impl FnOnce(&Facts<'_>) -> T) -> T {
    let chat = Request::read(Dialect::OpenAiChat, ask.body().to_string().into()).expect("a chat request");
    let input = proxy::Input::from(chat);
    let chat = &input.request;
    let tags: Vec<(Box<str>, Box<str>)> = ask.tenant.iter().map(|tenant| ("tenant".into(), (*tenant).into())).collect();
    then(&Facts {
        endpoint: "chat",
        model: &chat.facts.model,
        stream: chat.facts.stream,
        input_tokens: input.tokens(ProviderKind::OpenAiCompatible, ""),
        max_tokens: chat.facts.max_tokens,
        has_tools: chat.facts.has_tools,
        has_images: chat.facts.has_images,
        wants_json: chat.facts.wants_json,
        wants_schema: chat.facts.wants_schema,
        messages: chat.facts.messages,
        tags: &tags,
        end_user: ask.end_user,
        conversation: None,
        app: Some("bot"),
        request_id,
    })
}

fn acts(model: &ModelSpec, picks: &[String], tempo: Tempo, late_ms: &dyn Fn() -> u64) -> Vec<Act> {
    // Enough that each call of a case is late by itself.
    let calls = model.deeds.len().max(picks.len()).max(40);
    let act = |call: usize| {
        let deed = model.deeds.get(call).or(model.deeds.last()).expect("it does something");
        act(model, deed, picks.get(call).map_or("", String::as_str), tempo, late_ms)
    };
    (0..calls).map(act).collect()
}

fn act(model: &ModelSpec, deed: &Deed, pick: &str, tempo: Tempo, late_ms: &dyn Fn() -> u64) -> Act {
    let after_ms = tempo.ms(deed.after) + late_ms();
    match &deed.what {
        What::Says(answer) => {
            let (input, output) = answer.tokens;
            let act = Act::says(&answer.text).finishing(answer.finish_reason).after_ms(after_ms);
            let act = answer.tool.into_iter().fold(act, |act, (name, arguments)| act.calling(name, arguments));
            // What says nothing commits at its end.
            let first = if answer.text.is_empty() && answer.tool.is_none() { after_ms } else { tempo.ms(answer.first) + late_ms() };
            act.first_after_ms(first).using(input, output, cost(model, input, output))
        }
        What::Picks(_) => Act::says(pick).after_ms(after_ms).using(9, 3, cost(model, 9, 3)),
        What::Status { status, retry_after_half_beats, code } => {
            let act = Act::http(*status).after_ms(after_ms).saying(match code {
                Some("context_length_exceeded") => Detail::ContextLength,
                Some("content_filter") => Detail::ContentFilter,
                _ => Detail::None,
            });
            retry_after_half_beats.iter().fold(act, |act, beats| act.retry_after_ms(tempo.0 * u64::from(*beats) / 2))
        }
        What::Reset | What::Broken => Act::refused().after_ms(after_ms),
        What::Silence => Act::silence(),
    }
}

/// In nano-dollars.
pub fn cost(model: &ModelSpec, input: u64, output: u64) -> u64 {
    let price = model.model().price.expect("models of a case have a price");
    u64::try_from(price.cost(TokenCounts { input, output, ..TokenCounts::default() }).total.0).expect("not negative")
}

/// What judges name, now that labels are drawn.
fn named(case: &Case, runs: &[Run]) -> Vec<(String, Vec<String>)> {
    let judges = case.models.iter().filter(|model| model.deeds.iter().any(|deed| matches!(deed.what, What::Picks(_))));
    judges
        .map(|judge| {
            let calls = runs.iter().flat_map(|run| &run.calls).filter(|call| call.target.name() == judge.name);
            let texts = calls.enumerate().map(|(call, seen)| {
                let deed = judge.deeds.get(call).or(judge.deeds.last()).expect("it does something");
                let What::Picks(at) = deed.what else { return String::new() };
                label(seen.ask.as_deref().map_or("", |question| &question.user), at)
            });
            (judge.name.clone(), texts.collect())
        })
        .collect()
}

fn label(question: &str, at: usize) -> String {
    let question: Value = serde_json::from_str(question).unwrap_or_default();
    let answers = question["answers"].as_array().map_or(&[][..], Vec::as_slice);
    let label = answers.get(at % answers.len().max(1)).map(|answer| answer["label"].clone()).unwrap_or_default();
    serde_json::json!({ "best": label }).to_string()
}
