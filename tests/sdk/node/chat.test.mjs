// The official Node SDK, with nothing changed but base URL, key and model name.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { chunk, completion, done, error, reply, start, stream } from "./rig.mjs";

const messages = [{ role: "user", content: "What is the capital of France?" }];
const weather = {
  type: "function",
  function: {
    name: "get_weather", description: "Weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
let rig;
let client;

before(async () => {
  rig = await start();
  client = rig.client();
});
after(async () => assert.equal(await rig?.stop(), 0, "a normal stop ends with 0"));

test("a chat through a config on the sandbox", async () => {
  const answer = await client.chat.completions.create({ model: "@production", messages });
  assert.ok(answer.choices[0].message.content);
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.ok(answer.usage.total_tokens > 0);
});

test("a stream through a config on the sandbox", async () => {
  let said = "";
  let finish;
  for await (const part of await client.chat.completions.create({ model: "@production", messages, stream: true })) {
    said += part.choices[0].delta.content ?? "";
    finish = part.choices[0].finish_reason ?? finish;
  }
  assert.ok(said);
  assert.equal(finish, "stop");
});

test("the stream helper joins what the stream said", async () => {
  const runner = client.chat.completions.stream({ model: "@production", messages });
  const deltas = [];
  runner.on("content", (delta) => deltas.push(delta));
  assert.equal((await runner.finalChatCompletion()).choices[0].message.content, deltas.join(""));
  assert.ok(deltas.length > 0);
});

test("tools are called by the sandbox", async () => {
  const answer = await client.chat.completions.create({ model: "@production", messages, tools: [weather], tool_choice: "required" });
  const [call] = answer.choices[0].message.tool_calls;
  assert.equal(call.function.name, "get_weather");
  assert.equal(typeof JSON.parse(call.function.arguments), "object");
});

test("streamed tool calls of an upstream arrive whole", async () => {
  const first = { index: 0, id: "call_1", type: "function", function: { name: "get_weather", arguments: "" } };
  const more = (args) => chunk({ tool_calls: [{ index: 0, function: { arguments: args } }] });
  const model = await rig.script(
    stream(chunk({ role: "assistant", content: null }), chunk({ tool_calls: [first] }), more('{"ci'), more('ty":"Paris"}'), chunk({}, "tool_calls"), ...done),
  );
  const final = await client.chat.completions.stream({ model, messages, tools: [weather] }).finalChatCompletion();
  assert.equal(final.choices[0].message.tool_calls[0].function.arguments, '{"city":"Paris"}');
  assert.deepEqual((await rig.seen(model))[0].json.tools, [weather]);
});

test("json mode gives json", async () => {
  const answer = await client.chat.completions.create({ model: "@json", messages, response_format: { type: "json_object" } });
  assert.equal(typeof JSON.parse(answer.choices[0].message.content), "object");
});

test("a json schema reaches the upstream as it is", async () => {
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
  const response_format = { type: "json_schema", json_schema: { name: "answer", strict: true, schema } };
  const model = await rig.script(reply(200, completion('{"n":42}')));
  const answer = await client.chat.completions.parse({ model, messages, response_format });
  assert.equal(answer.choices[0].message.content, '{"n":42}');
  assert.deepEqual((await rig.seen(model))[0].json.response_format, response_format);
});

for (const [status, type] of [
  [400, OpenAI.BadRequestError],
  [401, OpenAI.AuthenticationError],
  [403, OpenAI.PermissionDeniedError],
  [404, OpenAI.NotFoundError],
  [422, OpenAI.UnprocessableEntityError],
  [429, OpenAI.RateLimitError],
  [500, OpenAI.InternalServerError],
]) {
  test(`an upstream's own ${status} raises its typed exception`, async () => {
    const model = await rig.script(error(status));
    await assert.rejects(client.chat.completions.create({ model, messages }), (thrown) => {
      assert.ok(thrown instanceof type, thrown.constructor.name);
      assert.equal(thrown.status, status);
      assert.equal(thrown.code, "its_code");
      assert.match(thrown.message, new RegExp(`scripted ${status}`));
      assert.match(thrown.headers.get("x-modelux-request-id"), /^req_/);
      return true;
    });
  });
}

test("our own errors raise typed exceptions too", async () => {
  const ask = (model, options) => rig.client(options).chat.completions.create({ model, messages });
  await assert.rejects(ask("@producton"), (thrown) => thrown instanceof OpenAI.NotFoundError && thrown.message.includes("@production"));
  await assert.rejects(ask("no-such-model-anywhere"), OpenAI.BadRequestError);
  await assert.rejects(ask("@production", { apiKey: "mlx_sk_wrong" }), OpenAI.AuthenticationError);
});

test("the sdk retries a 429 as told", async () => {
  const model = await rig.script(error(429, { "retry-after-ms": "1" }), reply(200, completion("second")));
  const answer = await rig.client({ maxRetries: 2 }).chat.completions.create({ model, messages });
  assert.equal(answer.choices[0].message.content, "second");
});

test("an error in the middle of a stream is thrown, not swallowed", async () => {
  const model = await rig.script(stream(chunk({ role: "assistant", content: "half" }), { do: "reset" }));
  const said = [];
  await assert.rejects(async () => {
    for await (const part of await client.chat.completions.create({ model, messages, stream: true })) {
      said.push(part.choices[0].delta.content);
    }
  }, OpenAI.APIError);
  assert.deepEqual(said, ["half"]);
});

test("models are listed and retrieved", async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  for (const id of ["@production", "sandbox/fast", "up/m0"]) assert.ok(ids.includes(id), `${id} in ${ids}`);
  assert.equal((await client.models.retrieve("@production")).id, "@production");
  await assert.rejects(client.models.retrieve("@nothing"), OpenAI.NotFoundError);
});

test("raw responses show our headers", async () => {
  const { data, response } = await client.chat.completions.create({ model: "@production", messages }).withResponse();
  assert.equal(response.headers.get("x-modelux-config"), "production:1");
  assert.equal(response.headers.get("x-modelux-provider-used"), "sandbox");
  assert.equal(response.headers.get("x-modelux-model-used"), "fast");
  assert.match(response.headers.get("x-modelux-request-id"), /^req_/);
  assert.ok(data.choices[0].message.content);
});

test("a stream that is aborted cancels the upstream", async () => {
  const model = await rig.script(stream(chunk({ role: "assistant", content: "first" }), { do: "hang" }));
  const { data, response } = await client.chat.completions.create({ model, messages, stream: true }).withResponse();
  for await (const part of data) {
    assert.equal(part.choices[0].delta.content, "first");
    break;
  }
  data.controller.abort();
  await rig.hungUp(model);
  assert.equal((await rig.log(response.headers.get("x-modelux-request-id"))).status, 499);
});

test("events arrive while the upstream is still talking", async () => {
  const model = await rig.script(
    stream(chunk({ role: "assistant", content: "one" }), { do: "wait", gate: "node" }, chunk({ content: "two" }), chunk({}, "stop"), ...done),
  );
  const said = [];
  for await (const part of await client.chat.completions.create({ model, messages, stream: true })) {
    said.push(part.choices[0].delta.content);
    if (said.length === 1) await rig.release("node");
  }
  assert.deepEqual(said, ["one", "two", undefined]);
});
