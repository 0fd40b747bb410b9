//! Opening, starting and stopping the whole thing.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use store::{
    ConfigStore, Recorder, RequestSink, Traffic,
    config::{Answer, KeyKind},
    lock::Lock,
    traffic::{Policy, RecorderOptions},
};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    Caller, Code, Error,
    api::{bundle::Bundle, events::UiEvent},
    bundle,
    events::{Events, Told},
    first_run::{self, FirstKeys, Needs},
    live::Live,
    ops::Operation,
    publish::{Given, Loader},
    secret_key,
    secrets::{Keychain, SecretStore, Secrets},
    setup::{Change, Setup, blocking},
    sights::Sights,
    time::{self, Clock},
    traffic::Figures,
};

/// How long running requests may go on while it stops.
const GRACE: Duration = Duration::from_secs(10);

/// How to open a data directory.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The platform's own, or `MODELUX_DATA_DIR`'s, unless told.
    pub data_dir: Option<PathBuf>,
    /// The setting's (8642) unless told; 0 takes any free one.
    pub port: Option<u16>,
    /// Applied at the start, all or nothing; TOML where its name ends so.
    pub bundle: Option<PathBuf>,
    /// Accepted beside the stored ones, and not stored.
    pub management_key: Option<SecretString>,
    /// Accepted beside the stored ones, and not stored.
    pub app_key: Option<SecretString>,
    /// The person has a window: the first run needs no management key.
    pub desktop: bool,
    /// Serve the window under `/ui/`, for a browser.
    pub ui: bool,
}

/// What a test puts in place of the machine's own.
pub struct Parts {
    /// Where the time comes from.
    pub clock: Clock,
    /// The keychain, or why there is none.
    pub keychain: Result<Box<dyn SecretStore>, String>,
    /// Where environment variables come from.
    pub environment: fn(&str) -> Option<String>,
}

impl Parts {
    /// The machine's own. Blocks on the keychain.
    pub fn system() -> Self {
        let keychain = Keychain::open().map(|keychain| Box::new(keychain) as Box<dyn SecretStore>);
        Self { clock: time::system, keychain, environment: |name| std::env::var(name).ok() }
    }
}

