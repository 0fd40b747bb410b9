// The first run: what to paste, the first request, and where it can be seen.
import { expect, test } from "./rig.mjs";

test.use({ appKey: null });

test("one request sent from here turns step 2 green and leads to itself in Traffic", async ({ window, modelux }) => {
  await expect(window.getByRole("heading", { level: 1, name: "Get started" })).toBeVisible();
  const step = window.getByRole("listitem").filter({ has: window.getByRole("heading", { name: "See the first request" }) });
  await expect(step).toContainText("Waiting for a request on");
  await expect(step).not.toHaveClass(/is-done/);

  await step.getByRole("button", { name: "Send one now" }).click();

  await expect(step).toContainText("The first request arrived");
  await expect(step).toHaveClass(/is-done/);
  await expect(step).toContainText("Answer: ");
  const { data } = await modelux.manage("/logs");
  expect(data).toHaveLength(1);
  await step.getByRole("link", { name: "See it in Traffic" }).click();
  await expect(window).toHaveURL(new RegExp(`#/traffic/${data[0].id}$`));
  await expect(window.getByRole("complementary", { name: "Request detail" })).toContainText(data[0].id);
});

test("the snippet holds a key and an address that work, and whoever sends the first request is seen", async ({ window, modelux }) => {
  const code = window.getByRole("region", { name: "Python" });
  await expect(code).toContainText(`${modelux.origin}/openai/v1`);
  await expect(code).toContainText('model="@production"');
  const [key] = (await code.textContent()).match(/mlx_sk_\w{20,}/);
  for (const name of ["Node", "curl"]) {
    await window.getByRole("tab", { name, exact: true }).click();
    await expect(window.getByRole("region", { name, exact: true })).toContainText(key);
  }
  const { config } = await modelux.ask({ key });
  expect(config).toBe("production:1");
  await expect(window.getByText("The first request arrived")).toBeVisible();
});

test("Copy takes the snippet as it stands", async ({ window }) => {
  const shown = await window.getByRole("region", { name: "Python" }).textContent();
  await window.getByRole("button", { name: "Copy Python snippet" }).click();
  await expect.poll(() => window.evaluate(() => navigator.clipboard.readText())).toContain(shown.trim().split("\n")[0]);
});

test.describe("a window opened without its key, or with a wrong one", () => {
  test.use({ complaints: /status of 401/ });
  test("asks for it, and takes it", async ({ page, modelux }) => {
    for (const hash of ["", "#key=mlx_mk_wrong"]) {
      await page.goto(`${modelux.origin}/ui/${hash}`);
      await expect(page.getByRole("heading", { name: "This window needs a management key" })).toBeVisible();
    }
    await page.getByLabel("Management key").fill(modelux.window.split("#key=")[1]);
    await page.getByRole("button", { name: "Open Modelux" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Get started" })).toBeVisible();
  });
});
