// What happened to a request.
import { expect, go, test } from "./rig.mjs";

const rows = (page) => page.getByRole("grid", { name: "Requests" }).locator("[role=row][aria-selected]");
const detail = (page) => page.getByRole("complementary", { name: "Request detail" });
const recorded = (modelux, count) => expect.poll(async () => (await modelux.manage("/status")).recorded_requests).toBe(count);

test("a request stands in the list as soon as it was answered, without a reload", async ({ window, modelux }) => {
  await go(window, "/traffic");
  await expect(window.getByRole("heading", { name: "No requests yet" })).toBeVisible();
  await window.evaluate(() => {
    globalThis.stillHere = true;
  });
  await modelux.ask({ model: "sandbox/fast" });
  await expect(rows(window)).toHaveCount(1);
  await expect(rows(window).first()).toContainText("200");
  await modelux.ask();
  await expect(rows(window)).toHaveCount(2);
  await expect(rows(window).first()).toContainText("@production v1");
  expect(await window.evaluate(() => globalThis.stillHere)).toBe(true);
});

test("paused, the list stands still and says how many came", async ({ window, modelux }) => {
  await modelux.ask();
  await go(window, "/traffic");
  await expect(rows(window)).toHaveCount(1);
  await window.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(window.getByText("Paused", { exact: true })).toBeVisible();
  await modelux.ask();
  await modelux.ask();
  const fresh = window.getByRole("button", { name: "2 new" });
  await expect(fresh).toBeVisible();
  await expect(rows(window)).toHaveCount(1);
  await fresh.click();
  await expect(rows(window)).toHaveCount(3);
  await expect(window.getByText("Live", { exact: true })).toBeVisible();
});

test("the keyboard goes through the list: j, k, Enter, Esc, Space and /", async ({ window, modelux }) => {
  const first = await modelux.ask({ model: "sandbox/fast" });
  await recorded(modelux, 1);
  const second = await modelux.ask({ model: "sandbox/smart" });
  await go(window, "/traffic");
  await expect(rows(window)).toHaveCount(2);
  await window.keyboard.press("Enter");
  await expect(detail(window)).toContainText(second.id);
  await window.keyboard.press("j");
  await expect(detail(window)).toContainText(first.id);
  await expect(rows(window).nth(1)).toHaveAttribute("aria-selected", "true");
  await window.keyboard.press("k");
  await expect(detail(window)).toContainText(second.id);
  await window.keyboard.press("Escape");
  await expect(detail(window)).toHaveCount(0);
  await window.keyboard.press(" ");
  await expect(window.getByText("Paused", { exact: true })).toBeVisible();
  await window.keyboard.press("/");
  await expect(window.getByRole("combobox", { name: "Filter" })).toBeFocused();
});

test("a filter narrows the list, completes its terms, and says which one finds nothing", async ({ window, modelux }) => {
  await modelux.ask({ model: "sandbox/fast" });
  await modelux.ask({ model: "sandbox/smart" });
  await go(window, "/traffic");
  await expect(rows(window)).toHaveCount(2);
  const filter = window.getByRole("combobox", { name: "Filter" });
  await filter.pressSequentially("model:sm");
  await window.getByRole("option", { name: "model:smart" }).click();
  await expect(rows(window)).toHaveCount(1);
  await expect(rows(window)).toContainText("smart");
  await expect(window.getByText("1 match", { exact: true })).toBeVisible();
  await filter.fill("model:smart status:error");
  await expect(window.getByRole("heading", { name: "No request matches both terms" })).toBeVisible();
  await window.getByRole("button", { name: "Drop status:error" }).click();
  await expect(rows(window)).toHaveCount(1);
});

test.describe("a filter that cannot be read", () => {
  test.use({ complaints: /400/ });
  test("is marked under its characters", async ({ window, modelux }) => {
    await modelux.ask();
    await go(window, "/traffic");
    await window.getByRole("combobox", { name: "Filter" }).fill("status:200 colour:red");
    const fault = window.locator(".filter-fault");
    await expect(fault).toContainText('no field "colour"');
    const wrong = window.locator(".query-ink span", { hasText: "colour" });
    const mark = fault.locator(".filter-mark");
    await expect(mark).toHaveText("^".repeat("colour:red".length));
    const [under, above] = [await mark.boundingBox(), await wrong.boundingBox()];
    expect(Math.abs(under.x - above.x)).toBeLessThan(3);
    expect(under.y).toBeGreaterThanOrEqual(above.y + above.height - 1);
  });
});

test("a fallback shows both attempts in its waterfall, what was sent and what came back", async ({ window, modelux }) => {
  // The sandbox's flaky model answers 429 on every third call.
  for (const n of [1, 2, 3]) await modelux.ask({ content: `Call number ${n}` });
  await recorded(modelux, 3);
  const { data } = await modelux.manage("/logs?q=attempts%3E1");
  expect(data).toHaveLength(1);
  await go(window, `/traffic/${data[0].id}`);
  const attempts = detail(window).getByRole("list", { name: "Attempts" }).getByRole("listitem");
  await expect(attempts).toHaveCount(2);
  await expect(attempts.nth(0)).toContainText(/flaky.*429 after \d+ ms/s);
  await expect(attempts.nth(1)).toContainText(/fast.*200 after \d+ ms/s);
  await expect(detail(window)).toContainText(/Attempt 2 answered/);

  await detail(window).getByRole("tab", { name: "Request" }).click();
  await expect(detail(window)).toContainText("Call number 3");
  await detail(window).getByRole("tab", { name: "Response" }).click();
  await expect(detail(window)).toContainText('"chat.completion"');

  await detail(window).getByRole("button", { name: "Copy as curl" }).click();
  await expect.poll(() => window.evaluate(() => navigator.clipboard.readText())).toMatch(/^curl /);
  const curl = await window.evaluate(() => navigator.clipboard.readText());
  expect(curl).toContain(`${modelux.origin}/openai/v1/chat/completions`);
  expect(curl).toContain("Call number 3");
  expect(curl).not.toContain("mlx_sk_test");
});

test("a streamed answer is shown joined and as it came", async ({ window, modelux }) => {
  const said = await modelux.stream({ model: "sandbox/smart" });
  await recorded(modelux, 1);
  await go(window, "/traffic");
  await rows(window).first().click();
  await detail(window).getByRole("tab", { name: "Response" }).click();
  await expect(detail(window).locator(".body-text")).toContainText(said.slice(0, 40));
  await detail(window).getByRole("button", { name: "Raw" }).click();
  await expect(detail(window).locator(".body-text")).toContainText("data: {");
});