/// Everything that a person can do, over one data directory.
pub struct Control {
    pub(crate) setup: Arc<Setup>,
    pub(crate) traffic: Traffic,
    pub(crate) recorder: Recorder,
    pub(crate) live: Live,
    pub(crate) events: Events,
    pub(crate) figures: ArcSwap<Figures>,
    pub(crate) data_dir: PathBuf,
    pub(crate) started_at_ms: i64,
    /// What went wrong while opening, and was mended.
    pub(crate) notices: Vec<String>,
    pub(crate) first_keys: FirstKeys,
    /// Attributes test requests to Modelux itself.
    pub(crate) test_key: SecretString,
    /// In the log when it was opened, less what was pruned since.
    pub(crate) recorded_before: AtomicU64,
    token: SecretString,
    management_key: Option<[u8; 32]>,
    port: Option<u16>,
    ui: bool,
    lock: Mutex<Option<Lock>>,
    upkeep: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

/// The data directory: the one given, else `MODELUX_DATA_DIR`'s, else the platform's.
///
/// # Errors
/// `invalid_request`, where the platform has none (no home directory).
pub fn data_dir(given: Option<PathBuf>) -> Result<PathBuf, Error> {
    let named = given.or_else(|| std::env::var_os("MODELUX_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from));
    let platforms = || directories::ProjectDirs::from("dev", "modelux", "modelux").map(|dirs| dirs.data_dir().to_owned());
    let dir = named
        .or_else(platforms)
        .ok_or_else(|| Error::new(Code::InvalidRequest, "There is no home directory to keep data in; name a directory with --data-dir"))?;
    std::path::absolute(&dir).map_err(|error| Error::new(Code::InvalidRequest, format!("{} is not a directory: {error}", dir.display())))
}

impl Control {
    /// Opens a data directory, makes what a first run needs, and applies the bundle. Nothing listens yet.
    ///
    /// # Errors
    /// `locked` where another instance has it; what the store or the bundle says.
    pub async fn open(options: Options) -> Result<Arc<Self>, Error> {
        Self::open_with(options, Parts::system).await
    }

    /// [`Control::open`] with other parts.
    ///
    /// # Errors
    /// The same.
    pub async fn open_with(options: Options, parts: impl FnOnce() -> Parts + Send + 'static) -> Result<Arc<Self>, Error> {
        let bundle = match options.bundle.clone() {
            Some(path) => Some(blocking(move || read_bundle(&path)).await?),
            None => None,
        };
        let runtime = tokio::runtime::Handle::current();
        blocking(move || {
            let _inside = runtime.enter();
            open(options, bundle, parts()).map(Arc::new)
        })
        .await
    }

    /// Does the operation of that name.
    ///
    /// # Errors
    /// `not_found` where there is none; `invalid_request` where the input does not fit; the operation's own.
    pub async fn call(self: &Arc<Self>, operation: &str, caller: Caller, input: Value) -> Result<Value, Error> {
        let known = Operation::named(operation).ok_or_else(|| Error::new(Code::NotFound, format!("There is no operation {operation}")))?;
        (known.run)(Arc::clone(self), caller, input).await
    }

    /// What changes from now on, in batches, at most ten a second. Ends when the receiver is dropped.
    pub fn subscribe(&self) -> mpsc::Receiver<Vec<UiEvent>> {
        self.events.subscribe(Some(self.recorder.clone()))
    }

    /// Who has this management key; `None` where it opens nothing.
    pub fn management_caller(&self, key: &str) -> Option<Caller> {
        let hash = secret_key::hash(key);
        let same = |other: &[u8; 32]| bool::from(subtle::ConstantTimeEq::ct_eq(&hash[..], &other[..]));
        let now_ms = self.setup.now_ms();
        if same(&secret_key::hash(self.token.expose_secret())) {
            return Some(Caller { name: "you".to_owned(), kind: crate::CallerKind::CommandLine });
        }
        if self.management_key.as_ref().is_some_and(same) {
            return Some(Caller::key("MODELUX_MANAGEMENT_KEY"));
        }
        let world = self.setup.world();
        let opens = |key: &&store::config::Key| {
            key.kind == KeyKind::Management
                && key.revoked_at_ms.is_none()
                && key.expires_at_ms.is_none_or(|at| at > now_ms)
                && same(&key.hash)
        };
        world.keys.iter().find(opens).map(|key| Caller::key(&key.name))
    }

    /// Opens the management API for as long as this instance runs; `runtime.json` says it to the command line.
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// The keys that this start made, if it made any.
    pub fn first_keys(&self) -> Option<&FirstKeys> {
        Some(&self.first_keys).filter(|keys| keys.app.is_some() || keys.management.is_some())
    }

    /// `http://127.0.0.1:8642`; `None` while nothing listens.
    pub fn address(&self) -> Option<String> {
        self.live.address().map(|address| format!("http://{address}"))
    }

    /// Where it listens, or would.
    pub(crate) fn base(&self) -> String {
        self.address().unwrap_or_else(|| format!("http://127.0.0.1:{}", self.own_port()))
    }

    /// The port that it listens on, or would.
    pub(crate) fn own_port(&self) -> u16 {
        let set = || self.setup.world().settings.port.unwrap_or(crate::settings::DEFAULT_PORT);
        self.live.address().map_or_else(|| self.port.filter(|port| *port != 0).unwrap_or_else(set), |address| address.port())
    }

    /// The port to listen on at the start; 0 for any.
    pub(crate) fn wanted_port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.own_port())
    }

    pub(crate) fn serves_ui(&self) -> bool {
        self.ui
    }

    /// Changes the store and puts the result in force, even if whoever asked goes away meanwhile.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        caller: &Caller,
        action: &'static str,
        change: impl FnOnce(&Change<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let setup = Arc::clone(&self.setup);
        let who = caller.name.clone();
        blocking(move || setup.change(&who, action, change)).await
    }

    /// The answer given to this idempotency key in the last 24 hours.
    ///
    /// # Errors
    /// What the store says.
    pub async fn idempotent(&self, key: String, operation: &'static str) -> Result<Option<Answer>, Error> {
        let setup = Arc::clone(&self.setup);
        blocking(move || setup.read(|view| Ok(view.idempotent(&key, operation, setup.now_ms())?))).await
    }

    /// Keeps an answer for 24 hours.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keep_idempotent(&self, key: String, operation: &'static str, answer: Answer) -> Result<(), Error> {
        let setup = Arc::clone(&self.setup);
        blocking(move || setup.store.write(|tx| Ok::<_, Error>(tx.keep_idempotent(&key, operation, &answer, setup.now_ms())?))).await
    }

    /// Stops: no new connections, running requests get ten seconds, everything recorded comes to disk.
    pub async fn shutdown(&self) {
        self.shutdown_within(GRACE).await;
    }

