/** One term as written, with its place in the text. */
export type Term = { text: string; start: number; end: number };

const TERM = /(?:"(?:[^"\\]|\\.)*"?|[^\s"])+/g;

export function termsOf(query: string): Term[] {
  return [...query.matchAll(TERM)].map(({ 0: text, index }) => ({
    text,
    start: index,
    end: index + text.length,
  }));
}

export function withoutTerm(query: string, index: number): string {
  return termsOf(query)
    .filter((_, at) => at !== index)
    .map(({ text }) => text)
    .join(" ");
}

export const RANGES = ["", "1h", "24h", "7d"] as const;
export type Range = (typeof RANGES)[number] | "custom";

const isRange = (text: string) => /^(after|before):/.test(text);

/** The range that the text asks for, so that the menu never disagrees with it. */
export function rangeOf(query: string): Range {
  const asked = termsOf(query).filter(({ text }) => isRange(text));
  if (asked.length === 0) return "";
  const [only] = asked;
  const value = only?.text.replace("after:", "");
  const known = RANGES.find((range) => range !== "" && range === value);
  return asked.length === 1 && known ? known : "custom";
}

export function withRange(query: string, range: Range): string {
  const rest = termsOf(query)
    .map(({ text }) => text)
    .filter((text) => !isRange(text));
  return [...rest, ...(range && range !== "custom" ? [`after:${range}`] : [])].join(" ");
}

/** Adds a term unless it is there already. */
export function withTerm(query: string, term: string): string {
  const texts = termsOf(query).map(({ text }) => text);
  return texts.includes(term) ? query : [...texts, term].join(" ");
}

export type Token = { kind: "" | "key" | "op" | "value" | "number"; text: string };

/** What each character of the text is, for its colour. Joined they are the text again. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (const term of termsOf(query)) {
    if (term.start > at) tokens.push({ kind: "", text: query.slice(at, term.start) });
    tokens.push(...termTokens(term.text));
    at = term.end;
  }
  if (at < query.length) tokens.push({ kind: "", text: query.slice(at) });
  return tokens;
}

function termTokens(text: string): Token[] {
  const [, minus = "", key, op, value = ""] = /^(-?)([\w.-]+)([:<>=]+)(.*)$/s.exec(text) ?? [];
  if (!key || !op) return [{ kind: "value", text }];
  const parts: Token[] = [
    { kind: "op", text: minus },
    { kind: "key", text: key },
    { kind: "op", text: op },
    { kind: op === ":" ? "value" : "number", text: value },
  ];
  return parts.filter((part) => part.text !== "");
}

/** What the term under the cursor can become. */
export type Suggestion = { insert: string; hint: string };

const KEYS: [insert: string, hint: string][] = [
  ["status:", "error, 2xx, 429"],
  ["config:", "production, production:12"],
  ["provider:", "openai"],
  ["model:", "gpt-4o*"],
  ["app:", "web-api"],
  ["user:", "u_8814"],
  ["tag.", "tag.tenant:acme"],
  ["error:", "timeout"],
  ["requested:", "@production"],
  ["stream:", "true"],
  ["latency>", "2s"],
  ["ttft>", "800ms"],
  ["cost>", "0.01"],
  ["tokens>", "4k"],
  ["attempts>", "1"],
  ["after:", "2h"],
  ["before:", "2026-11-20T10:00"],
];

export type Values = Record<string, string[]>;

const FIXED: Values = {
  status: ["error", "2xx", "4xx", "5xx", "200", "429"],
  stream: ["true", "false"],
  after: ["1h", "24h", "7d"],
};

/** At most eight: field names while one is being typed, then its known values. */
export function suggest(query: string, cursor: number, known: Values): Suggestion[] {
  const { text } = termAt(query, cursor);
  const minus = text.startsWith("-") ? "-" : "";
  const typed = text.slice(minus.length);
  const [, key, value = ""] = /^([\w.-]+):(.*)$/.exec(typed) ?? [];
  if (key) {
    const values = (FIXED[key] ?? known[key] ?? []).filter(
      (each) => each.startsWith(value) && each !== value,
    );
    return values.slice(0, 8).map((each) => ({ insert: `${minus}${key}:${each} `, hint: "" }));
  }
  if (/[<>="]/.test(typed)) return [];
  return KEYS.filter(([insert]) => insert.startsWith(typed))
    .slice(0, typed === "" ? 6 : 8)
    .map(([insert, hint]) => ({ insert: minus + insert, hint }));
}

export function termAt(query: string, cursor: number): Term {
  return (
    termsOf(query).find(({ start, end }) => start <= cursor && cursor <= end) ?? {
      text: "",
      start: cursor,
      end: cursor,
    }
  );
}

/** Puts a suggestion in place of the term under the cursor. Gives the text and the new cursor. */
export function complete(query: string, cursor: number, insert: string): [string, number] {
  const { start, end } = termAt(query, cursor);
  const rest = query.slice(end);
  const text = query.slice(0, start) + insert + (insert.endsWith(" ") ? rest.trimStart() : rest);
  return [text, start + insert.length];
}
