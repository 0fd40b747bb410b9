import { type ReactNode, useMemo } from "react";

export type Language = "json" | "python" | "javascript" | "shell" | "text";

type Rule = [kind: string, pattern: RegExp];

const STRING = /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?/y;
const NUMBER = /-?\b\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?\b/y;
const RULES: Record<Language, Rule[]> = {
  json: [
    ["k", /"(?:[^"\\\n]|\\.)*"(?=\s*:)/y],
    ["s", STRING],
    ["n", NUMBER],
    ["w", /\b(?:true|false|null)\b/y],
    ["p", /[{}[\],:]+/y],
  ],
  python: [
    ["c", /#.*/y],
    ["s", STRING],
    ["w", /\b(?:import|from|as|for|in|if|else|def|return|with|print|None|True|False)\b/y],
    ["v", /\b\w+(?==)/y],
    ["n", NUMBER],
  ],
  javascript: [
    ["c", /\/\/.*/y],
    ["s", STRING],
    ["w", /\b(?:import|from|const|let|await|async|for|of|new|return|if|else|function)\b/y],
    ["v", /\b\w+(?=:)/y],
    ["n", NUMBER],
  ],
  shell: [
    ["c", /#.*/y],
    ["s", STRING],
    ["w", /\b(?:export|curl|pip|npm|claude|codex|set|setx)\b/y],
    ["v", /\b[A-Z_]{3,}(?==)/y],
  ],
  text: [],
};

export type Token = { kind: string; text: string };

export function tokenize(source: string, language: Language): Token[] {
  const tokens: Token[] = [];
  let plain = "";
  const flush = () => {
    if (plain) tokens.push({ kind: "", text: plain });
    plain = "";
  };
  for (let at = 0; at < source.length; ) {
    const hit = match(source, at, RULES[language]);
    if (hit) {
      flush();
      tokens.push(hit);
      at += hit.text.length;
    } else {
      plain += source[at];
      at += 1;
    }
  }
  flush();
  return tokens;
}

function match(source: string, at: number, rules: Rule[]): Token | null {
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found) return { kind, text: found };
  }
  return null;
}

/** A snippet in our syntax colours. For editing there is the editor. */
export function Code(props: { source: string; language: Language; className?: string }): ReactNode {
  const tokens = useMemo(
    () => tokenize(props.source, props.language),
    [props.source, props.language],
  );
  return (
    <pre className={`code ${props.className ?? ""}`}>
      {tokens.map((token, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
        <span key={index} className={token.kind ? `tk-${token.kind}` : undefined}>
          {token.text}
        </span>
      ))}
    </pre>
  );
}
