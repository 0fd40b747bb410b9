import { type Completion, CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { expect, test } from "vitest";
import { WORDS } from "@/test/fake-rules";
import { completeRules } from "./completion";
import type { Known, Scope } from "./known";
import { rulesLanguage } from "./language";

const TARGETS = [
  { name: "@fast", detail: "Single model" },
  { name: "openai/gpt-4o", detail: "Model" },
];

type Options = { explicit?: boolean; scope?: Scope; condition?: boolean; known?: Partial<Known> };

/** What is offered at the `|`, and the function that takes an offer. */
function complete(text: string, options: Options = {}) {
  const { explicit = true, scope = "request", condition = false } = options;
  const position = text.indexOf("|");
  const state = EditorState.create({
    doc: text.replace("|", ""),
    extensions: [rulesLanguage(condition ? "condition" : "program")],
  });
  const known: Known = { words: WORDS, targets: TARGETS, scope, ...options.known };
  const result = completeRules(
    () => known,
    condition,
  )(new CompletionContext(state, position, explicit));
  const offers = (result?.options ?? []) as Completion[];
  return {
    labels: offers.map(({ label }) => label),
    detail: (label: string) => offers.find((offer) => offer.label === label)?.detail,
    take(label: string) {
      const offer = offers.find((each) => each.label === label);
      if (!offer || !result) throw new Error(`${label} is not offered`);
      const view = new EditorView({ state });
      const to = result.to ?? position;
      if (typeof offer.apply === "function") offer.apply(view, offer, result.from, to);
      else view.dispatch({ changes: { from: result.from, to, insert: offer.label } });
      return view.state.doc.toString();
    },
  };
}

const offered = (text: string, options?: Options) => complete(text, options).labels;

test("a program begins with if, and goes on with else", () => {
  expect(offered("|")).toEqual(["if"]);
  expect(offered("if a then use @fast\n|")).toEqual(["else if", "else use", "else block"]);
  expect(offered('if a then block "no"\n|')).toContain("else use");
});

test("then leads to use or block, else to if as well", () => {
  expect(offered("if a then |")).toEqual(["use", "block"]);
  expect(offered("if a then use @fast else |")).toEqual(["if", "use", "block"]);
});

test("use leads to configs and models", () => {
  expect(offered("if a then use |")).toEqual(["@fast", "openai/gpt-4o"]);
  expect(offered("if cost(|")).toEqual(["@fast", "openai/gpt-4o"]);
  expect(complete("if a then use @fa|").take("@fast")).toBe("if a then use @fast");
  expect(complete("if a then use openai/g|").take("openai/gpt-4o")).toBe(
    "if a then use openai/gpt-4o",
  );
});

test("a condition is offered tags that were seen, variables and functions", () => {
  const labels = offered("if |");
  expect(labels).toEqual(
    expect.arrayContaining([
      "tenant",
      "feature",
      "request.input_tokens",
      "budget.used_pct",
      "cost",
      "not",
    ]),
  );
  expect(labels).not.toContain("tags.<key>");
  expect(complete("if |").detail("request.has_tools")).toBe("bool");
  expect(complete("if |").detail("tenant")).toBe("acme, enterprise, globex, 1 more");
});

test("only what judges an answer is offered response.*", () => {
  expect(offered("|", { condition: true })).not.toContain("response.valid_json");
  const options = { condition: true, scope: "response" as const };
  expect(offered("|", options)).toContain("response.valid_json");
  expect(offered("response.|", options)).toEqual(["text", "valid_json"]);
  expect(offered("response.|", { condition: true })).toEqual([]);
});

test("after a dot come the members alone", () => {
  expect(offered("if request.|")).toEqual([
    "model",
    "input_tokens",
    "max_tokens",
    "has_tools",
    "stream",
  ]);
  expect(offered("if tags.|")).toEqual(["tenant", "feature"]);
  expect(offered('if budget("team").|')).toEqual(["used_pct", "remaining_usd"]);
  expect(complete("if request.inp|").take("input_tokens")).toBe("if request.input_tokens");
});

test("after a string's dot come the methods", () => {
  expect(offered("if tenant.|")).toEqual(["contains", "startsWith", "endsWith", "matches", "size"]);
  expect(complete("if tenant.st|").take("startsWith")).toBe("if tenant.startsWith()");
});

test("operators fit the type of what stands before them", () => {
  expect(offered("if tenant |")).toEqual([
    "==",
    "!=",
    "in",
    "not in",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
  ]);
  expect(offered("if request.input_tokens |").slice(0, 4)).toEqual([">", ">=", "<", "<="]);
  expect(offered("if request.has_tools |")).toEqual(["then", "and", "or", "==", "!="]);
  expect(offered("if cost(@fast) |")).toContain("<=");
  expect(offered('if budget("a").used_pct |')).toContain(">=");
});

test("a comparison is followed by then, and, or", () => {
  expect(offered('if tenant == "acme" |')).toEqual(["then", "and", "or"]);
  expect(offered('if tenant == "acme" |\nif app == "x" then use @fast')).toEqual([
    "then",
    "and",
    "or",
  ]);
  expect(offered('if tenant in ["acme"] |')).toEqual(["then", "and", "or"]);
  expect(offered("request.input_tokens > 5 |", { condition: true })).toEqual(["and", "or"]);
});

test("values that were seen are offered on the other side of a comparison", () => {
  const values = ['"acme"', '"enterprise"', '"globex"', '"initech"'];
  expect(offered("if tenant == |").slice(0, 4)).toEqual(values);
  expect(offered("if tags.tenant != |").slice(0, 4)).toEqual(values);
  expect(offered('if tags["tenant"] == |').slice(0, 4)).toEqual(values);
  expect(offered('if tenant in ["acme", |').slice(0, 4)).toEqual(values);
  expect(offered("if tenant not in [|").slice(0, 4)).toEqual(values);
  expect(offered("if app == |")).toContain('"web-api"');
  expect(offered("if time.weekday in [|")).toContain('"sat"');
  expect(offered("if request.has_tools == |").slice(0, 2)).toEqual(["true", "false"]);
});

test("inside quotes the value takes their place", () => {
  expect(offered('if tenant == "en|"')).toEqual([
    '"acme"',
    '"enterprise"',
    '"globex"',
    '"initech"',
  ]);
  expect(complete('if tenant == "en|" then use @fast').take('"enterprise"')).toBe(
    'if tenant == "enterprise" then use @fast',
  );
});

test("nothing is offered in a comment, nor in the message of a block", () => {
  expect(offered("# if ten|")).toEqual([]);
  expect(offered("if a then block |")).toEqual([]);
});

test("lists open by themselves only where the next word is plain", () => {
  const silently = { explicit: false };
  expect(offered("if a then |", silently)).toEqual(["use", "block"]);
  expect(offered("if tenant == |", silently)).toContain('"acme"');
  expect(offered("if request.|", silently)).toContain("model");
  expect(offered("if tenant |", silently)).toEqual([]);
  expect(offered("if a then use @fast\n|", silently)).toEqual([]);
});

test("a word goes in with its space, and never with two", () => {
  expect(complete("if request.stream th|").take("then")).toBe("if request.stream then ");
  expect(complete('if a == "b" | use @fast').take("then")).toBe('if a == "b" then use @fast');
});

test("without a backend that knows the words there are still targets and keywords", () => {
  const known = { known: { words: null } };
  expect(offered("if a then use |", known)).toEqual(["@fast", "openai/gpt-4o"]);
  expect(offered("if |", known)).toEqual(["not"]);
  expect(offered("if tenant |", known)).toContain("==");
});
