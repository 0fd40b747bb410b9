//! One engine: what the live proxy does on real sockets, a replay on a virtual clock does, too.
//!
//! ```text
//!              ┌─▶ live: proxy in this process ─▶ scripted upstreams ─▶ trace, answer, headers ─┐
//! random case ─┤                                                                                ├─ alike?
//!              └─▶ replayed: simulate::scripted on a virtual clock ──▶ trace, result ───────────┘
//! ```
//! Upstreams answer at whole beats, deadlines lie at half beats, and a case counts only if its outcome stays the same
//! where upstreams are a little late. A machine may still stall for longer: what differs at one tempo is tried again
//! at slower ones, and only what differs at all of them has failed.
mod case;
mod compare;
mod live;
mod names;
mod random;
mod replayed;
mod sequences;
mod strategies;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use simulate::scripted::Run;
use tokio::{
    sync::{Mutex, Semaphore, SemaphorePermit},
    task::JoinSet,
};

use case::{Case, Tempo};
use live::{Lived, Stage};
use replayed::{Late, replay};

const TEMPOS: [Tempo; 3] = [Tempo(120), Tempo(300), Tempo(600)];
/// A case that takes longer is left out, in beats.
const MOST_BEATS: u64 = 24;

/// A case at any tempo.
type Make = Arc<dyn Fn(Tempo) -> Case + Send + Sync>;

/// Runs a case live and replays it.
async fn agrees(case: &Case, tempo: Tempo) -> Result<(), String> {
    let first = replay(case, tempo, Late::NEVER, &[]);
    let mut stage = Stage::of(case, tempo, &first.picks).await;
    let mut lives: Vec<Lived> = Vec::new();
    for ask in &case.asks {
        lives.push(stage.ask(ask, tempo).await);
    }
    let ids: Vec<String> = lives.iter().map(Lived::request_id).collect();
    let replayed = replay(case, tempo, Late::NEVER, &ids);
    for (number, (lived, run)) in lives.iter().zip(&replayed.runs).enumerate() {
        compare::compare(case, &case.asks[number], lived, run, tempo).map_err(|why| format!("request {number}: {why}"))?;
    }
    Ok(())
}

/// Room for so many cases, whichever test they are of.
async fn room(round: usize) -> SemaphorePermit<'static> {
    static ROOMS: [Semaphore; 3] = [Semaphore::const_new(48), Semaphore::const_new(8), Semaphore::const_new(2)];
    static DOOR: Mutex<()> = Mutex::const_new(());
    let room = ROOMS[round].acquire().await.expect("it is never closed");
    // One after the other, so that those under way are not made late by those that begin.
    let _door = DOOR.lock().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    room
}

/// All of them, the slower tempos only for those that differ.
async fn all_agree(cases: Vec<Make>) {
    let mut left: Vec<(Make, String)> = cases.into_iter().map(|make| (make, String::new())).collect();
    for (round, tempo) in TEMPOS.into_iter().enumerate() {
        let mut running = JoinSet::new();
        for (make, before) in left {
            running.spawn(async move {
                let case = make(tempo);
                // Not all times of a case go with the tempo: what is fair at one may be none at another.
                if round > 0 && !is_fair(&case, tempo) {
                    return Err((make, before));
                }
                let _room = room(round).await;
                agrees(&case, tempo).await.map_err(|why| (make, describe(&case, tempo, &why)))
            });
        }
        left = running.join_all().await.into_iter().filter_map(Result::err).collect();
        if !left.is_empty() {
            println!("{} cases differ at {} ms a beat", left.len(), tempo.0);
        }
    }
    let failures: Vec<String> = left.into_iter().map(|(_, why)| why).collect();
    assert!(failures.is_empty(), "{} cases differ at every tempo:\n\n{}", failures.len(), failures.join("\n\n"));
}

fn describe(case: &Case, tempo: Tempo, why: &str) -> String {
    let case = serde_json::to_string_pretty(case).expect("a case can be written");
    format!("=== at {} ms a beat: {why}\n{case}", tempo.0)
}

/// Does its outcome depend on the script alone, and does it end soon?
fn is_fair(case: &Case, tempo: Tempo) -> bool {
    let shapes = |late: Late| {
        let runs = replay(case, tempo, late, &[]).runs;
        let ends = runs.iter().all(|run| run.took_us < tempo.0 * 1_000 * MOST_BEATS);
        let hung_up = runs.iter().zip(&case.asks).all(|(run, ask)| run.routed.is_some() || ask.hangs_up.is_some());
        (ends && hung_up && runs.iter().all(|run| is_told_apart(case, run, tempo)))
            .then(|| runs.iter().map(|run| compare::shape(run, tempo)).collect::<Vec<_>>())
    };
    let Some(on_time) = shapes(Late::NEVER) else { return false };
    (1..=4).all(|seed| shapes(Late { thousandths: 200, seed }).as_ref() == Some(&on_time))
}

/// Of two calls to one model at the same moment the network says which is the first; that must not matter.
fn is_told_apart(case: &Case, run: &Run, tempo: Tempo) -> bool {
    let varies = |name: &str| case.models.iter().any(|model| model.name == name && model.deeds.windows(2).any(|two| two[0] != two[1]));
    let calls = run.calls.iter().enumerate().filter(|(_, call)| varies(call.target.name()));
    let at_once = |a: u64, b: u64| a.abs_diff(b) < tempo.0 * 1_000 / 2;
    calls.into_iter().all(|(at, call)| {
        let earlier = run.calls[..at].iter().filter(|other| other.target == call.target);
        earlier.into_iter().all(|other| !at_once(other.start_us, call.start_us))
    })
}

/// `CASE=17 cargo test -p whole --test one_engine random` runs that one alone.
#[tokio::test(flavor = "multi_thread")]
async fn random_configs_go_the_same_way_live_and_replayed() {
    const CASES: usize = 240;
    let wanted: Option<u64> = std::env::var("CASE").ok().map(|seed| seed.parse().expect("CASE is a number"));
    let fair = |seed: &u64| is_fair(&random::case(*seed, TEMPOS[0]), TEMPOS[0]);
    let seeds: Vec<u64> = match wanted {
        Some(seed) => vec![seed],
        None => (0..).filter(fair).take(CASES).collect(),
    };
    let (mut strategies, mut hung_up): (BTreeMap<&str, usize>, usize) = (BTreeMap::new(), 0);
    for seed in &seeds {
        let case = random::case(*seed, TEMPOS[0]);
        for run in replay(&case, TEMPOS[0], Late::NEVER, &[]).runs {
            run.trace.steps.iter().for_each(|step| *strategies.entry(step.strategy).or_default() += 1);
            hung_up += usize::from(run.routed.is_none());
        }
    }
    println!("steps by strategy: {strategies:?}, {hung_up} callers hung up, up to case {:?}", seeds.last());
    if wanted.is_none() {
        assert!(hung_up >= 10, "callers hang up");
        assert!(strategies.len() == 8 && strategies.values().all(|steps| *steps >= 20), "all strategies are run: {strategies:?}");
    }
    all_agree(seeds.into_iter().map(|seed| Arc::new(move |tempo| random::case(seed, tempo)) as Make).collect()).await;
}