    /// [`Control::shutdown`] with another patience.
    pub async fn shutdown_within(&self, grace: Duration) {
        self.events.close();
        self.live.stop(grace).await;
        for task in self.tasks().drain(..) {
            task.abort();
        }
        if let Err(error) = self.touch_keys().await {
            tracing::warn!("{}", error.message);
        }
        crate::runtime::remove(&self.data_dir);
        let recorder = self.recorder.clone();
        let stopped = blocking(move || Ok(recorder.stop()?)).await;
        if let Err(error) = stopped {
            tracing::error!("{}", error.message);
        }
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Says where this instance listens, to others on this machine.
    pub(crate) fn announce(&self, address: &str) {
        if let Some(lock) = self.lock.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && let Err(error) = lock.publish(address)
        {
            tracing::warn!("{error}");
        }
        if let Err(error) = crate::runtime::write(&self.data_dir, address, &self.token) {
            tracing::warn!("runtime.json could not be written, so that the command line will not find this instance: {error}");
        }
    }

    pub(crate) fn tasks(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.upkeep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests recorded so far.
    pub(crate) fn recorded(&self) -> u64 {
        self.recorded_before.load(Ordering::Relaxed) + self.recorder.health().written
    }
}

/// Opens the parts and puts them together.
fn open(options: Options, bundle: Option<Bundle>, parts: Parts) -> Result<Control, Error> {
    let dir = data_dir(options.data_dir)?;
    let started_at_ms = (parts.clock)();
    let lock = Lock::acquire(&dir, started_at_ms)?;
    let store = ConfigStore::open(&dir)?;
    let log = store::traffic::open(&dir, RecorderOptions::default(), started_at_ms)?;
    let secrets = Secrets::new(&dir, parts.keychain, parts.environment);
    let events = Events::default();
    let test_key = secret_key::fresh(KeyKind::App)?;
    let given = Given {
        app_key: options.app_key.as_ref().map(|key| secret_key::hash(key.expose_secret())),
        test_key: secret_key::hash(test_key.expose_secret()),
    };
    let loader = Arc::new(OnceLock::new());
    let live = Live::new(Arc::new(Told { sink: log.recorder.clone(), events: events.clone() }), Loader(Arc::clone(&loader)));
    let sights = Sights::new(log.traffic.clone(), live.unwell(), parts.clock);
    let setup = Arc::new(Setup::open(store, secrets, parts.clock, sights, live.publisher(given))?);
    // Nothing is served before this: the loader is only asked by requests.
    let _first = loader.set(Arc::downgrade(&setup));
    let needs = Needs {
        config: bundle.is_none(),
        app_key: options.app_key.is_none(),
        management_key: options.management_key.is_none() && !options.desktop,
    };
    if let Some(bundle) = bundle {
        let own_port = options.port.filter(|port| *port != 0).or(setup.world().settings.port).unwrap_or(crate::settings::DEFAULT_PORT);
        bundle::check(&bundle)?;
        setup.change(&Caller::import().name, "bundle.import", |change| bundle::apply(change, &bundle, own_port))?;
    }
    let first_keys = first_run::prepare(&setup, needs)?;
    let control = Control {
        traffic: log.traffic.clone(),
        recorder: log.recorder,
        live,
        events,
        figures: ArcSwap::from_pointee(Figures::default()),
        data_dir: dir,
        started_at_ms,
        notices: notices(&log.report),
        first_keys,
        test_key,
        recorded_before: AtomicU64::new(recorded_before(&log.traffic)),
        token: secret_key::fresh(KeyKind::Management)?,
        management_key: options.management_key.map(|key| secret_key::hash(key.expose_secret())),
        port: options.port,
        ui: options.ui,
        lock: Mutex::new(Some(lock)),
        upkeep: Mutex::default(),
        setup,
    };
    control.apply_policy();
    Ok(control)
}

impl Control {
    /// What to do while the log cannot be written, as the settings say.
    pub(crate) fn apply_policy(&self) {
        let goes_on = self.setup.world().settings.when_unrecordable.as_deref() == Some("continue");
        self.recorder.set_policy(if goes_on { Policy::Continue } else { Policy::Refuse });
    }
}

/// A count that is only shown: a log that cannot tell keeps nothing from starting.
fn recorded_before(traffic: &Traffic) -> u64 {
    traffic.count_since(0).unwrap_or_else(|error| {
        tracing::warn!("the requests in the log could not be counted, so that the count begins at 0: {error}");
        0
    })
}

fn notices(report: &store::traffic::OpenReport) -> Vec<String> {
    let aside = report.moved_aside.as_ref().map(|path| {
        format!(
            "The request log was damaged ({}). It was moved to {}, and a new one was begun; configs and keys are not affected.",
            report.damage.as_deref().unwrap_or("unreadable"),
            path.display()
        )
    });
    aside.into_iter().collect()
}

/// Reads a bundle's file: TOML where its name ends so, JSON otherwise.
fn read_bundle(path: &Path) -> Result<Bundle, Error> {
    let wrong = |why: String| Error::new(Code::InvalidRequest, format!("The bundle {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("it cannot be read: {error}")))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        return toml::from_str(&text).map_err(|error| wrong(error.to_string()));
    }
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}
