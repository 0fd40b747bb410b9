//! Health of targets, and a person's way to give one another chance.

use crate::{
    Caller, Code, Control, Error,
    api::{
        Done, Empty,
        events::UiEvent,
        health::{Health, ResetHealth},
    },
};

impl Control {
    /// Targets called since the start; those that are not well first.
    ///
    /// # Errors
    /// None.
    pub async fn get_health(&self, _: &Caller, _: Empty) -> Result<Health, Error> {
        let mut data = self.live.health(self.setup.now_ms());
        data.sort_by(|a, b| (a.state == "closed", &a.target).cmp(&(b.state == "closed", &b.target)));
        Ok(Health { data })
    }

    /// Closes a target's breaker.
    ///
    /// # Errors
    /// `not_found`, where it was never called.
    pub async fn reset_health(&self, caller: &Caller, input: ResetHealth) -> Result<Done, Error> {
        if !self.live.reset_health(&input.target) {
            return Err(Error::new(
                Code::NotFound,
                format!("{} was not called since the start, so that there is nothing to reset", input.target),
            ));
        }
        self.change(caller, "health.reset", move |change| {
            Ok(change.tx.audit(change.audit, &format!("target {}", input.target), None, None)?)
        })
        .await?;
        self.events.tell(UiEvent::HealthChanged);
        Ok(Done::OK)
    }
}
