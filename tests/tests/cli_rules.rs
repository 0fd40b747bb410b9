//! The rules language on the command line.

use std::process::Output;

use serde_json::{Value, json};
use whole::{
    modelux::Launch,
    stage::{Stage, fallback, single},
};

const PROGRAM: &str = "\
# who pays goes first
if tenant=='enterprise' then use alpha/a1
else if request.input_tokens > 32_000 and cost(beta/b1) > 0.05 then use beta/b1
else use @production
";
const LAID_OUT: &str = "\
# who pays goes first
if tenant == \"enterprise\" then use alpha/a1
else if request.input_tokens > 32_000 and cost(beta/b1) > 0.05 then use beta/b1
else use @production
";

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn both(output: &Output) -> String {
    out(output) + &String::from_utf8_lossy(&output.stderr)
}

fn write(launch: &Launch, name: &str, text: &str) -> String {
    let path = launch.data_dir().scratch().join(name);
    std::fs::write(&path, text).expect("writable");
    path.display().to_string()
}

async fn json_of(launch: &Launch, arguments: &[&str]) -> Value {
    let output = launch.cli(&[arguments, &["--json"]].concat()).await;
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?} ({error}): {}", both(&output)))
}

async fn stage() -> (Stage, Launch) {
    let stage = Stage::with(&[("production", fallback(&["alpha/a1", "beta/b1"]))]).await;
    let launch = stage.modelux.launch.clone();
    (stage, launch)
}

#[tokio::test]
async fn what_is_wrong_in_a_program_is_shown_where_it_stands() {
    let (_stage, launch) = stage().await;
    let file = write(&launch, "bad.rules", "# first\nif budget.used_pc >= 0.9 then use @production\nelse use alpha/a1\n");
    let refused = launch.cli(&["config", "validate", &file]).await;
    assert_eq!(refused.status.code(), Some(1), "{}", both(&refused));
    let wanted = format!(
        "{file}:2:4: error: unknown variable budget.used_pc: did you mean budget.used_pct?
  2 | if budget.used_pc >= 0.9 then use @production
    |    ^^^^^^^^^^^^^^
  help: write budget.used_pct
"
    );
    assert_eq!(out(&refused), wanted);
    let report = json_of(&launch, &["config", "validate", &file]).await;
    let found = &report["files"][0]["diagnostics"][0];
    assert_eq!((&report["valid"], &found["line"], &found["column"]), (&json!(false), &json!(2), &json!(4)), "{report:#}");
    assert_eq!(found["text"], json!({ "line": 2, "column": 4, "length": 14 }));
}

#[tokio::test]
async fn a_name_that_a_program_gets_wrong_is_marked_in_it() {
    let (_stage, launch) = stage().await;
    let file = write(&launch, "rules.txt", "if request.stream then use @producton\nelse use alpa/a1\n");
    let refused = launch.cli(&["config", "validate", &file]).await;
    let said = out(&refused);
    assert!(said.contains("  1 | if request.stream then use @producton\n    |                            ^^^^^^^^^^\n"), "{said}");
    assert!(said.contains("  help: write @production\n") && said.contains(&format!("{file}:2:10: error: ")), "{said}");
}

#[tokio::test]
async fn a_program_inside_json_is_marked_where_it_is_written() {
    let (_stage, launch) = stage().await;
    let text = "{\n  \"strategy\": \"custom_rules\",\n  \"rules\": \"if tenant == \\\"x\\\" then use @producton\\nelse use alpha/a1\"\n}\n";
    let refused = launch.cli(&["config", "validate", &write(&launch, "rules.json", text)]).await;
    let said = out(&refused);
    let (line, marks) = said.lines().nth(1).zip(said.lines().nth(2)).unwrap_or_else(|| panic!("{}", both(&refused)));
    let at = marks.find('^').expect("marks");
    assert_eq!(&line[at..marks.len()], "@producton", "{said}");
}

