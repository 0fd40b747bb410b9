import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type {
  Decisions,
  Diagnostic,
  RulesDiagnostic,
  RulesWords,
  Validation,
  Word,
} from "@/bindings/types";
import { outline } from "@/screens/configs/rules/outline";
import { printed } from "@/screens/configs/rules/program";
import type { Handlers } from "./fake";
import { pretty } from "./fake-diff";

const word = (name: string, type: string, doc: string, example = "", kind = "variable"): Word => ({
  name,
  kind,
  type,
  doc,
  example,
  response_only: name.startsWith("response."),
});

const VOCABULARY: Word[] = [
  word(
    "budget.used_pct",
    "number",
    "Share of the tightest budget that is spent.",
    "budget.used_pct >= 0.9",
  ),
  word("budget.remaining_usd", "number", "What that budget has left, in USD."),
  word("end_user", "string", "The end user that the app named."),
  word("app", "string", "The app that sent the request, by its key.", 'app == "web-api"'),
  word("request.model", "string", "The model that the app asked for."),
  word(
    "request.input_tokens",
    "number",
    "Estimated tokens of the input.",
    "request.input_tokens > 32_000",
  ),
  word("request.max_tokens", "number", "The most tokens that the app allows in the answer."),
  word("request.has_tools", "bool", "Does the request offer tools?"),
  word("request.stream", "bool", "Is the answer to be streamed?"),
  word("tags", "string", "A tag of the request; the empty string where it has none."),
  word("time.hour", "number", "The hour of the local time, from 0."),
  word("time.weekday", "number", "The day, 1 is Monday; a day's name reads as its number."),
  word("response.text", "string", "The text of the answer."),
  word("response.valid_json", "bool", "Is the text of the answer JSON?"),
  word(
    "cost",
    "number",
    "Estimated USD of this request at a target.",
    "cost(openai/gpt-4o) > 0.05",
    "function",
  ),
  word(
    "latency",
    "number",
    "Median milliseconds of a target.",
    "latency(@fast, 95) > 2500",
    "function",
  ),
  word("size", "number", "How long a string or a list is.", "size(tags.team) > 0", "function"),
  word(
    "contains",
    "bool",
    "Does the text hold the other one?",
    'tags.team contains "x"',
    "operator",
  ),
  word("and", "bool", "True if both sides are.", "a and b", "operator"),
];

export const WORDS: RulesWords = {
  words: VOCABULARY,
  tags: [
    { key: "tenant", values: ["acme", "enterprise", "globex", "initech"], requests: 9640 },
    { key: "feature", values: ["chat", "summarize"], requests: 812 },
  ],
  apps: ["web-api", "batch-worker", "claude-code"],
  end_users: 1204,
  observed: [
    { name: "budget.used_pct", min: 0, max: 0.94 },
    { name: "budget.remaining_usd", min: 14.2, max: 250 },
    { name: "request.input_tokens", min: 12, max: 21904 },
    { name: "request.max_tokens", min: 16, max: 8192 },
    { name: "request.stream", min: 0.64, max: 0.64 },
    { name: "time.hour", min: 0, max: 23 },
  ],
};

export const ROUTER = `# First match wins.
if tenant == "enterprise" then use @production
else if budget.used_pct >= 0.9 then use @fast
else if request.input_tokens > 32_000 then use openai/gpt-4o
else use @demo
`;

/** What version 1 of a config with `ROUTER` recorded: three of its rules matched. */
export function routerDecisions(): Decisions {
  const figures: [requests: number, cost: number][] = [
    [2988, 31.4],
    [386, 0.2],
    [0, 0],
    [6266, 9.1],
  ];
  return {
    config: "router",
    version: 1,
    since: "2026-11-11T09:12:00Z",
    requests: 9640,
    rules: outline(ROUTER).flatMap(({ index, line, text }) => {
      const [requests = 0, cost_usd = 0] = figures[index] ?? [];
      return requests > 0 ? [{ index, line, text, requests, cost_usd }] : [];
    }),
    variants: [],
    attempts: [],
  };
}

