//! What a person has made, on disk and in force.
//!
//! ```text
//! change ─▶ one transaction ─▶ commit ─▶ World read anew ─▶ swapped here and in the proxy
//!           └──────────────── one at a time, on a blocking thread ─────────────────────┘
//! ```
//! A change runs to its end on that thread even if whoever asked for it has gone: what is on disk is always in force.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use routing::document::{Checked, Document};
use serde_json::Value;
use store::{
    ConfigStore,
    config::{Audit, Tx, View},
};

use crate::{Code, Error, names::Names, secrets::Secrets, sights::Sights, time::Clock, world::World};

/// Takes up a new world, before anybody sees that the change is done.
pub(crate) type Publish = Box<dyn Fn(&Setup, &World) + Send + Sync>;

/// Configs, providers, keys and settings, and where they are in force.
pub(crate) struct Setup {
    pub store: ConfigStore,
    pub secrets: Secrets,
    pub clock: Clock,
    pub sights: Sights,
    world: ArcSwap<World>,
    changing: Mutex<()>,
    publish: Publish,
}

/// A change under way.
pub(crate) struct Change<'a> {
    pub tx: &'a Tx<'a>,
    pub audit: Audit<'a>,
    pub setup: &'a Setup,
    /// As it is before the change; nobody else changes it meanwhile.
    pub world: Arc<World>,
}

impl Setup {
    /// Reads what is there and puts it in force.
    pub(crate) fn open(store: ConfigStore, secrets: Secrets, clock: Clock, sights: Sights, publish: Publish) -> Result<Self, Error> {
        let world = store.read(World::load)?;
        let setup = Self { store, secrets, clock, sights, world: ArcSwap::from_pointee(world), changing: Mutex::new(()), publish };
        (setup.publish)(&setup, &setup.world());
        Ok(setup)
    }

    /// What is in force now.
    pub(crate) fn world(&self) -> Arc<World> {
        self.world.load_full()
    }

    /// Now, in milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// Looks at the store. Blocks.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&View<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.store.read(look)
    }

    /// Changes the store and puts the result in force. Blocks.
    pub(crate) fn change<T>(
        &self,
        who: &str,
        action: &'static str,
        change: impl FnOnce(&Change<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let audit = Audit { who, action, at_ms: self.now_ms() };
        let done = self.store.write(|tx| change(&Change { tx, audit, setup: self, world: self.world() }))?;
        self.take_up()?;
        Ok(done)
    }

    fn take_up(&self) -> Result<(), Error> {
        let world = Arc::new(self.store.read(World::load)?);
        (self.publish)(self, &world);
        self.world.store(world);
        Ok(())
    }

    /// The names of a world.
    pub(crate) fn names<'a>(&'a self, world: &'a World, incoming: &'a BTreeMap<String, Value>) -> Names<'a> {
        Names { world, store: &self.store, sights: &self.sights, incoming }
    }

    /// Checks a document against what is in force.
    pub(crate) fn check(&self, document: &Value, slug: Option<&str>) -> Checked {
        Document::check(document, &self.names(&self.world(), &BTreeMap::new()), slug)
    }
}

impl Change<'_> {
    /// The checked document.
    ///
    /// # Errors
    /// `invalid_document`, with all there is to say of it.
    pub(crate) fn check(&self, document: &Value, slug: &str) -> Result<Document, Error> {
        let checked = Document::check(document, &self.setup.names(&self.world, &BTreeMap::new()), Some(slug));
        checked.document.ok_or_else(|| invalid_document(&checked.diagnostics))
    }
}

/// The error for a document that cannot be saved.
pub(crate) fn invalid_document(diagnostics: &[routing::diagnostic::Diagnostic]) -> Error {
    let said = diagnostics.first().map_or("it cannot be read", |first| first.message.as_str());
    let shown: Vec<Value> = diagnostics.iter().map(crate::validate::plain).filter_map(|found| serde_json::to_value(found).ok()).collect();
    Error::new(Code::InvalidDocument, format!("The document has errors: {said}")).with("diagnostics", shown)
}

/// Runs what blocks where it may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::new(Code::Internal, format!("The work was cut off: {error}"))),
    }
}
