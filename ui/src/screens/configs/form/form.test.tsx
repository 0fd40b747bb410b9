import { act, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, test } from "vitest";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { renderApp } from "@/test/render";
import { getDraft, putDraft } from "../drafts";
import { dropFaults } from "./faults";
import { forgetHistory } from "./history";

const AT = "/configs/production/form";

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  forgetHistory();
  dropFaults("production");
});

/** The form with a draft of this document in it. */
async function open(document?: JsonValue) {
  if (document !== undefined) {
    const text = typeof document === "string" ? document : JSON.stringify(document, null, 2);
    putDraft("production", { from: 5, seen: 5, text, editedAt: "2026-11-18T09:00:00Z" });
  }
  const view = renderApp(AT, backend);
  // The first test also waits for the screen to be loaded.
  await screen.findByRole("tree", {}, { timeout: 10_000 });
  return view;
}

const draft = () => {
  const text = getDraft("production")?.text;
  return text === undefined ? null : JSON.parse(text);
};

const item = (name: RegExp | string) => screen.getByRole("treeitem", { name });
const inspector = () => within(screen.getByRole("complementary", { name: "Fields" }));
const pick = async (user: ReturnType<typeof renderApp>["user"], name: RegExp) =>
  user.click(within(item(name)).getAllByText(/.+/)[0] as HTMLElement);

async function choose(
  user: ReturnType<typeof renderApp>["user"],
  label: string | RegExp,
  option: string | RegExp,
) {
  await user.click(inspector().getByRole("combobox", { name: label }));
  await user.click(await screen.findByRole("option", { name: option }));
}

