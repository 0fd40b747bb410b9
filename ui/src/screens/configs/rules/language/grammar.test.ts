import { expect, test } from "vitest";
import { programParser } from ".";
import { parser } from "./rules.grammar";

const SPEC = `# support traffic stays on approved models
if tenant == "enterprise" then use @premium
else if budget.used_pct >= 0.9 then use @cheap
else if request.input_tokens > 32_000 and not request.has_tools then use google/gemini-2.5-pro
else if cost(openai/gpt-4o) > 0.05 or latency(openai/gpt-4o, 95) > 2500 then use @fast:7
else if tags.feature in ["summarize", "classify"] then use openai/gpt-4o-mini
else if sensitivity == 'pii' then block "PII may not leave this machine"
else use @production
`;

/** The tree without what stands for itself. */
function shape(text: string, top = "Program"): string {
  return parser
    .configure({ top })
    .parse(text)
    .toString()
    .replace(/,?"[^"]*"|,?CompareOp/g, "");
}

function errors(text: string, top = "Program"): string[] {
  const found: string[] = [];
  parser
    .configure({ top })
    .parse(text)
    .iterate({
      enter: ({ type, from, to }) => void (type.isError && found.push(text.slice(from, to))),
    });
  return found;
}

const GOOD: [what: string, condition: string][] = [
  ["CEL's spelling of the operators", '!a && b || !(c == "d")'],
  ["the words for them", 'not a and b or not (c == "d")'],
  ["in and not in", 'plan in ["a", "b",] and plan not in []'],
  [
    "the word operators",
    'a contains "x" or a starts_with "y" or a ends_with "z" or a matches "^q$"',
  ],
  ["CEL's methods", 'a.contains("x") && a.startsWith("y") || a.endsWith("z") && a.matches("^q$")'],
  ["size() and has()", "size(tags.team) > 0 && has(tags.team) && tags.team.size() < 9"],
  ["a choice", 'has(tags.plan) ? tags.plan == "pro" : request.stream'],
  ["a tag by its string", 'tags["x-team"] == "a"'],
  ["a named budget", 'budget("team a").used_pct * 100 >= 90 - 1'],
  [
    "what a target would cost and take",
    "cost(@fast) + cost(ollama/llama3.1:8b) < 1e-3 and healthy(gpt-4o)",
  ],
  ["arithmetic with its usual order", "-request.max_tokens + 2 * 3 % 2 / 1 > 1_000.5"],
  [
    "tags that are called like an operator",
    'tags.contains == "1" and tags.in == "2" and tags.cost == "3"',
  ],
];

test.each(GOOD)("reads %s", (_, condition) => {
  expect(errors(condition, "Condition")).toEqual([]);
  expect(errors(`if ${condition} then use @a else use @b`)).toEqual([]);
});

test("reads the program of the contract", () => {
  expect(errors(SPEC)).toEqual([]);
  expect(programParser.parse(SPEC).topNode.getChildren("Rule")).toHaveLength(6);
});

test("a target may be a whole strategy written in place", () => {
  const text =
    'else use {"strategy":"fallback","attempts":["a/b",{"model":"c","params":{"x":-1,"y":null,"z":true}}]}';
  expect(errors(text)).toEqual([]);
});

test("and binds closer than or, a comparison closer than not", () => {
  expect(shape("not a == b and c or d", "Condition")).toBe(
    "Condition(Binary(Binary(Unary(not,Binary(TagName,TagName)),and,TagName),or,TagName))",
  );
});

test("tags and what Modelux knows itself are told apart", () => {
  expect(shape("tenant == app and tags.x == request.model", "Condition")).toBe(
    "Condition(Binary(Binary(TagName,VariableName),and,Binary(TagMember(Tags,PropertyName),Member(VariableName,PropertyName))))",
  );
});

// Each has one fault in its first rule; the rules after it must be read all the same.
test.each([
  ["half a condition", "if tenant == then use @x"],
  ["a dot without a name", "if request. then use @x"],
  ["an open string", 'if tenant == "ent\nthen use @x'],
  ["an open list", 'if tenant in ["a", "b" then use @x'],
  ["an open call", "if cost( > 3 then use @x"],
  ["a bracket too many", "if a) then use @x"],
  ["two operators", "if a == == b then use @x"],
  ["a use without its target", "if a then use"],
  ["an @ without a name", "if a then use @"],
  ["an open object", 'if a then use {"model": '],
  ["a strange character", "if a § b then use @x"],
])("goes on after %s", (_, broken) => {
  const text = `${broken}\nelse if b then use @second\nelse use @last`;
  const rules = programParser.parse(text).topNode;
  const targets = [...rules.getChildren("Rule"), ...rules.getChildren("ElseRule")]
    .map((rule) => rule.getChild("UseAction")?.getChild("Target"))
    .map((target) => target && text.slice(target.from, target.to));
  expect(targets.slice(-2)).toEqual(["@second", "@last"]);
});
