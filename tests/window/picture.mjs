// The README's picture, from the real window: `node picture.mjs FILE`.
import OpenAI from "openai";
import { api, open, person, stage } from "./rig.mjs";

const on = await stage();
const window = await open(on);
try {
  const me = person(window.browser);
  const manage = await api(on.data);
  const { secret } = await manage.ask("/keys", { method: "POST", body: { name: "web-api" } });
  const client = new OpenAI({ apiKey: secret, baseURL: `${manage.base}/openai/v1`, maxRetries: 0 });
  await manage.ask("/configs", {
    method: "POST",
    body: { slug: "careful", document: { strategy: "fallback", attempts: [{ model: "sandbox/slow", timeout_ms: 400 }, "@production"], total_budget_ms: 4000 } },
  });
  const models = ["@production", "sandbox/smart", "@production", "@careful", "@production", "sandbox/json", "@production", "@production", "@careful"];
  const tags = { "X-Modelux-User-Tags": "tenant=acme,feature=summarize" };
  for (const model of models) {
    await client.chat.completions.create({ model, messages: [{ role: "user", content: `Say a word on ${model}` }] }, { headers: tags });
  }
  await me.click(me.link("Traffic"));
  await me.click(me.shown("//*[@role='row'][contains(., '@careful')]"));
  await me.sees("answered after");
  await me.photograph(process.argv[2] ?? "picture");
} finally {
  await window.browser.deleteSession().catch(() => {});
  await window.close();
  await on.strike();
}