async function write(
  user: ReturnType<typeof renderApp>["user"],
  label: string | RegExp,
  text: string,
) {
  const field = inspector().getByRole("textbox", { name: label });
  await user.clear(field);
  await user.type(field, text.replaceAll(/[{[]/g, "$&$&"));
}

describe("the outline", () => {
  test("is a tree from the request to who answers, walked by the arrow keys", async () => {
    const { user } = await open();
    expect(item(/^Request for @production, Fallback/)).toHaveAttribute("aria-level", "1");
    expect(item(/^Attempt 2, anthropic\/claude-sonnet-4-5, 8000 ms/)).toHaveAttribute(
      "aria-level",
      "2",
    );
    item(/^Request/).focus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(item(/^Attempt 2/)).toHaveFocus();
    expect(item(/^Attempt 2/)).toHaveAttribute("aria-selected", "true");
    await user.keyboard("{ArrowLeft}");
    expect(item(/^Request/)).toHaveFocus();
  });

  test("Enter goes to the fields of the node", async () => {
    const { user } = await open();
    item(/^Request/).focus();
    await user.keyboard("{ArrowDown}{Enter}");
    expect(inspector().getByRole("combobox", { name: "Target" })).toHaveFocus();
  });

  test("shows read-only what a reference leads to, with the way to it", async () => {
    const { user } = await open({ strategy: "fallback", attempts: ["@fast", "openai/gpt-4o"] });
    const reference = item(/^Attempt 1, @fast/);
    await waitFor(() => expect(reference).toHaveAttribute("aria-expanded", "false"));
    reference.focus();
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(item(/^Model, openai\/gpt-4o-mini/)).toHaveFocus();
    expect(inspector().getByText(/Part of @fast v1/)).toBeVisible();
    expect(inspector().getByRole("button", { name: "Open @fast" })).toBeVisible();
  });

  test("has nothing that axe holds against it", async () => {
    await open();
    await screen.findByText(/times out, so /);
    expect(await axeFaults()).toEqual([]);
  });
});

describe("targets", () => {
  test("Alt with an arrow moves one, the focus goes with it, and Ctrl Z takes it back", async () => {
    const { user } = await open();
    item(/^Attempt 2/).focus();
    await user.keyboard("{Alt>}{ArrowUp}{/Alt}");
    expect(draft().attempts[0].model).toBe("anthropic/claude-sonnet-4-5");
    expect(item(/^Attempt 1, anthropic/)).toHaveFocus();
    await user.keyboard("{Control>}z{/Control}");
    expect(draft()).toBeNull();
    await user.keyboard("{Control>}{Shift>}z{/Shift}{/Control}");
    expect(draft().attempts[0].model).toBe("anthropic/claude-sonnet-4-5");
  });

  test("one is added, and what the strategy lacks is offered first", async () => {
    const { user } = await open();
    await user.click(screen.getAllByRole("button", { name: "Add attempt" })[0] as HTMLElement);
    expect(draft().attempts[2]).toBe("openai/gpt-4o-mini");
    expect(item(/^Attempt 3, openai\/gpt-4o-mini, Added/)).toHaveAttribute("aria-selected", "true");
  });

  test("one that is removed comes back from the toast", async () => {
    const { user } = await open();
    item(/^Attempt 1/).focus();
    await user.keyboard("{Delete}");
    expect(draft().attempts).toHaveLength(1);
    const toast = (await screen.findByText("Removed openai/gpt-4o")).parentElement as HTMLElement;
    await user.click(within(toast).getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(draft()).toBeNull());
  });

  test("one is replaced by a name that is typed or picked, its options stay", async () => {
    const { user } = await open();
    await pick(user, /^Attempt 1/);
    const target = inspector().getByRole("combobox", { name: "Target" });
    await user.clear(target);
    await user.type(target, "mini");
    await user.click(await screen.findByRole("option", { name: /openai\/gpt-4o-mini/ }));
    expect(draft().attempts[0]).toEqual({ model: "openai/gpt-4o-mini", timeout_ms: 5000 });
    await user.clear(inspector().getByRole("combobox", { name: "Target" }));
    await user.type(inspector().getByRole("combobox", { name: "Target" }), "@demo{Enter}");
    expect(draft().attempts[0]).toEqual({ model: "@demo", timeout_ms: 5000 });
  });

  test("one is wrapped in a strategy and unwrapped again", async () => {
    const { user } = await open();
    await pick(user, /^Attempt 1/);
    await user.click(inspector().getByRole("button", { name: "More for Attempt 1" }));
    await user.click(await screen.findByRole("menuitem", { name: "Wrap in Cost optimized" }));
    expect(draft().attempts[0]).toEqual({
      model: {
        strategy: "cost_optimized",
        quality_tier: "standard",
        allowed_models: ["openai/gpt-4o"],
      },
      timeout_ms: 5000,
    });
    await user.click(inspector().getByRole("button", { name: "More for Attempt 1" }));
    await user.click(await screen.findByRole("menuitem", { name: "Unwrap" }));
    await waitFor(() => expect(draft()).toBeNull());
  });
});

describe("fields", () => {
  test("a change shows what the version had, and one click takes it back", async () => {
    const { user } = await open();
    await pick(user, /^Attempt 1/);
    await write(user, "Timeout", "2000");
    expect(draft().attempts[0].timeout_ms).toBe(2000);
    expect(inspector().getByText("v5: 5000 ms")).toBeVisible();
    await user.click(inspector().getByRole("button", { name: "Back to 5000 ms" }));
    expect(draft()).toBeNull();
  });

  test("typing in one field is one step to undo", async () => {
    const { user } = await open();
    await write(user, "Total budget", "20000");
    expect(draft().total_budget_ms).toBe(20_000);
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(draft()).toBeNull();
  });

  test("what cannot be taken is not written, and says why", async () => {
    const { user } = await open();
    await write(user, "Total budget", "1.5");
    expect(inspector().getByRole("alert")).toHaveTextContent("A whole number is needed.");
    expect(draft().total_budget_ms).toBe(1);
  });

  test("what cannot be taken stays in its field and keeps the draft from being saved", async () => {
    const { user } = await open({ strategy: "fallback", attempts: ["openai/gpt-4o", "@fast"] });
    await write(user, "Total budget", "soon");
    await user.tab();
    const field = () => inspector().getByRole("textbox", { name: "Total budget" });
    expect(field()).toHaveValue("soon");
    await pick(user, /^Attempt 1/);
    const save = () => screen.getByRole("button", { name: "Save version" });
    expect(save()).toHaveAttribute("aria-disabled", "true");
    expect(screen.getByText(/Mend 1 error/)).toBeVisible();
    await pick(user, /^Request/);
    expect(field()).toHaveValue("soon");
    await user.type(field(), "{Escape}");
    expect(field()).toHaveValue("");
    expect(inspector().queryByRole("alert")).toBeNull();
    await waitFor(() => expect(save()).not.toHaveAttribute("aria-disabled", "true"));
  });

  test("what the check finds stands at its node and its field, with the click that mends it", async () => {
    const { user } = await open({
      strategy: "fallback",
      attempts: ["openai/gpt-4o", { model: "anthropic/claude-sonnet-4-6", timeout_ms: 8000 }],
    });
    const wrong = await screen.findByRole("treeitem", { name: /Attempt 2.*Error: Unknown model/ });
    act(() => wrong.focus());
    const target = await inspector().findByRole("combobox", { name: "Target" });
    expect(target).toHaveAccessibleDescription(/Unknown model anthropic\/claude-sonnet-4-6/);
    await user.click(inspector().getByRole("button", { name: "Use anthropic/claude-sonnet-4-5" }));
    expect(draft().attempts[1].model).toBe("anthropic/claude-sonnet-4-5");
  });

  test("a key that is unknown is told at its node and renamed", async () => {
    const { user } = await open({ strategy: "fallback", attempts: ["openai/gpt-4o"], retryon: [] });
    await user.click(await inspector().findByRole("button", { name: "Use retry_on" }));
    expect(draft()).toEqual({ strategy: "fallback", attempts: ["openai/gpt-4o"], retry_on: [] });
  });
});

describe("each strategy writes its document", () => {
  const TWO = ["openai/gpt-4o", "openai/gpt-4o-mini"];

  test("single", async () => {
    const { user } = await open({ strategy: "single", model: "openai/gpt-4o" });
    await write(user, "Timeout", "9000");
    expect(draft()).toEqual({ strategy: "single", model: "openai/gpt-4o", timeout_ms: 9000 });
  });

  test("fallback", async () => {
    const { user } = await open({ strategy: "fallback", attempts: TWO });
    const classes = within(inspector().getByRole("group", { name: "Move on after" }));
    await user.click(classes.getByRole("button", { name: "auth" }));
    await user.click(classes.getByRole("button", { name: "5xx" }));
    await user.type(classes.getByRole("textbox"), "408{Enter}");
    await write(user, "Retries of each target", "2");
    expect(draft()).toEqual({
      strategy: "fallback",
      attempts: TWO,
      retry_on: ["429", "timeout", "connection", "auth", "408"],
      retries: 2,
    });
  });

  test("cost_optimized", async () => {
    const { user } = await open({
      strategy: "cost_optimized",
      quality_tier: "economy",
      allowed_models: TWO,
    });
    await user.click(inspector().getByRole("button", { name: "Premium" }));
    await choose(user, "Stay on one target", "Tag");
    const tag = inspector().getByRole("textbox", { name: "Tag for Stay on one target" });
    await user.clear(tag);
    await user.type(tag, "session");
    expect(draft()).toEqual({
      strategy: "cost_optimized",
      quality_tier: "premium",
      allowed_models: TWO,
      affinity: "tag:session",
    });
  });

  test("latency_optimized, with shares as percentages", async () => {
    const { user } = await open({ strategy: "latency_optimized", allowed_models: TWO });
    await write(user, "Window", "600");
    await write(user, "Samples before it counts", "10");
    await write(user, "Sent elsewhere to measure", "2.5");
    await write(user, "Lead needed to take over", "7");
    expect(draft()).toEqual({
      strategy: "latency_optimized",
      allowed_models: TWO,
      window_s: 600,
      min_samples: 10,
      explore: 0.025,
      hysteresis: 0.07,
    });
  });

  test("ensemble", async () => {
    const { user } = await open({ strategy: "ensemble", aggregation: "first_valid", members: TWO });
    await choose(user, "Decision", "Weighted vote");
    await choose(user, "Compare by", "One value of the JSON");
    await write(user, "One value of the JSON", "/label");
    await write(user, "Answers needed", "2");
    await pick(user, /^Member 1/);
    await write(user, "Weight", "0.4");
    expect(draft()).toEqual({
      strategy: "ensemble",
      aggregation: "weighted_vote",
      members: [{ model: "openai/gpt-4o", weight: 0.4 }, "openai/gpt-4o-mini"],
      quorum: 2,
      vote_on: "json_pointer:/label",
    });
  });

  test("ensemble with a judge, who is a target too", async () => {
    const { user } = await open({ strategy: "ensemble", aggregation: "first_valid", members: TWO });
    await choose(user, "Decision", "A model judges");
    await pick(user, /^Judge/);
    await user.type(inspector().getByRole("combobox", { name: "Target" }), "openai/gpt-4o{Enter}");
    expect(draft()).toMatchObject({ aggregation: "llm_judge", judge: "openai/gpt-4o" });
  });

  test("ab_test, with the share of each weight", async () => {
    const { user } = await open({
      strategy: "ab_test",
      variants: [
        { label: "a", weight: 80, config: "openai/gpt-4o" },
        { label: "b", weight: 20, config: "@fast" },
      ],
    });
    await choose(user, "Same variant for the same", "End user");
    await pick(user, /^Variant b/);
    await write(user, "Weight", "120");
    expect(inspector().getByText("60.0%")).toBeVisible();
    await write(user, "Label", "new");
    expect(draft()).toEqual({
      strategy: "ab_test",
      variants: [
        { label: "a", weight: 80, config: "openai/gpt-4o" },
        { label: "new", weight: 120, config: "@fast" },
      ],
      sticky_by: "end_user",
    });
  });

  test("options beside a target, JSON too", async () => {
    const { user } = await open({ strategy: "fallback", attempts: TWO });
    await pick(user, /^Attempt 1/);
    await user.click(inspector().getByRole("button", { name: "More options" }));
    await write(user, "Idle timeout", "5000");
    await write(user, "Parameters", '{"temperature": 0}');
    await write(user, "Credential", "work");
    expect(draft().attempts[0]).toEqual({
      model: "openai/gpt-4o",
      idle_timeout_ms: 5000,
      params: { temperature: 0 },
      credential: "work",
    });
  });

  test("custom_rules in text: a rule's target is changed in the text", async () => {
    const rules = '# who\nif tenant == "acme" then use @fast # quick\nelse use openai/gpt-4o\n';
    const { user } = await open({ strategy: "custom_rules", rules });
    await pick(user, /^Rule 1, if tenant == "acme", @fast/);
    const target = inspector().getByRole("combobox", { name: "Target" });
    await user.clear(target);
    await user.type(target, "@demo{Enter}");
    expect(draft().rules).toBe(rules.replace("@fast", "@demo"));
  });

  test("custom_rules as a list: a new rule goes before the else", async () => {
    const { user } = await open({
      strategy: "custom_rules",
      rules: [{ else: { block: "Not today" } }],
    });
    expect(item(/^Else, Refuse: Not today/)).toBeVisible();
    await user.click(screen.getAllByRole("button", { name: "Add rule" })[0] as HTMLElement);
    expect(draft().rules).toHaveLength(2);
    expect(draft().rules[1]).toEqual({ else: { block: "Not today" } });
  });

  test("another strategy keeps the targets", async () => {
    const { user } = await open({ strategy: "fallback", attempts: TWO, retry_on: ["429"] });
    await choose(user, "Strategy", /A\/B test/);
    expect(draft()).toEqual({
      strategy: "ab_test",
      variants: [
        { label: "a", weight: 50, config: "openai/gpt-4o" },
        { label: "b", weight: 50, config: "openai/gpt-4o-mini" },
      ],
    });
    await choose(user, "Strategy", /Cascade/);
    expect(draft().attempts).toEqual([
      { model: "openai/gpt-4o", accept: 'response.finish_reason == "stop"' },
      { model: "openai/gpt-4o-mini" },
    ]);
  });
});

describe("one draft with the source", () => {
  test("text that is not JSON says so and leads to Source", async () => {
    putDraft("production", { from: 5, seen: 5, text: "{", editedAt: "2026-11-18T09:00:00Z" });
    const { user } = renderApp(AT, backend);
    await user.click(await screen.findByRole("button", { name: "Open in Source" }));
    await waitFor(() => expect(window.location.hash).toBe("#/configs/production/source"));
  });

  test("what the form writes is laid out as Modelux does, and stands in Source at once", async () => {
    const { user } = await open();
    await write(user, "Total budget", "9000");
    await user.click(screen.getByRole("tab", { name: "Source" }));
    const source = await screen.findByRole("textbox", { name: "Source of @production" });
    expect(source).toHaveTextContent('"total_budget_ms": 9000');
    expect(getDraft("production")?.text).toContain('"retry_on": ["429", "5xx", "timeout"]');
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(draft()).toBeNull();
  });
});

describe("try a request", () => {
  const panel = () => within(screen.getByRole("region", { name: "Try a request" }));

  test("says in one sentence what would happen, and lights the way there", async () => {
    await open();
    expect(await panel().findByText(/times out, so /)).toBeVisible();
    expect(item(/^Attempt 1.*Timed out at 5000 ms/)).toBeVisible();
    expect(item(/^Attempt 2.*Answers after about 1\.55 s/)).toBeVisible();
    expect(panel().getByText("$0.0161")).toBeVisible();
  });

  test("sends what the person says of the request, with the draft", async () => {
    const { user } = await open({ strategy: "fallback", attempts: ["openai/gpt-4o", "@fast"] });
    await user.clear(panel().getByLabelText("Input tokens"));
    await user.type(panel().getByLabelText("Input tokens"), "10");
    await user.type(panel().getByLabelText("Tags"), "tenant=acme{Enter}");
    await user.click(panel().getByRole("button", { name: "Stream" }));
    await user.click(panel().getByRole("button", { name: "Assume that a model fails" }));
    await user.click(await screen.findByRole("combobox", { name: "Assume of openai/gpt-4o" }));
    await user.click(await screen.findByRole("option", { name: "answers 429" }));
    await waitFor(() =>
      expect(backend.inputs("dry_run").at(-1)).toMatchObject({
        request: { model: "@production", stream: true, "mlx:tags": { tenant: "acme" } },
        document: { strategy: "fallback" },
        assume: [{ target: "openai/gpt-4o", outcome: "http_429" }],
      }),
    );
    const sent = JSON.stringify(backend.inputs("dry_run").at(-1)?.request);
    expect(sent).toContain(`"content":"${"tok ".repeat(10)}"`);
  });

  test("says of a number that is out of range what it may be, and does not try it", async () => {
    const { user } = await open();
    const tokens = panel().getByLabelText("Input tokens");
    for (const typed of ["9e99", "0", "many", "1_000_001"]) {
      await user.clear(tokens);
      await user.type(tokens, typed);
      expect(tokens).toHaveValue(typed);
      expect(tokens).toHaveAccessibleDescription("From 1 to 1,000,000.");
    }
    await user.clear(tokens);
    await user.type(tokens, "1_000_000");
    expect(tokens).toHaveAccessibleDescription(/^Tried with 200,000/);
    await waitFor(() => {
      const sent = JSON.stringify(backend.inputs("dry_run").at(-1)?.request).length;
      expect(sent).toBeGreaterThan(700_000);
      expect(sent).toBeLessThan(1_048_576);
    });
    await user.clear(tokens);
    await user.type(tokens, "1840");
  });

  test("two tags at once become two, and what is none says so", async () => {
    const { user } = await open();
    const tags = panel().getByLabelText("Tags");
    await user.click(tags);
    await user.paste("team=a,feature=b");
    await user.keyboard("{Enter}");
    await user.click(panel().getByRole("button", { name: "Remove team=a" }));
    await user.click(panel().getByRole("button", { name: "Remove feature=b" }));
    await user.type(tags, "acme{Enter}");
    expect(tags).toHaveValue("acme");
    expect(tags).toHaveAccessibleDescription(
      "acme is no tag: write key=value, such as tenant=acme.",
    );
    await user.clear(tags);
    expect(tags).toHaveAccessibleDescription(/X-Modelux-User-Tags: tenant=acme/);
  });

  test("takes a recorded request as it was", async () => {
    const { user } = await open();
    await user.click(panel().getByRole("button", { name: "Use a recorded request" }));
    const list = await screen.findByRole("dialog", { name: "Last requests to this config" });
    await user.click(
      (await within(list).findAllByRole("button", { name: /^\d{3}/ }))[0] as HTMLElement,
    );
    expect(backend.inputs("list_logs").at(-1)).toMatchObject({ q: "config:production" });
    await waitFor(() =>
      expect(backend.inputs("dry_run").at(-1)?.request).toMatchObject({
        model: "@production",
        messages: [{ role: "system" }, { role: "user" }],
      }),
    );
    expect(panel().queryByLabelText("Input tokens")).toBeNull();
  });

  test("a draft with errors says that they come first", async () => {
    await open({ strategy: "fallback", attempts: ["openai/gpt-4p"], nonsense: 1 });
    expect(await panel().findByText(/Mend 1 error/)).toBeVisible();
  });
});
