import { EditorView } from "@codemirror/view";
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { BackendError, type OperationName } from "@/backend/backend";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { dryRun } from "@/test/fake-dry-run";
import { ROUTER, routerDecisions } from "@/test/fake-rules";
import { renderApp } from "@/test/render";
// Loaded on demand otherwise, which the first test would have to wait for.
import "..";

const AT = "/configs/router/source";
const LABEL = "Rules of @router";
const LIST: JsonValue = JSON.parse(
  '[{"comment":"staff","if":"tenant == \\"enterprise\\"","then":"@production"},{"else":"@demo"}]',
);

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
});

async function open(rules: JsonValue = ROUTER) {
  await backend.call("create_config", {
    slug: "router",
    document: { strategy: "custom_rules", rules },
  });
  const app = renderApp(AT, backend);
  await editor();
  return app;
}

async function editor(name = LABEL): Promise<EditorView> {
  const view = EditorView.findFromDOM(await screen.findByRole("textbox", { name }));
  if (!view) throw new Error("no editor");
  return view;
}

const text = async (name?: string) => (await editor(name)).state.doc.toString();

async function replace(from: string, to: string, name?: string) {
  const view = await editor(name);
  const at = view.state.doc.toString().indexOf(from);
  if (at < 0) throw new Error(`the text has no ${from}`);
  act(() => view.dispatch({ changes: { from: at, to: at + from.length, insert: to } }));
}

/** As a backend that is older than the operation. */
function forget(...ops: OperationName[]) {
  for (const op of ops) {
    backend.answer(op, () => {
      throw new BackendError("not_found", `there is no ${op}`);
    });
  }
}

const tree = () => screen.findByRole("region", { name: "Decision tree" });
const rows = async () =>
  within(await tree())
    .getAllByRole("listitem")
    .map((row) => row.textContent);

test("rules open as a program, with its figures beside each rule", async () => {
  await open();
  expect(await text()).toBe(ROUTER);
  expect(await screen.findByText("Hits: v1, last 7 days, 9,640 requests")).toBeVisible();
  expect(screen.getByTitle("2,988 requests with v1")).toHaveTextContent("31%");
  expect(screen.getByTitle("Never matched in 7 days of v1")).toHaveTextContent("0%");
  expect(screen.getByText("largest input tokens seen: 21,904")).toBeVisible();
  expect(screen.getByText("1 rule never matched")).toBeVisible();
});

test("the tree shows where requests go, what goes on, and what never matched", async () => {
  await open();
  await screen.findByText("69% go on");
  expect(await rows()).toEqual([
    '1tenant == "enterprise"31% 2,988@production69% go on',
    "2budget.used_pct >= 0.94% 386@fast65% go on",
    "3request.input_tokens > 32_0000% never matchedOAopenai/gpt-4o65% go on",
    "4everything else65% 6,266@demo",
  ]);
});

test("bands weigh by cost as well", async () => {
  const { user } = await open();
  await user.click(within(await tree()).getByRole("button", { name: "Cost" }));
  expect(await screen.findByText("Band width is the share of cost")).toBeVisible();
  expect((await rows())[0]).toContain("77% $31.40");
});

test("without traffic the tree is drawn evenly and says so", async () => {
  backend.answer("get_decisions", () => ({ ...routerDecisions(), requests: 0, rules: [] }));
  await open();
  expect(
    await screen.findByText("No requests in 7 days, so every rule is drawn alike"),
  ).toBeVisible();
  expect((await rows())[0]).toBe('1tenant == "enterprise"@productionthe rest goes on');
  expect(screen.getByText("Hits: none, no requests in 7 days")).toBeVisible();
});

test("a click on a condition leads to its rule", async () => {
  const { user } = await open();
  await user.click(within(await tree()).getByRole("button", { name: /request.input_tokens/ }));
  const { state } = await editor();
  expect(state.doc.lineAt(state.selection.main.head).number).toBe(4);
});

