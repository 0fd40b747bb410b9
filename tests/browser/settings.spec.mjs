// Settings take effect at once, and are there again.
import { readFile } from "node:fs/promises";
import { at, expect, freePort, go, test, toast } from "./rig.mjs";

const theme = (page) => page.locator("html");

test("the theme changes at once and stays", async ({ window, modelux }) => {
  await go(window, "/settings/appearance");
  const choice = window.getByRole("group", { name: "Theme" });
  for (const name of ["Dark", "Light", "Dark"]) {
    await choice.getByRole("button", { name, exact: true }).click();
    await expect(theme(window)).toHaveAttribute("data-theme", name.toLowerCase());
  }
  await window.reload();
  await expect(theme(window)).toHaveAttribute("data-theme", "dark");
  await expect.poll(async () => (await modelux.manage("/settings")).theme).toBe("dark");
});

test("with recording of bodies off, the next request has its figures but not its words", async ({ window, modelux }) => {
  await go(window, "/settings/recording");
  await window.getByRole("switch", { name: "Record what is said" }).click();
  await expect(toast(window, "Bodies are not recorded from now on")).toBeVisible();
  const { id } = await modelux.ask({ content: "Between us" });
  await expect.poll(async () => (await modelux.manage("/logs")).data.length).toBe(1);
  const log = await modelux.manage(`/logs/${id}`);
  expect(log.status).toBe(200);
  expect(log.request_body ?? null).toBeNull();
  expect(JSON.stringify(log)).not.toContain("Between us");
  await go(window, `/traffic/${id}`);
  await window.getByRole("tab", { name: "Request" }).click();
  await expect(window.getByRole("heading", { name: "Not recorded" })).toBeVisible();

  await go(window, "/settings/recording");
  await window.getByRole("switch", { name: "Record what is said" }).click();
  await expect.poll(async () => (await modelux.manage("/settings")).capture_content).toBe(true);
});

test("a shorter retention is asked first, because it removes what was recorded", async ({ window, modelux }) => {
  await go(window, "/settings/recording");
  const field = window.getByRole("textbox", { name: "Keep requests for" });
  await field.fill("10");
  await field.press("Enter");
  const dialog = window.getByRole("dialog", { name: "Keep requests for 10 days only" });
  await dialog.getByRole("button", { name: "Stay at 30 days" }).click();
  await expect(field).toHaveValue("30");
  await field.fill("10");
  await field.press("Enter");
  await dialog.getByRole("button", { name: "Keep 10 days" }).click();
  await expect.poll(async () => (await modelux.manage("/settings")).retention_days).toBe(10);
});

test.describe("another port", () => {
  // The address that the page came from is gone.
  test.use({ complaints: /net::ERR_/ });
  test("is taken up at once, and the window goes on there", async ({ window, modelux }) => {
    await go(window, "/settings");
    const port = await freePort();
    await window.getByRole("textbox", { name: "Port" }).fill(String(port));
    await expect(window.getByText(`http://127.0.0.1:${port}/openai/v1`)).toBeVisible();
    await window.getByRole("button", { name: `Use ${port}` }).click();
    const moved = at(`http://127.0.0.1:${port}`);
    await expect.poll(() => moved.ask().then(({ config }) => config, () => null)).toBe("production:1");
    await expect(window).toHaveURL(`http://127.0.0.1:${port}/ui/#/settings`);
    await expect(window.getByRole("region", { name: "Proxy" })).toContainText(`127.0.0.1:${port}`);
    await expect(window.getByRole("region", { name: "Proxy" })).toContainText("Proxy running");
    await expect(modelux.ask()).rejects.toThrow();
  });
});

test("a setup goes out as a file without keys and into another Modelux", async ({ window, modelux, another }) => {
  await modelux.save({ document: { strategy: "single", model: "sandbox/smart" }, message: "One model", base_version: 1 });
  await modelux.manage("/configs", { method: "POST", body: { slug: "cheap", document: { strategy: "single", model: "sandbox/fast" } } });
  await go(window, "/settings/setup");
  const download = window.waitForEvent("download");
  await window.getByRole("button", { name: "Export setup" }).click();
  const file = await (await download).path();
  const text = await readFile(file, "utf8");
  expect(JSON.parse(text).configs.map(({ slug }) => slug).sort()).toEqual(["cheap", "production"]);
  expect(text).not.toMatch(/mlx_[sm]k_/);

  await window.goto(another.window);
  await expect(window.getByRole("heading", { level: 1 })).toBeVisible();
  await go(window, "/settings/setup");
  await window.getByLabel("Setup file to import").setInputFiles({ name: "setup.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await expect(window.getByRole("group", { name: "setup.json" })).toContainText("@cheap");
  await window.getByRole("button", { name: "Import this setup" }).click();
  await expect(window.getByText("The setup was imported")).toBeVisible();
  expect((await another.ask({ model: "@cheap" })).config).toBe("cheap:1");
  expect((await another.ask()).config).toBe("production:2");
});

test("the proxy is paused and resumed from the foot of the sidebar", async ({ window, modelux }) => {
  await window.getByRole("button", { name: "Pause proxy" }).click();
  await expect(window.getByRole("region", { name: "Proxy" })).toContainText("Proxy paused");
  await expect(modelux.ask()).rejects.toMatchObject({ status: 503 });
  await window.getByRole("region", { name: "Proxy" }).getByRole("button", { name: "Resume proxy" }).click();
  await expect(window.getByRole("region", { name: "Proxy" })).toContainText("Proxy running");
  expect((await modelux.ask()).config).toBe("production:1");
});
