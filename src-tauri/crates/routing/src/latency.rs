//! How long calls of one target took lately: a sliding window, time passed in.
//!
//! ```text
//! began ─▶ ended(answered | failed | cancelled)        look(window, measure, percentile)
//!             └─▶ newest MAX_ENDS ends ───────────────────────▶ samples, tried, value
//! ```

use std::collections::VecDeque;

use smallvec::SmallVec;

use crate::outcome::Outcome;

/// So many ends are kept of a target.
const MAX_ENDS: usize = 1_024;
/// From so many samples on, a figure may be so old before it is reckoned anew.
const MANY: u32 = 64;
const STALE_MS: u64 = 100;

/// What of a call is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// From the start to the first content, of streamed calls.
    FirstToken,
    /// From the start to the end.
    Total,
}

/// What is asked of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Look {
    /// What is measured.
    pub measure: Measure,
    /// How far back, in milliseconds.
    pub window_ms: u64,
    /// 1 to 99; 50 is the median.
    pub percentile: u8,
}

impl Look {
    /// How far back a look goes where nobody says otherwise.
    pub const WINDOW_MS: u64 = 300_000;

    /// The median that decides for a request: of the first token where it is streamed.
    pub fn median(stream: bool, window_ms: u64) -> Self {
        Self { measure: if stream { Measure::FirstToken } else { Measure::Total }, window_ms, percentile: 50 }
    }
}

/// What a window shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Answers measured.
    pub samples: u32,
    /// Calls that ended or are under way, failed ones too.
    pub tried: u32,
    /// The percentile, in microseconds; `None` where nothing was measured.
    pub value_us: Option<u64>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It answered.
    Answered {
        /// All of it, in microseconds.
        total_us: u64,
        /// To the first content, where it was streamed.
        first_us: Option<u64>,
    },
    /// It failed.
    Failed,
    /// It was given up: no evidence.
    Cancelled,
}

impl End {
    /// Of a call with this outcome.
    pub fn of(outcome: Outcome, total_us: u64, first_us: Option<u64>) -> Self {
        match outcome {
            Outcome::Ok | Outcome::Rejected => Self::Answered { total_us, first_us },
            Outcome::Cancelled | Outcome::Skipped => Self::Cancelled,
            // A caller's own 4xx too: it says nothing of how long an answer takes.
            Outcome::Timeout | Outcome::Connection | Outcome::Broken | Outcome::Http(_) => Self::Failed,
        }
    }
}

/// The window of one target.
#[derive(Debug, Clone, Default)]
pub struct Window {
    ends: VecDeque<(u64, End)>,
    under_way: u32,
    changes: u64,
    known: SmallVec<[Known; 2]>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    look: Look,
    changes: u64,
    at_ms: u64,
    seen: Seen,
}

impl Window {
    /// A call begins.
    pub fn began(&mut self) {
        self.under_way += 1;
    }

    /// A call that began has ended.
    pub fn ended(&mut self, end: End, now_ms: u64) {
        self.under_way = self.under_way.saturating_sub(1);
        if end == End::Cancelled {
            return;
        }
        if self.ends.len() == MAX_ENDS {
            self.ends.pop_front();
        }
        self.ends.push_back((now_ms, end));
        self.changes += 1;
    }

    /// What it shows now. Cheap: a figure is reckoned once until calls end or time makes it old.
    pub fn look(&mut self, look: Look, now_ms: u64) -> Seen {
        let known = self.known.iter().position(|known| known.look == look);
        if let Some(known) = known.map(|at| self.known[at]) {
            let age_ms = now_ms.saturating_sub(known.at_ms);
            let fresh = known.changes == self.changes && age_ms < (look.window_ms / 64).max(1);
            if fresh || (known.seen.samples >= MANY && age_ms < STALE_MS) {
                return self.with_under_way(known.seen);
            }
        }
        let seen = self.reckon(look, now_ms);
        let fresh = Known { look, changes: self.changes, at_ms: now_ms, seen };
        match known {
            Some(at) => self.known[at] = fresh,
            None => {
                // Looks come from documents: only drafts tried one after another make many of them.
                self.known.truncate(7);
                self.known.push(fresh);
            }
        }
        self.with_under_way(seen)
    }

