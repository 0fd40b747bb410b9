//! What is done now and then while it runs: pruning the log, watching health.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use store::traffic::Retention;

use crate::{
    Control, Error,
    api::{events::UiEvent, settings::Settings},
    setup::blocking,
    time::DAY_MS,
};

/// How often the log is pruned.
const PRUNE: Duration = Duration::from_secs(10 * 60);
/// How often health is looked at while somebody listens.
const WATCH: Duration = Duration::from_secs(1);
/// How far back the log teaches what calls will cost.
const LEARNED_MS: i64 = 7 * DAY_MS;
/// How often the last use of keys is written down.
const TOUCH: Duration = Duration::from_secs(60);

impl Control {
    /// Begins upkeep; it ends with the instance.
    pub(crate) fn begin_upkeep(self: &Arc<Self>) {
        let mut tasks = self.tasks();
        if tasks.is_empty() {
            tasks.push(every(self, PRUNE, |control| async move { control.prune().await }));
            tasks.push(every(self, TOUCH, |control| async move { control.touch_keys().await }));
            tasks.push(tokio::spawn(watch_health(Arc::downgrade(self))));
        }
    }

    /// Begins to learn from the log, beside what is served: reading it may take a while, or fail.
    pub(crate) fn begin_learning(self: &Arc<Self>) {
        let control = Arc::clone(self);
        self.tasks().push(tokio::spawn(async move {
            if let Err(error) = control.learn().await {
                tracing::warn!("estimates begin without what the log teaches, and learn from new requests: {}", error.message);
            }
        }));
    }

    /// Lets estimates begin with what the log teaches.
    pub(crate) async fn learn(&self) -> Result<(), Error> {
        let (traffic, since_ms) = (self.traffic.clone(), self.started_at_ms - LEARNED_MS);
        self.live.seed(blocking(move || Ok(traffic.learned(since_ms)?)).await?);
        Ok(())
    }

    /// Removes what is over the limits of the settings.
    async fn prune(&self) -> Result<(), Error> {
        let retention = retention(&self.setup.world().settings);
        let (traffic, now_ms) = (self.traffic.clone(), self.setup.now_ms());
        let pruned = blocking(move || Ok(traffic.prune(&retention, now_ms)?)).await?;
        let less = |before: u64| Some(before.saturating_sub(pruned.requests));
        let _always = self.recorded_before.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        Ok(())
    }

    /// Writes down when keys were last used.
    pub(crate) async fn touch_keys(&self) -> Result<(), Error> {
        let used = self.live.take_used_keys();
        if used.is_empty() {
            return Ok(());
        }
        let setup = Arc::clone(&self.setup);
        blocking(move || setup.store.write(|tx| Ok::<_, Error>(tx.touch_keys(&used)?))).await
    }
}

/// The settings' limits.
fn retention(settings: &Settings) -> Retention {
    let usual = Retention::default();
    Retention {
        max_age_days: settings.retention_days.unwrap_or(usual.max_age_days),
        body_days: settings.body_retention_days.unwrap_or(usual.body_days),
        max_bytes: settings.retention_mib.map_or(usual.max_bytes, |mib| u64::from(mib) << 20),
    }
}

fn every<F>(control: &Arc<Control>, period: Duration, work: impl Fn(Arc<Control>) -> F + Send + 'static) -> tokio::task::JoinHandle<()>
where
    F: Future<Output = Result<(), Error>> + Send,
{
    let control = Arc::downgrade(control);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(period).await;
            let Some(control) = control.upgrade() else { return };
            if let Err(error) = work(control).await {
                tracing::warn!("upkeep: {}", error.message);
            }
        }
    })
}

/// Tells listeners when the state of a target changes.
async fn watch_health(control: Weak<Control>) {
    let mut before = Vec::new();
    loop {
        tokio::time::sleep(WATCH).await;
        let Some(control) = control.upgrade() else { return };
        if !control.events.heard() {
            continue;
        }
        let now = control.live.health_states();
        if now != before {
            control.events.tell(UiEvent::HealthChanged);
            before = now;
        }
    }
}