const NAME = /(?<![\w."'@/-])(?:budget|request|time|app)\.\w+/g;
const STRINGS = /"[^"\n]*"|'[^'\n]*'|#.*/g;

/** Unknown names, and a program without its `else`: a small part of what the checker in Rust says. */
export function checkRules(text: string): RulesDiagnostic[] {
  const code = text.replace(STRINGS, (found) => " ".repeat(found.length));
  const found = [...code.matchAll(NAME)].flatMap((match): RulesDiagnostic[] => {
    const name = match[0];
    if (VOCABULARY.some((known) => known.name === name)) return [];
    const near = VOCABULARY.find((known) => known.name.startsWith(name.slice(0, -1)))?.name;
    const hint = near ? `: did you mean ${near}?` : "";
    const before = text.slice(0, match.index).split("\n");
    return [
      {
        severity: "error",
        message: `unknown variable ${name}${hint}`,
        suggestion: near,
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
        length: name.length,
      },
    ];
  });
  if (outline(text).at(-1)?.condition === null) return found;
  const lines = text.trimEnd().split("\n");
  const last = lines.at(-1) ?? "";
  return [
    ...found,
    {
      severity: "error",
      message: "the program ends without an else: add `else use …`",
      line: lines.length,
      column: Math.max(1, last.length),
      length: 1,
    },
  ];
}

type Tree = { [key: string]: JsonValue };

function validateRules(document: Tree, source: string): Validation {
  const { rules } = document;
  const start = source.indexOf('"', source.indexOf(":", source.indexOf('"rules"'))) + 1;
  const texts: [path: string, text: string][] = Array.isArray(rules)
    ? rules.flatMap((rule, index) => {
        const condition = (rule as Tree).if;
        return typeof condition === "string"
          ? [[`/rules/${index}/if`, `if ${condition} then use a else use b`] as [string, string]]
          : [];
      })
    : [["/rules", String(rules ?? "")]];
  const diagnostics = texts.flatMap(([path, text]) =>
    checkRules(text).map((finding): Diagnostic => {
      const { line = 1, column = 1, length = 1 } = finding;
      const offset =
        text
          .split("\n")
          .slice(0, line - 1)
          .join("\n").length +
        (line > 1 ? 1 : 0) +
        column -
        1;
      const escaped = start + JSON.stringify(text.slice(0, offset)).length - 2;
      const before = source.slice(0, escaped).split("\n");
      return {
        ...finding,
        path,
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
        length,
        text: { line, column, length },
      };
    }),
  );
  const valid = diagnostics.every(({ severity }) => severity !== "error");
  return valid
    ? { valid, diagnostics, canonical: document, formatted: pretty(document) }
    : { valid, diagnostics };
}

function format(text: string): string {
  return text
    .split("\n")
    .map((line) =>
      line
        .trim()
        .replace(/\s*(==|!=|<=|>=|<|>)\s*/g, " $1 ")
        .replace(/ {2,}/g, " "),
    )
    .join("\n");
}

function toList(text: string): JsonValue[] {
  const comments = text.split("\n");
  return outline(text).map((rule): JsonValue => {
    const above = comments[rule.line - 2]?.trim() ?? "";
    const then = rule.action && ("use" in rule.action ? rule.action.use : rule.action);
    return {
      ...(above.startsWith("#") ? { comment: above.slice(1).trim() } : {}),
      ...(rule.condition ? { if: rule.condition.text, then } : { else: then }),
    };
  });
}

/** The rules' own operations, and validation of configs that are rules. */
export function rulesHandlers(others: Handlers): Handlers {
  return {
    rules_words: () => WORDS,
    format_rules: ({ text }) => {
      const diagnostics = checkRules(text);
      return { text: diagnostics.length > 0 ? null : format(text), diagnostics };
    },
    convert_rules: ({ rules }) => {
      const text = typeof rules === "string" ? rules : printed(rules as JsonValue[]);
      const diagnostics = checkRules(text);
      const broken = diagnostics.length > 0;
      return { text: broken ? null : text, rules: broken ? null : toList(text), diagnostics };
    },
    get_decisions: ({ config }) =>
      config === "router"
        ? routerDecisions()
        : { ...routerDecisions(), config, requests: 0, rules: [] },
    validate: (input, backend) => {
      const source = input.source ?? pretty(input.document ?? null);
      const document = parsed(source);
      return document?.strategy === "custom_rules"
        ? validateRules(document, source)
        : (others.validate?.(input, backend) ?? { valid: true, diagnostics: [] });
    },
  };
}

function parsed(source: string): Tree | null {
  try {
    return JSON.parse(source) as Tree;
  } catch {
    return null;
  }
}
