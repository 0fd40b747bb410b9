// Who may call: a key is shown once, works, and ends.
import { expect, go, test } from "./rig.mjs";

test("a key is shown once, works at once, turns the wait green, and is refused when revoked", async ({ window, modelux }) => {
  await go(window, "/apps");
  await window.getByRole("button", { name: "Make a key" }).first().click();
  const form = window.getByRole("complementary", { name: "Make a key" });
  await form.getByRole("textbox", { name: "App" }).fill("shop");
  await form.getByRole("textbox", { name: "Default tags" }).fill("team=shop");
  await form.getByRole("button", { name: "Make a key" }).click();

  const panel = window.getByRole("complementary", { name: "Key of shop" });
  const key = await panel.locator(".secret code").textContent();
  expect(key).toMatch(/^mlx_sk_\w+$/);
  await expect(panel.getByRole("region", { name: "Python" })).toContainText(key);
  await expect(panel.getByText("Waiting for the first request of shop")).toBeVisible();
  const { id } = await modelux.ask({ key });
  await expect(panel.getByText("The first request of shop came in")).toBeVisible();
  await expect(panel.getByRole("link", { name: "See it in Traffic" })).toHaveAttribute("href", new RegExp(id));
  expect(await modelux.manage(`/logs/${id}`)).toMatchObject({ app: "shop", tags: { team: "shop" } });

  await panel.getByRole("button", { name: "I have copied it" }).click();
  await expect(window.getByRole("row", { name: /^shop/ })).toBeVisible();
  expect(await window.content()).not.toContain(key);
  expect(JSON.stringify(await modelux.manage("/keys"))).not.toContain(key);

  await window.getByRole("button", { name: "Revoke key of shop" }).click();
  await window.getByRole("dialog").getByRole("button", { name: "Revoke key of shop" }).click();
  await expect(window.getByRole("row", { name: /^shop/ })).toHaveCount(0);
  await expect(modelux.ask({ key })).rejects.toMatchObject({ status: 401 });
  await window.getByRole("button", { name: "1 revoked or expired" }).click();
  await expect(window.getByRole("row", { name: /^shop.*revoked$/ })).toBeVisible();
});

test("a key for one config opens no other", async ({ window, modelux }) => {
  await modelux.manage("/configs", { method: "POST", body: { slug: "other", document: { strategy: "single", model: "sandbox/fast" } } });
  await go(window, "/apps");
  await window.getByRole("button", { name: "Make a key" }).first().click();
  const form = window.getByRole("complementary", { name: "Make a key" });
  await form.getByRole("textbox", { name: "App" }).fill("shop");
  await form.getByRole("checkbox", { name: "@other" }).check();
  await form.getByRole("button", { name: "Make a key" }).click();
  const key = await window.locator(".secret code").textContent();
  expect((await modelux.ask({ key, model: "@other" })).config).toBe("other:1");
  await expect(modelux.ask({ key })).rejects.toMatchObject({ status: 403 });
});
