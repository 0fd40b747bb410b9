//! What conditions read, answered by the world.

use std::cell::Cell;

use crate::{
    engine::Scope,
    facts::Facts,
    health::Admission,
    latency::{Look, Measure},
    plan::{Check, PlanTarget},
    response::Response,
    rules::Context,
    world::{Budget, LocalTime, World},
};

/// One request as conditions see it.
pub(crate) struct Asked<'a, W> {
    pub scope: Scope<'a, W>,
    /// By the matcher's numbers.
    pub targets: &'a [PlanTarget],
    /// The answer, where there is one.
    pub response: Option<&'a Response<'a>>,
    /// What is left of looking ahead, where this is asked while doing so.
    pub looks: Option<&'a Cell<u32>>,
}

impl<W: World> Context for Asked<'_, W> {
    fn request(&self) -> &Facts<'_> {
        self.scope.facts
    }

    fn budget(&self, name: Option<&str>) -> Budget {
        self.scope.world.budget(name)
    }

    fn cost_usd(&self, target: usize) -> Option<f64> {
        let target = self.targets.get(target)?;
        match self.looks {
            None => self.scope.cost_nanos(target).map(super::usd),
            Some(looks) => self.scope.cost_within(target, self.scope.depth, looks).map(|nanos| nanos / 1e9),
        }
    }

    fn latency_ms(&self, target: usize, percentile: u8) -> Option<f64> {
        let measure = if self.scope.facts.stream { Measure::FirstToken } else { Measure::Total };
        let (target, look) = (self.targets.get(target)?, Look { measure, window_ms: Look::WINDOW_MS, percentile });
        let seen = match self.looks {
            None => self.scope.seen(target, look),
            Some(looks) => self.scope.seen_within(target, look, looks),
        };
        seen.value_us.map(|us| us as f64 / 1_000.0)
    }

    fn healthy(&self, target: usize) -> bool {
        let readiness = |target| match self.looks {
            None => self.scope.readiness(target),
            Some(looks) => self.scope.readiness_within(target, self.scope.depth, looks),
        };
        self.targets.get(target).is_some_and(|target| readiness(target) == Admission::Ready)
    }

    fn time(&self) -> LocalTime {
        self.scope.world.local_time()
    }

    fn response(&self) -> Option<&Response<'_>> {
        self.response
    }
}

impl Check {
    /// Does it hold for this answer?
    pub fn holds<W: World>(&self, scope: Scope<'_, W>, response: &Response<'_>) -> bool {
        self.matcher.first(&Asked { scope, targets: &self.asked, response: Some(response), looks: None }).is_some()
    }

    /// The values that its names had, as in `response.length = 12`. Not what the answer says: whether that
    /// may be recorded is not for a trace to decide.
    pub fn values<W: World>(&self, scope: Scope<'_, W>, response: &Response<'_>) -> String {
        let values = self.matcher.values(0, &Asked { scope, targets: &self.asked, response: Some(response), looks: None });
        let shown: Vec<String> = values
            .iter()
            .map(|(name, value)| match name.as_str() {
                "response.text" => format!("{name} has {} characters", response.text.chars().count()),
                _ => format!("{name} = {}", short(&value.to_string())),
            })
            .collect();
        shown.join(", ")
    }
}

/// Tags can be long; enough to see which one it was.
fn short(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain("…".chars()).collect() }
}
