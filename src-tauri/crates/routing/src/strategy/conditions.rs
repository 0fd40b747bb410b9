//! What conditions read, answered by the world.

use std::cell::Cell;

use crate::{
    engine::{Answer, Scope},
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

/// What became of an answer that was not turned down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// The condition holds.
    Holds,
    /// Nobody was called, so that nothing is known that could turn the answer down.
    Unknown,
}

impl Check {
    /// Judges an answer by this condition, which the document calls `name`.
    ///
    /// # Errors
    /// Why it is turned down, with the values that the condition's names had.
    pub fn judge<W: World>(&self, name: &str, scope: Scope<'_, W>, answer: &Answer<W>) -> Result<Judged, String> {
        let Some(response) = scope.world.response(&answer.reply) else { return Ok(Judged::Unknown) };
        self.require(name, scope, &response).map(|()| Judged::Holds)
    }

    /// The same of what an answer says.
    ///
    /// # Errors
    /// Why it is turned down.
    pub fn require<W: World>(&self, name: &str, scope: Scope<'_, W>, response: &Response<'_>) -> Result<(), String> {
        let asked = Asked { scope, targets: &self.asked, response: Some(response), looks: None };
        if self.matcher.first(&asked).is_some() {
            return Ok(());
        }
        Err(format!("{name} does not hold ({}): {}", self.text, self.values(&asked, response)))
    }

    /// The values that its names had, as in `response.length = 12`. Not what the answer says: whether that
    /// may be recorded is not for a trace to decide.
    fn values<W: World>(&self, asked: &Asked<'_, W>, response: &Response<'_>) -> String {
        let values = self.matcher.values(0, asked);
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
