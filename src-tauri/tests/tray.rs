//! The tray icon as a desktop sees it: over the session bus, with the real program behind it.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};

use serde_json::Value;
use zbus::{
    blocking::{Connection, Proxy, connection},
    message::Header,
    zvariant::{OwnedValue, Structure},
};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_tray_shows_how_things_are_and_does_what_is_picked_in_it() {
    let desktop = Desktop::start();
    let menu = desktop.menu();
    menu.wait_for("Proxy running on 127.0.0.1:");
    menu.wait_for("@production  v1");
    menu.wait_for("No recent errors");

    desktop.post("/configs/production/versions", r#"{"document": {"strategy": "single", "model": "sandbox/json"}}"#);
    menu.wait_for("@production  v2");
    menu.pick("Roll back to v1");
    menu.wait_for("@production  v1");
    assert_eq!(desktop.get("/configs/production")["active_version"], 1);

    desktop.post("/test-request", r#"{"model": "@missing"}"#);
    menu.wait_for("@missing  404");

    menu.pick("Pause proxy");
    menu.wait_for("Proxy paused on");
    assert_eq!(desktop.get("/status")["proxy"]["state"], "paused");
    menu.pick("Resume proxy");
    menu.wait_for("Proxy running on");

    menu.pick("Quit Modelux");
    assert_eq!(desktop.exit_code(), Some(0));
}

/// A virtual display, a session bus with a place for tray icons, and the program.
struct Desktop {
    program: Running,
    bus: Connection,
    icons: Receiver<(String, String)>,
    data: PathBuf,
    _helpers: [Running; 2],
    _home: tempfile::TempDir,
}

impl Desktop {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (display, number) = Running::saying("Xvfb", &["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]);
        let (daemon, address) = Running::saying("dbus-daemon", &["--session", "--nofork", "--print-address"]);
        let (tell, icons) = mpsc::channel();
        let bus = connection::Builder::address(address.as_str())
            .and_then(|bus| bus.name("org.kde.StatusNotifierWatcher"))
            .and_then(|bus| bus.serve_at("/StatusNotifierWatcher", Watcher(tell)))
            .and_then(connection::Builder::build)
            .unwrap();
        let data = home.path().join("data");
        let program = Command::new(env!("CARGO_BIN_EXE_modelux-desktop"))
            .args(["--hidden", "--port", "0", "--data-dir"])
            .arg(&data)
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("DISPLAY", format!(":{number}"))
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .env_remove("WAYLAND_DISPLAY")
            .spawn()
            .unwrap();
        Self { program: Running(program.into()), bus, icons, data, _helpers: [display, daemon], _home: home }
    }

    /// The menu of the icon that the program shows.
    fn menu(&self) -> Menu<'_> {
        let (owner, path) = self.icons.recv_timeout(PATIENCE).unwrap();
        let icon = Proxy::new(&self.bus, owner.clone(), path, "org.kde.StatusNotifierItem").unwrap();
        let path: zbus::zvariant::OwnedObjectPath = icon.get_property("Menu").unwrap();
        Menu(Proxy::new(&self.bus, owner, path, "com.canonical.dbusmenu").unwrap())
    }

    fn get(&self, path: &str) -> Value {
        self.ask("GET", path, "")
    }

    fn post(&self, path: &str, body: &str) -> Value {
        self.ask("POST", path, body)
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let runtime = eventually("runtime.json", || std::fs::read(self.data.join("runtime.json")).ok());
        let runtime: Value = serde_json::from_slice(&runtime).unwrap();
        let host = runtime["address"].as_str().unwrap().trim_start_matches("http://");
        let token = runtime["token"].as_str().unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!(
            "{method} /manage/v1{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        serde_json::from_str(body).unwrap()
    }

    fn exit_code(&self) -> Option<i32> {
        eventually("the program's end", || self.program.0.borrow_mut().try_wait().unwrap()).code()
    }
}

/// What panels offer to tray icons.
struct Watcher(Sender<(String, String)>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, path: String, #[zbus(header)] header: Header<'_>) {
        let owner = header.sender().map(ToString::to_string).unwrap_or_default();
        let _nobody_asks_any_more = self.0.send((owner, path));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

struct Menu<'a>(Proxy<'a>);

impl Menu<'_> {
    /// All items, those of submenus too, with their ids.
    fn items(&self) -> Vec<(i32, String)> {
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let Ok((_, (_, _, children))) = self.0.call::<_, _, Layout>("GetLayout", &(0, -1, vec!["label"])) else { return Vec::new() };
        let mut items = Vec::new();
        for child in &children {
            gather(child, &mut items);
        }
        items
    }

    fn find(&self, text: &str) -> i32 {
        let mut seen = Vec::new();
        let found = poll(|| {
            seen = self.items();
            seen.iter().find(|(_, label)| label.contains(text)).map(|(id, _)| *id)
        });
        found.unwrap_or_else(|| panic!("the menu never said {text:?}, but {seen:?}"))
    }

    fn wait_for(&self, text: &str) {
        self.find(text);
    }

    fn pick(&self, text: &str) {
        let id = self.find(text);
        self.0.call::<_, _, ()>("Event", &(id, "clicked", zbus::zvariant::Value::from(0), 0_u32)).unwrap();
    }
}

fn gather(item: &zbus::zvariant::Value<'_>, items: &mut Vec<(i32, String)>) {
    use zbus::zvariant::Value;
    let Ok(item) = item.downcast_ref::<&Structure<'_>>() else { return };
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = item.fields() else { return };
    if let Ok(Some(label)) = properties.get::<_, String>(&"label") {
        items.push((*id, label));
    }
    for child in children.iter() {
        let inner = if let Value::Value(inner) = child { inner } else { child };
        gather(inner, items);
    }
}

/// A process that ends with the test.
struct Running(std::cell::RefCell<Child>);

impl Running {
    /// Starts it and waits for the first line that it says.
    fn saying(command: &str, args: &[&str]) -> (Self, String) {
        let mut child = Command::new(command).args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (Self(child.into()), line.trim().to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let child = self.0.get_mut();
        let _ended_before = child.kill();
        let _gone = child.wait();
    }
}

fn poll<T>(mut read: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = read();
        if found.is_some() || Instant::now() > until {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn eventually<T>(what: &str, read: impl FnMut() -> Option<T>) -> T {
    poll(read).unwrap_or_else(|| panic!("waited in vain for {what}"))
}
