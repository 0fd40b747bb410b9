/** A rule of the text form, with where its parts stand in the text: `[from, to)`. */
export type ScannedRule = {
  line: number;
  condition: { text: string; from: number; to: number } | null;
  action: { kind: "use" | "block"; text: string; from: number; to: number };
};

/**
 * Enough of the rules language to show its rules and to change a condition or a target in place.
 * It never fails: what it cannot read it leaves out, and saying what is wrong is the checker's.
 */
export function scanRules(text: string): ScannedRule[] {
  const rules: ScannedRule[] = [];
  let start = 0;
  let condition: ScannedRule["condition"] = null;
  let conditionFrom = -1;
  let at = 0;
  while (at < text.length) {
    const rest = skip(text, at);
    if (rest > at) {
      at = rest;
      continue;
    }
    const word = /^[A-Za-z_@][\w.@/:-]*/.exec(text.slice(at, at + 256))?.[0];
    if (!word) {
      at += 1;
      continue;
    }
    const end = at + word.length;
    if (word === "if") {
      if (conditionFrom < 0 && condition === null && start === 0) start = at;
      conditionFrom = end;
    } else if (word === "then" && conditionFrom >= 0) {
      condition = trimmed(text, conditionFrom, at);
      conditionFrom = -1;
    } else if (word === "else") {
      condition = null;
      start = at;
    } else if (word === "use" || word === "block") {
      const from = spaceEnd(text, end);
      const to = actionEnd(text, from);
      const action = { kind: word, text: text.slice(from, to), from, to } as const;
      rules.push({
        line: lineAt(text, rules.length === 0 && condition === null ? at : start),
        condition,
        action,
      });
      condition = null;
      at = Math.max(to, end);
      continue;
    }
    at = end;
  }
  return rules;
}

/** Past a comment or a string that begins here. */
function skip(text: string, at: number): number {
  const char = text[at];
  if (char === "#") {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end;
  }
  return char === '"' || char === "'" ? stringEnd(text, at) : at;
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === text[from]) return at + 1;
  }
  return text.length;
}

function spaceEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? "")) at += 1;
  return at;
}

/** The end of a target or a message: a string, a JSON object, or everything up to a space. */
function actionEnd(text: string, from: number): number {
  const char = text[from];
  if (char === '"' || char === "'") return stringEnd(text, from);
  if (char !== "{") {
    let at = from;
    while (at < text.length && /[^\s#]/.test(text[at] ?? "")) at += 1;
    return at;
  }
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"') at = stringEnd(text, at) - 1;
    else if (text[at] === "{") depth += 1;
    else if (text[at] === "}") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

function trimmed(text: string, from: number, to: number) {
  const start = spaceEnd(text, from);
  const inner = text.slice(start, to).trimEnd();
  return { text: inner, from: start, to: start + inner.length };
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

/** The text of a string literal. */
export function unquoted(literal: string): string {
  const quote = literal[0];
  if (quote !== '"' && quote !== "'") return literal;
  const inner = literal.slice(1, literal.endsWith(quote) ? -1 : undefined);
  return inner.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
}