#[tokio::test]
async fn a_program_is_laid_out_keeping_its_comments() {
    let (_stage, launch) = stage().await;
    let file = write(&launch, "support.rules", PROGRAM);
    let checked = launch.cli(&["config", "fmt", "--check", &file]).await;
    assert_eq!((checked.status.code(), out(&checked)), (Some(1), format!("{file} would be changed\n")));
    assert_eq!(out(&launch.cli(&["config", "fmt", "--stdout", &file]).await), LAID_OUT);
    assert!(launch.cli(&["config", "fmt", &file]).await.status.success());
    assert_eq!(std::fs::read_to_string(&file).expect("readable"), LAID_OUT);
    assert_eq!(launch.cli(&["config", "fmt", "--check", &file]).await.status.code(), Some(0), "laying it out twice changes nothing");
    let broken = write(&launch, "broken.rules", "if tenant = 'x' then use @production\n");
    let refused = launch.cli(&["config", "fmt", &broken]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(out(&refused).starts_with(&format!("{broken}:1:")), "{}", both(&refused));
    let report = json_of(&launch, &["config", "fmt", "--check", &file, &broken]).await;
    assert_eq!((&report["files"][0]["changed"], &report["files"][1]["changed"]), (&json!(false), &Value::Null), "{report:#}");
    assert_eq!(report["files"][1]["diagnostics"][0]["severity"], "error");
}

#[tokio::test]
async fn a_program_is_saved_as_it_is_and_routes_by_it() {
    let (stage, launch) = stage().await;
    let file = write(&launch, "support.rules", PROGRAM);
    let saved = launch.cli(&["config", "save", "--create", "support", &file]).await;
    assert!(saved.status.success(), "{}", both(&saved));
    let got = json_of(&launch, &["config", "get", "support"]).await;
    assert_eq!(got["document"], json!({ "strategy": "custom_rules", "rules": LAID_OUT }), "laid out, and still a text");
    let run = json_of(&launch, &["config", "dry-run", "@support", "--header", "X-Modelux-User-Tags=tenant=enterprise"]).await;
    assert_eq!(run["trace"]["steps"][0]["rule"]["line"], 2, "{run:#}");
    assert_eq!(run["trace"]["decision"]["target"], "alpha/a1");
    assert_eq!(stage.upstream.seen().len(), 0, "nobody was called");
}

#[tokio::test]
async fn a_dry_run_of_a_draft_reads_like_an_explanation() {
    let (_stage, launch) = stage().await;
    let file = write(&launch, "draft.rules", PROGRAM);
    let run = launch.cli(&["config", "dry-run", &file, "--slug", "support", "--assume", "alpha/a1=http_503"]).await;
    let said = out(&run);
    assert!(run.status.success(), "{}", both(&run));
    for part in [
        "@support:1 custom_rules: ",
        "  rule 3, line 4: else use @production\n",
        "@production:1 fallback: ",
        "  1. alpha/a1 http_503 ",
        "  2. beta/b1 ok ",
        "→ beta/b1: ",
        "  estimated cost $",
    ] {
        assert!(said.contains(part), "{part:?} is missing from:\n{said}");
    }
    let request = json!({ "model": "whatever", "messages": [{ "role": "user", "content": "hi" }], "stream": true });
    let request = write(&launch, "request.json", &request.to_string());
    let draft = write(
        &launch,
        "draft.json",
        &json!({ "strategy": "custom_rules", "rules": "if request.stream then use beta/b1\nelse use alpha/a1\n" }).to_string(),
    );
    let run = json_of(&launch, &["config", "dry-run", &draft, "--request", &request]).await;
    assert_eq!(run["trace"]["decision"]["target"], "beta/b1", "{run:#}");
}

#[tokio::test]
async fn a_dry_run_that_cannot_be_says_why() {
    let (_stage, launch) = stage().await;
    for (arguments, said) in [
        (vec!["@producton"], "@production"),
        (vec!["nowhere.rules"], "Cannot read nowhere.rules"),
        (vec!["@production", "--assume", "alpha/a1=sleepy"], "\"sleepy\" is no way to fail; write timeout, connection, rejected, or http_"),
        (vec!["@production", "--slug", "x"], "--slug is for a draft"),
    ] {
        let run = launch.cli(&[&["config", "dry-run"], arguments.as_slice()].concat()).await;
        assert_eq!(run.status.code(), Some(1), "{arguments:?}: {}", both(&run));
        assert!(String::from_utf8_lossy(&run.stderr).contains(said), "{arguments:?}: {}", both(&run));
    }
    let usage = launch.cli(&["config", "dry-run", "@production", "--assume", "alpha/a1"]).await;
    assert_eq!(usage.status.code(), Some(2), "{}", both(&usage));
}

#[tokio::test]
async fn the_reference_needs_no_data_directory() {
    let launch = Launch::new();
    let page = launch.cli(&["rules", "reference"]).await;
    assert!(page.status.success() && out(&page).starts_with("# "), "{}", both(&page));
    let page = json_of(&launch, &["rules", "reference"]).await;
    assert!(page["markdown"].as_str().is_some_and(|page| page.starts_with("# ")));
}

#[tokio::test]
async fn a_price_of_long_inputs_goes_out_and_in_with_the_setup() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    let bundle = out(&launch.cli(&["export"]).await);
    let mut bundle: Value = serde_json::from_str(&bundle).expect("a bundle");
    let price = json!({ "input": 1.0, "output": 2.0, "above": { "tokens": 200_000, "input": 2.0, "cached_input": 0.2, "output": 3.0 } });
    let models = bundle["providers"].as_array_mut().into_iter().flatten().find_map(|provider| provider["models"].as_array_mut());
    models.expect("models")[0]["price"] = price.clone();
    let twin = Launch::new();
    let imported = twin.cli(&["import", &write(&launch, "bundle-out.json", &bundle.to_string())]).await;
    assert!(imported.status.success(), "{}", both(&imported));
    assert!(out(&twin.cli(&["export"]).await).contains("200000"), "the tier came with it");
}