    fn with_under_way(&self, seen: Seen) -> Seen {
        Seen { tried: seen.tried.saturating_add(self.under_way), ..seen }
    }

    fn reckon(&self, look: Look, now_ms: u64) -> Seen {
        let mut values: SmallVec<[u64; 128]> = SmallVec::new();
        let mut failed = 0;
        // A clock that jumped back leaves ends from the future behind: they count as new.
        for (_, end) in self.ends.iter().rev().take_while(|(at_ms, _)| at_ms.saturating_add(look.window_ms) > now_ms) {
            match (end, look.measure) {
                (End::Answered { first_us: Some(first_us), .. }, Measure::FirstToken) => values.push(*first_us),
                (End::Answered { total_us, .. }, Measure::Total) => values.push(*total_us),
                (End::Failed, _) => failed += 1,
                (End::Answered { .. } | End::Cancelled, _) => {}
            }
        }
        let samples = u32::try_from(values.len()).unwrap_or(u32::MAX);
        Seen { samples, tried: samples + failed, value_us: percentile(&mut values, look.percentile) }
    }
}

/// By nearest rank.
fn percentile(values: &mut [u64], percentile: u8) -> Option<u64> {
    let rank = (values.len() * usize::from(percentile)).div_ceil(100);
    let at = rank.max(1) - 1;
    (at < values.len()).then(|| *values.select_nth_unstable(at).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIAN: Look = Look { measure: Measure::Total, window_ms: 10_000, percentile: 50 };

    fn answered(ms: u64) -> End {
        End::Answered { total_us: ms * 1_000, first_us: None }
    }

    fn window(ends: impl IntoIterator<Item = (u64, End)>) -> Window {
        let mut window = Window::default();
        for (at_ms, end) in ends {
            window.began();
            window.ended(end, at_ms);
        }
        window
    }

    #[test]
    fn the_median_is_by_nearest_rank() {
        let mut window = window([(0, answered(30)), (0, answered(10)), (0, answered(20)), (0, answered(90))]);
        assert_eq!(window.look(MEDIAN, 1), Seen { samples: 4, tried: 4, value_us: Some(20_000) });
        assert_eq!(window.look(Look { percentile: 95, ..MEDIAN }, 1).value_us, Some(90_000));
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let mut window = window([(0, answered(10)), (9_000, answered(50))]);
        assert_eq!(window.look(MEDIAN, 9_999).samples, 2);
        assert_eq!(window.look(MEDIAN, 10_400), Seen { samples: 1, tried: 1, value_us: Some(50_000) });
        assert_eq!(window.look(MEDIAN, 30_000), Seen::default());
    }

    #[test]
    fn failed_calls_and_those_under_way_were_tried_but_measured_nothing() {
        let mut window = window([(0, End::Failed), (0, End::Cancelled)]);
        window.began();
        assert_eq!(window.look(MEDIAN, 1), Seen { samples: 0, tried: 2, value_us: None });
    }

    #[test]
    fn the_first_token_is_measured_of_streamed_calls_alone() {
        let mut window = window([(0, answered(10)), (0, End::Answered { total_us: 900_000, first_us: Some(40_000) })]);
        assert_eq!(window.look(Look { measure: Measure::FirstToken, ..MEDIAN }, 1).value_us, Some(40_000));
    }

    #[test]
    fn a_new_end_changes_the_figure_at_once_where_there_are_few() {
        let mut window = window([(0, answered(10))]);
        assert_eq!(window.look(MEDIAN, 1).value_us, Some(10_000));
        window.began();
        window.ended(answered(2), 1);
        assert_eq!(window.look(MEDIAN, 1).value_us, Some(2_000));
    }

    #[test]
    fn no_more_than_the_newest_thousand_are_kept() {
        let mut window = window((0..3_000).map(|at| (at, answered(at))));
        assert_eq!(window.look(MEDIAN, 3_000).samples, 1_024);
    }
}
