import { expect, test } from "vitest";
import { ROUTER, routerDecisions, WORDS } from "@/test/fake-rules";
import { goesOn } from "./DecisionTree";
import { oneLine, outline } from "./outline";
import { percentLabel, whyNever } from "./rulesHits";
import { recordedRules, sharesOf, wholePercents } from "./shares";

const RECORDED = recordedRules(ROUTER, routerDecisions());
const percents = (program: string, by?: "cost") =>
  sharesOf(outline(program), RECORDED, by)?.rules.map(({ percent }) => percent);
const states = (program: string) =>
  sharesOf(outline(program), RECORDED)?.rules.map(({ state }) => state);

test("the outline has every rule with its line, condition and action", () => {
  const rules = outline(
    `# pii stays\nif a == "x # y" # why\n  and b\nthen block "no"\nelse use {"model":"m"}`,
  );
  expect(rules).toMatchObject([
    { index: 0, line: 2, condition: { text: 'a == "x # y" and b' }, action: { block: "no" } },
    { index: 1, line: 5, condition: null, action: { use: { model: "m" } } },
  ]);
});

test("a rule that is being typed is in the outline, too", () => {
  expect(outline("if \nelse if a then use @a\nelse use @b").map(({ action }) => action)).toEqual([
    null,
    { use: "@a" },
    { use: "@b" },
  ]);
});

test("spaces and comments make no other rule, inside strings they do", () => {
  expect(oneLine('if  a ==\n "b  #c" # d')).toBe('if a == "b  #c"');
});

test("the shares of an unchanged program add up to 100 %", () => {
  expect(percents(ROUTER)).toEqual([31, 4, 0, 65]);
  expect(percents(ROUTER, "cost")?.reduce((sum, each) => sum + each, 0)).toBe(100);
});

test("whole percents add up to 100 whatever the weights", () => {
  for (const weights of [
    [1, 1, 1],
    [1, 2, 4, 8, 16],
    [999, 1],
    [7, 0, 0],
  ]) {
    expect(wholePercents(weights).reduce((sum, each) => sum + each, 0)).toBe(100);
  }
  expect(wholePercents([0, 0])).toEqual([0, 0]);
});

test("a rule that nobody matched says so, and one that few did is not 0 %", () => {
  expect(states(ROUTER)).toEqual(["measured", "measured", "never", "measured"]);
  expect(percentLabel({ percent: 0, share: 0.001 })).toBe("<1%");
  expect(percentLabel({ percent: 0, share: 0 })).toBe("0%");
});

test("an edited rule keeps the figures of the one it was, marked as such", () => {
  expect(states(ROUTER.replace("used_pct", "used_pc"))).toEqual([
    "measured",
    "changed",
    "never",
    "measured",
  ]);
});

test("rules that replace others at the same places are new", () => {
  const replaced = `if feature == "chat" then use @production
else if request.stream then use @fast
else if time.hour > 18 then use openai/gpt-4o
else block "closed"
`;
  expect(states(replaced)).toEqual(["unknown", "unknown", "unknown", "changed"]);
  expect(sharesOf(outline(replaced), RECORDED)?.gone.percent).toBe(35);
});

test("a rule with another action keeps its figures, marked as such, wherever it moves", () => {
  const program = `if budget.used_pct >= 0.9 then block "spent"\nelse use @demo`;
  expect(states(program)).toEqual(["changed", "measured"]);
  expect(percents(program)).toEqual([4, 65]);
});

test("a rule keeps its figures wherever it moves, and a new one has none", () => {
  const lines = ROUTER.split("\n");
  const moved = ['if feature == "chat" then use @fast', `else ${lines[1]}`, ...lines.slice(2)].join(
    "\n",
  );
  expect(states(moved)).toEqual(["unknown", "measured", "measured", "never", "measured"]);
});

test("what a removed rule took is counted, not given to another", () => {
  const without = ROUTER.split("\n")
    .filter((line) => !line.includes("used_pct"))
    .join("\n");
  const shares = sharesOf(outline(without), RECORDED);
  expect(shares?.rules.map(({ percent }) => percent)).toEqual([31, 0, 65]);
  expect(shares?.gone.percent).toBe(4);
});

test("without traffic there are no shares, and the bands are drawn evenly", () => {
  const none = { ...routerDecisions(), requests: 0, rules: [] };
  expect(sharesOf(outline(ROUTER), recordedRules(ROUTER, none))).toBeNull();
  expect(sharesOf(outline(ROUTER), null)).toBeNull();
  expect([0, 1, 2, 3].map((index) => goesOn(null, 4, index).share)).toEqual([0.75, 0.5, 0.25, 0]);
});

test("what goes on after a rule is what those below it took", () => {
  const shares = sharesOf(outline(ROUTER), RECORDED);
  expect([0, 1, 2, 3].map((index) => goesOn(shares, 4, index).percent)).toEqual([69, 65, 65, 0]);
});

test("a bound that nothing came near explains why its rule never matched", () => {
  const why = (condition: string) => {
    const rule = outline(`if ${condition} then use @a else use @b`)[0];
    return rule ? whyNever(rule, WORDS) : undefined;
  };
  expect(why("request.input_tokens > 32_000")).toBe("largest input tokens seen: 21,904");
  expect(why("request.input_tokens < 5")).toBe("smallest input tokens seen: 12");
  expect(why("request.input_tokens > 100")).toBeNull();
  expect(why('tenant == "acme"')).toBeNull();
});
