// Every screen in both themes: nothing serious for axe, nothing on the console, and a photograph.
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { ARTEFACTS, expect, go, test as plain, replaceWord, serve } from "./rig.mjs";

/** One instance with some history for all screens: none of them changes anything. */
const test = plain.extend({
  lived: [
    async ({}, use) => {
      const modelux = await serve();
      await use({ ...modelux, ...(await live(modelux)) });
      await modelux.stop();
    },
    { scope: "worker" },
  ],
  modelux: async ({ lived }, use) => use(lived),
});

const RULES = `# Approved models only
if tenant == "enterprise" then use @production
else if request.input_tokens > 32_000 then use sandbox/smart
else use @cheap
`;

const heading = (name) => (page) => expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
const shows = (text) => (page) => expect(page.getByText(text).first()).toBeVisible();

/** name, address, what shows that it is there, and what is done there before it is looked at. */
const SCREENS = [
  { name: "start", path: "/start", ready: shows("What @production does") },
  { name: "configs", path: "/configs", ready: heading("Configs") },
  { name: "config-new", path: "/configs/_new", ready: shows("Single model") },
  { name: "config-form", path: "/configs/production/form", ready: shows("Try a request") },
  { name: "config-form-ensemble", path: "/configs/agreed/form", ready: shows("Majority vote") },
  { name: "config-form-rules", path: "/configs/router/form", ready: shows("The first rule that matches") },
  { name: "config-rules", path: "/configs/router/source", ready: shows("Decision tree") },
  { name: "config-rules-problem", path: "/configs/router/source", act: mistype, ready: shows("unknown variable") },
  { name: "config-source", path: "/configs/production/source", ready: shows("No problems") },
  { name: "config-problem", path: "/configs/production/source", act: (page) => replaceWord(page, "flaky", "smrt"), ready: shows("unknown model") },
  { name: "config-save", path: "/configs/production/source", act: openSave, ready: shows("Save as v4") },
  { name: "config-versions", path: "/configs/production/versions", ready: shows("Ask the smart one first") },
  { name: "traffic", path: "/traffic", ready: shows("sandbox") },
  { name: "traffic-detail", path: ({ fallback }) => `/traffic/${fallback}`, ready: shows("429 after") },
  { name: "traffic-response", path: ({ fallback }) => `/traffic/${fallback}`, act: tab("Response"), ready: shows("chat.completion") },
  { name: "traffic-nothing", path: "/traffic", act: filter("model:smart status:error"), ready: shows("No request matches both terms") },
  { name: "providers", path: "/providers", ready: shows("Sandbox") },
  { name: "provider-new", path: "/providers/_new", ready: shows("and verify") },
  { name: "apps", path: "/apps", ready: shows("web-api") },
  { name: "app-new", path: "/apps", act: press("Make a key"), ready: shows("Requests a minute") },
  { name: "settings", path: "/settings", ready: shows("Largest request") },
  { name: "palette", path: "/configs", act: (page) => page.keyboard.press("Control+k"), ready: shows("This page") },
];

for (const scheme of ["light", "dark"]) {
  for (const screen of SCREENS) {
    test.describe(scheme, () => {
      test.use({ colorScheme: scheme });
      test(`${screen.name} has no serious fault`, async ({ window, lived }) => {
        await go(window, typeof screen.path === "function" ? screen.path(lived) : screen.path);
        await screen.act?.(window);
        await screen.ready(window);
        await expect(window.locator("html")).toHaveAttribute("data-theme", scheme);
        await settled(window);
        await window.screenshot({ path: join(ARTEFACTS, `${screen.name}-${scheme}.png`) });
        const { violations } = await new AxeBuilder({ page: window }).analyze();
        expect(violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(said)).toEqual([]);
      });
    });
  }
}

/** Once every animation that ends has ended. */
function settled(page) {
  return page.evaluate(() => {
    const ending = document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

const said = ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`;

/** Some history, so that no screen is empty. */
async function live(modelux) {
  const { manage, save, ask, stream } = modelux;
  await manage("/keys", { method: "POST", body: { name: "web-api", default_tags: { team: "shop" }, per_minute: 600 } });
  await manage("/configs", { method: "POST", body: { slug: "cheap", document: { strategy: "single", model: "sandbox/fast" } } });
  await save({ document: { strategy: "fallback", attempts: ["sandbox/smart", "sandbox/fast"] }, message: "Ask the smart one first", base_version: 1 });
  const document = { strategy: "fallback", attempts: ["sandbox/flaky", { model: "sandbox/smart", timeout_ms: 4000 }, "@cheap"] };
  await save({ document, message: "Cheap as the last way", base_version: 2 });
  const members = ["sandbox/fast", "sandbox/fast", "sandbox/smart"].map((model) => ({ model }));
  await manage("/configs", { method: "POST", body: { slug: "agreed", document: { strategy: "ensemble", aggregation: "majority_vote", members } } });
  await manage("/configs", { method: "POST", body: { slug: "router", document: { strategy: "custom_rules", rules: RULES } } });
  for (const content of ["Hello", "Name three rivers", "And three lakes"]) await ask({ content });
  await stream({ model: "sandbox/smart", content: "Tell a story" });
  await ask({ model: "@cheap", content: "Short, please" });
  await ask({ model: "nobody/nothing" }).catch(() => {});
  await expect.poll(async () => (await manage("/status")).recorded_requests).toBe(6);
  const { data } = await manage("/logs?q=attempts%3E1");
  return { fallback: data[0].id };
}

/** Once the program's warning is there: it moves the lines below it. */
async function mistype(page) {
  await expect(page.locator(".ed-problem", { hasText: "tenant" })).toBeVisible();
  await replaceWord(page, "input_tokens", "input_token");
}

async function openSave(page) {
  await replaceWord(page, "smart", "json");
  await page.getByRole("button", { name: "Save version" }).click();
}

function tab(name) {
  return (page) => page.getByRole("tab", { name }).click();
}

function press(name) {
  return (page) => page.getByRole("button", { name }).first().click();
}

function filter(text) {
  return (page) => page.getByRole("combobox", { name: "Filter" }).fill(text);
}
