import type { Json, Tree } from "../json";
import { flatten, type Node } from "../outline";

/** A failure that a person wants to see the consequence of. */
export type Assumption = { target: string; outcome: string };

export const OUTCOMES = ["timeout", "http_500", "http_429", "connection", "rejected"] as const;

/** What a person says about the request to try. */
export type Sample = {
  by: "tokens" | "prompt";
  tokens: string;
  prompt: string;
  maxOutput: string;
  tags: string[];
  stream: boolean;
  tools: boolean;
  json: boolean;
  assume: Assumption[];
  /** A request as it was recorded, in place of all of the above but the assumptions. */
  recorded: { id: string; body: Tree; tokens: number | null } | null;
};

export type Change = (next: Partial<Sample>) => void;

export const FIRST_SAMPLE: Sample = {
  by: "tokens",
  tokens: "1840",
  prompt: "",
  maxOutput: "400",
  tags: [],
  stream: false,
  tools: false,
  json: false,
  assume: [],
  recorded: null,
};

const CHARS_PER_TOKEN = 4;
const MOST_TOKENS = 1_000_000;
/** Of a management request of 1 MiB, what leaves room for the draft beside the prompt. */
const MOST_FILLER_TOKENS = 200_000;

/** A prompt that counts as so many tokens: where a request is only decided, nothing else of it matters. */
export function filler(tokens: number): string {
  return "tok ".repeat(Math.min(tokens, MOST_FILLER_TOKENS)).slice(0, tokens * CHARS_PER_TOKEN);
}

/** More input than can be sent to the decision: it is made for less. */
export const isEstimated = ({ by, tokens, recorded }: Sample) =>
  recorded === null && by === "tokens" && numberIn(tokens) > MOST_FILLER_TOKENS;

const numberIn = (typed: string) => Number(typed.replaceAll(/[\s_,]/g, ""));

export type Range = { field: "inputTokens" | "maxOutput"; from: number; to: number };

/** The first number that is no whole one within its range. Max output may be empty. */
export function rangeOf({ by, tokens, maxOutput, recorded }: Sample): Range | null {
  if (recorded) return null;
  const fits = (typed: string) => {
    const value = numberIn(typed);
    return Number.isInteger(value) && value >= 1 && value <= MOST_TOKENS;
  };
  const range = { from: 1, to: MOST_TOKENS };
  if (by === "tokens" && !fits(tokens)) return { field: "inputTokens", ...range };
  if (maxOutput.trim() !== "" && !fits(maxOutput)) return { field: "maxOutput", ...range };
  return null;
}

const TOOL: Json = {
  type: "function",
  function: { name: "look_up", parameters: { type: "object", properties: {} } },
};

const TAG = /^[^=\s]+=.+$/;

/** `a=1, b=2`: the tags, and what is none and stays to be mended. */
export function tagsIn(text: string): { tags: string[]; rest: string } {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return {
    tags: parts.filter((part) => TAG.test(part)),
    rest: parts.filter((part) => !TAG.test(part)).join(", "),
  };
}

/** The chat request that the proxy would get. */
export function requestFor(slug: string, sample: Sample): Tree {
  const model = `@${slug}`;
  if (sample.recorded) return { ...sample.recorded.body, model };
  const tokens = numberIn(sample.tokens);
  const content =
    sample.by === "prompt"
      ? sample.prompt
      : filler(Number.isFinite(tokens) ? Math.round(tokens) : 0);
  const most = numberIn(sample.maxOutput);
  const tags = Object.fromEntries(
    sample.tags.map((tag) => {
      const at = tag.indexOf("=");
      return [tag.slice(0, at), tag.slice(at + 1)];
    }),
  );
  return {
    model,
    messages: [{ role: "user", content }],
    ...(most > 0 && { max_tokens: Math.round(most) }),
    ...(sample.stream && { stream: true }),
    ...(sample.tools && { tools: [TOOL] }),
    ...(sample.json && { response_format: { type: "json_object" } }),
    ...(sample.tags.length > 0 && { "mlx:tags": tags }),
  };
}

/** Models that the document can call, as written: what can be assumed of. */
export function modelsIn(root: Node): string[] {
  const names = flatten(root).flatMap(({ what }) =>
    what.kind === "name" && !what.name.startsWith("@") ? [what.name] : [],
  );
  return [...new Set(names)];
}