test("a misspelt name is marked where it is, and Ctrl . mends it", async () => {
  const { user } = await open();
  await replace("used_pct", "used_pc");
  const bar = await screen.findByText((_, node) =>
    /^unknown variable budget\.used_pc: did you mean budget\.used_pct\?$/.test(
      (node?.tagName === "SPAN" && node.textContent) || "",
    ),
  );
  expect(within(bar).getAllByText(/^budget/, { selector: "code" })).toHaveLength(2);
  expect(screen.getByRole("button", { name: "1 error" })).toBeVisible();
  expect((await editor()).dom.querySelector(".squiggle")).toHaveTextContent("budget.used_pc");
  expect(within(await tree()).getByText("budget.used_pc")).toHaveClass("squiggle");
  expect(screen.getByRole("button", { name: "Save version" })).toHaveAttribute("aria-disabled");
  (await editor()).focus();
  await user.keyboard("{Control>}.{/Control}");
  expect(await text()).toBe(ROUTER);
  expect(await screen.findByText("No problems")).toBeVisible();
});

test("F8 goes to the problem, the button mends it", async () => {
  const { user } = await open();
  await replace("used_pct", "used_pc");
  await screen.findByText("1 error");
  const view = await editor();
  act(() => view.dispatch({ selection: { anchor: 0 } }));
  await user.keyboard("{F8}");
  expect(view.state.selection.main.head).toBe(ROUTER.indexOf("budget.used_pct"));
  await user.click(screen.getByRole("button", { name: "Replace with budget.used_pct" }));
  expect(await text()).toBe(ROUTER);
});

test("saving lays the program out first", async () => {
  const { user } = await open();
  await replace("budget.used_pct >= 0.9", "budget.used_pct   >=0.8");
  (await editor()).focus();
  await user.keyboard("{Control>}s{/Control}");
  await waitFor(async () => expect(await text()).toContain("budget.used_pct >= 0.8 then"));
});

test("Shift Alt F lays it out, and says where it cannot", async () => {
  const { user } = await open();
  await replace("tenant ==", "tenant   ==");
  const { contentDOM } = await editor();
  fireEvent.keyDown(contentDOM, { key: "F", keyCode: 70, shiftKey: true, altKey: true });
  await waitFor(async () => expect(await text()).toBe(ROUTER));
  await replace("used_pct", "used_pc");
  await user.click(screen.getByRole("button", { name: "Format" }));
  expect(await screen.findByText("Only a program without errors can be formatted")).toBeVisible();
});

test("rules and JSON are one draft", async () => {
  const { user } = await open();
  await replace("0.9", "0.8");
  expect(await screen.findByText("Draft · 1 change since v1")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "JSON" }));
  expect(await text("Source of @router")).toContain("budget.used_pct >= 0.8 then use @fast\\n");
  await replace("0.8", "0.7", "Source of @router");
  await user.click(screen.getByRole("button", { name: "Rules" }));
  expect(await text()).toBe(ROUTER.replace("0.9", "0.7"));
  await replace("0.7", "0.9");
  await waitFor(() => expect(screen.queryByText(/^Draft/)).toBeNull());
});

test("a draft that is no JSON says so, and leads back to it", async () => {
  const { user } = await open();
  await user.click(screen.getByRole("button", { name: "JSON" }));
  await replace('"rules":', '"rules"', "Source of @router");
  await user.click(screen.getByRole("button", { name: "Rules" }));
  await user.click(await screen.findByRole("button", { name: "Open JSON" }));
  expect(await text("Source of @router")).toContain('"rules" ');
});

const stored = () =>
  JSON.parse(JSON.parse(localStorage.getItem("modelux.draft.router") ?? "{}").text);

test("a list is edited as a program and stays a list", async () => {
  await open(LIST);
  expect(await text()).toBe(
    '# staff\nif tenant == "enterprise" then use @production\nelse use @demo\n',
  );
  await replace("@production", "@fast");
  await waitFor(() => expect(stored().rules[0]?.then).toBe("@fast"));
  expect(stored().rules[0]).toMatchObject({ comment: "staff" });
  expect(await text()).toContain("then use @fast");
});

