// Everything can be reached from the palette.
import { expect, test } from "./rig.mjs";

async function open(page, typed) {
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Command palette" });
  await palette.getByRole("combobox").fill(typed);
  return palette;
}

test("Ctrl+K reaches every section", async ({ window }) => {
  for (const name of ["Configs", "Traffic", "Providers", "Apps", "Settings", "Get started"]) {
    const palette = await open(window, name);
    await palette.getByRole("option", { name: new RegExp(`^${name}`) }).first().click();
    await expect(palette).toHaveCount(0);
    await expect(window.getByRole("heading", { level: 1, name })).toBeVisible();
  }
});

test("Ctrl+K opens a config by its name, and Enter takes the first", async ({ window }) => {
  await open(window, "@prod");
  await window.keyboard.press("Enter");
  await expect(window.getByRole("heading", { level: 1, name: "@production" })).toBeVisible();
});

test("what a page offers stands in the palette: rolling back", async ({ window, modelux }) => {
  await modelux.save({ document: { strategy: "single", model: "sandbox/smart" }, base_version: 1 });
  await open(window, "@prod");
  await window.keyboard.press("Enter");
  await expect(window.getByText("v2 active")).toBeVisible();
  const palette = await open(window, "roll back");
  await palette.getByRole("option", { name: /Roll back to v1/ }).click();
  await expect(window.getByText("v1 active")).toBeVisible();
  expect(await modelux.active()).toBe(1);
});

test("Esc closes it and the theme can be changed from it", async ({ window }) => {
  const palette = await open(window, "dark theme");
  await window.keyboard.press("Escape");
  await expect(palette).toHaveCount(0);
  await open(window, "dark theme");
  await window.keyboard.press("Enter");
  await expect(window.locator("html")).toHaveAttribute("data-theme", "dark");
});
