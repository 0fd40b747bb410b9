//! What a run of requests leaves behind: windows, means, breakers, cool-downs, memory.

use std::sync::Arc;

use serde_json::json;

use crate::{
    Make, TEMPOS, all_agree,
    case::{Ask, Case, Deed, Tempo, What, does, model, says, status},
    is_fair,
    replayed::{Late, replay},
};

const MAKES: [fn(Tempo) -> Case; 5] = [windows, streamed_windows, learned_costs, breakers, cool_downs];

#[tokio::test(flavor = "multi_thread")]
async fn what_requests_leave_behind_is_the_same_live_and_replayed() {
    all_agree(MAKES.into_iter().map(|make| Arc::new(make) as Make).collect()).await;
}

#[test]
fn sequences_come_to_what_they_are_there_for() {
    let shown = |make: fn(Tempo) -> Case| {
        let case = make(Tempo(100));
        let runs = replay(&case, Tempo(100), Late::NEVER, &[]).runs;
        let shapes: Vec<_> = runs.iter().map(|run| crate::compare::shape(run, Tempo(100)).to_string()).collect();
        assert!(TEMPOS.into_iter().all(|tempo| is_fair(&make(tempo), tempo)), "{} depends on a little lateness", case.name);
        assert_eq!(shapes.len(), case.asks.len());
        shapes
    };
    let has = |shapes: &[String], text: &str| shapes.iter().filter(|shape| shape.contains(text)).count();
    let windows = shown(windows);
    assert!(has(&windows, "to keep its figure fresh") > 1 && has(&windows, "\"text\":\"was slow\"") > 5, "{windows:#?}");
    assert!(has(&shown(learned_costs), "\"text\":\"from m1\"") > 20);
    assert!(has(&shown(breakers), "its breaker is open") > 10);
    let cool_downs = shown(cool_downs);
    assert!(has(&cool_downs, "asked for a rest") > 5 && has(&cool_downs, "\"status\":429") > 2, "{cool_downs:#?}");
}

fn asks(count: usize) -> Vec<Ask> {
    vec![Ask::default(); count]
}

fn times(count: usize, deed: &Deed) -> Vec<Deed> {
    vec![deed.clone(); count]
}

/// The fast one becomes slow, the slow one fast.
fn windows(_: Tempo) -> Case {
    let document = json!({"strategy": "latency_optimized", "allowed_models": ["alpha/m0", "alpha/m1", "alpha/m2"],
        "min_samples": 2, "explore": 0.15, "hysteresis": 0.1});
    let m0 = [times(5, &says(1, "was fast")), times(1, &says(6, "is slow"))].concat();
    let m1 = [times(3, &says(3, "is slow")), times(1, &says(2, "was slow"))].concat();
    let m2 = [times(1, &status(1, 500)), times(1, &says(4, "steady"))].concat();
    let models = [model("alpha/m0", m0), model("alpha/m1", m1), model("alpha/m2", m2)];
    Case { seed: 5, ..Case::of("windows", document, models).asking(asks(30)) }
}

/// Of streams the first token counts.
fn streamed_windows(tempo: Tempo) -> Case {
    let mut case = windows(tempo);
    case.name = "streamed windows".to_owned();
    case.asks.iter_mut().for_each(|ask| ask.stream = true);
    for (number, model) in case.models.iter_mut().enumerate() {
        for deed in &mut model.deeds {
            if let What::Says(answer) = &mut deed.what {
                answer.first = if number == 1 { 0 } else { deed.after };
            }
        }
    }
    case
}

fn learned_costs(_: Tempo) -> Case {
    let document = json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["alpha/m0", "alpha/m1"]});
    let m0 = [says(0, "from m0").using(9, 100), says(0, "from m0").using(9, 700), says(0, "from m0").using(9, 1_000)];
    let m1 = [says(0, "from m1").using(9, 300), says(0, "from m1").using(9, 200)];
    Case::of("learned costs", document, [model("alpha/m0", m0), model("alpha/m1", m1).priced(1.0, 2.5)]).asking(asks(30))
}

fn breakers(_: Tempo) -> Case {
    let document = json!({"strategy": "fallback", "attempts": ["alpha/m0", "alpha/m1", "alpha/m2"]});
    let m0 = [vec![says(1, "well at first"), does(1, What::Reset)], times(1, &status(1, 500))].concat();
    let m1 = [times(6, &status(1, 400)), times(1, &says(1, "from m1"))].concat();
    Case::of("breakers", document, [model("alpha/m0", m0), model("alpha/m1", m1), model("alpha/m2", [says(1, "x")])]).asking(asks(20))
}

fn cool_downs(_: Tempo) -> Case {
    let document = json!({"strategy": "fallback", "attempts": ["alpha/m0", "alpha/m1"]});
    let full = |half_beats| does(1, What::Status { status: 429, retry_after_half_beats: Some(half_beats), code: None });
    let m0 = [full(7), says(1, "from m0"), full(9), full(5), full(21)];
    let m1 = [says(1, "from m1"), full(5), says(1, "from m1"), full(3), full(31)];
    let asks: Vec<Ask> = (0..20).map(|number| Ask { pause: number % 3, ..Ask::default() }).collect();
    Case::of("cool-downs", document, [model("alpha/m0", m0), model("alpha/m1", m1)]).asking(asks)
}