test("what is typed into a list is kept even while it is broken", async () => {
  await open(LIST);
  await replace("\nelse use @demo", "");
  expect(stored().rules).toBe('# staff\nif tenant == "enterprise" then use @production\n');
  expect(await screen.findByText("1 error")).toBeVisible();
  await replace("@production\n", "@production\nelse use @fast");
  await waitFor(() => expect(stored().rules).toHaveLength(2));
});

test("one click turns a list into text, another turns it back", async () => {
  const { user } = await open(LIST);
  await user.click(screen.getByRole("button", { name: "Convert to text" }));
  expect(stored().rules).toMatch(/^# staff\nif tenant/);
  await user.click(await screen.findByRole("button", { name: "Convert to a list" }));
  await waitFor(() => expect(screen.queryByText(/^Draft/)).toBeNull());
});

test("a problem in a list is placed in the program that the person sees", async () => {
  await open(LIST);
  await replace('tenant == "enterprise"', "budget.used_pc > 0.5");
  await waitFor(async () =>
    expect((await editor()).dom.querySelector(".squiggle")).toHaveTextContent("budget.used_pc"),
  );
});

test("variables show what was seen, filter, and go in where the cursor is", async () => {
  const { user } = await open();
  const panel = await screen.findByRole("complementary", { name: "Variables" });
  expect(within(panel).getByText("acme, enterprise, globex, 1 more")).toBeVisible();
  expect(within(panel).getByText("1,204 values")).toBeVisible();
  act(() => (document.activeElement as HTMLElement | null)?.blur());
  await user.keyboard("/");
  await user.keyboard("max_tok");
  expect(within(panel).getAllByRole("listitem")).toHaveLength(1);
  const view = await editor();
  act(() => view.dispatch({ selection: { anchor: ROUTER.indexOf(" then use @fast") } }));
  await user.click(within(panel).getByRole("button", { name: /request.max_tokens/ }));
  expect(await text()).toContain("budget.used_pct >= 0.9 request.max_tokens then use @fast");
});

test("a tried request lights the rule that it matches", async () => {
  const { trace } = dryRun({ strategy: "single", model: "sandbox/echo" }, "router");
  const rule = { index: 3, line: 5, text: "else use @demo", values: {} };
  const strategy = "custom_rules";
  const step = { config: "router", version: 1, strategy, reason: "", candidates: [], rule };
  backend.answer("dry_run", () => ({ trace: { ...trace, steps: [step] }, explanation: "" }));
  const { user } = await open();
  const bar = await screen.findByRole("region", { name: "Try a request" });
  await user.click(within(bar).getByRole("button", { expanded: false }));
  await waitFor(async () =>
    expect(within(await tree()).getAllByRole("listitem")[3]).toHaveClass("is-taken"),
  );
});

test("an older Modelux without these operations still shows and edits the program", async () => {
  forget("rules_words", "get_decisions", "format_rules", "convert_rules");
  const { user } = await open();
  expect((await rows())[0]).toContain('tenant == "enterprise"');
  expect(screen.queryByRole("complementary", { name: "Variables" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Format" }));
  expect(await screen.findByText("This Modelux cannot format rules")).toBeVisible();
});

test("an older Modelux still shows a list as a program, but keeps what is typed as text", async () => {
  forget("convert_rules");
  const { user } = await open(LIST);
  expect(await text()).toContain('# staff\nif tenant == "enterprise" then use @production\n');
  await user.click(screen.getByRole("button", { name: "Convert to text" }));
  await user.click(await screen.findByRole("button", { name: "Convert to a list" }));
  expect(await screen.findByText("This Modelux cannot convert rules")).toBeVisible();
});

test("Tab indents, and after Esc it leaves the editor", async () => {
  await open();
  const { contentDOM } = await editor();
  const isLeftAlone = (key: string, keyCode: number) =>
    fireEvent.keyDown(contentDOM, { key, keyCode });
  expect(isLeftAlone("Tab", 9)).toBe(false);
  isLeftAlone("Escape", 27);
  expect(isLeftAlone("Tab", 9)).toBe(true);
});

test("axe finds nothing in the rules, with a problem and a draft in them", async () => {
  await open();
  await replace("used_pct", "used_pc");
  await screen.findByText("1 error");
  expect(await axeFaults()).toEqual([]);
});
