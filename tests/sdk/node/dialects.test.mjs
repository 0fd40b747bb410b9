// The official OpenAI and Anthropic SDKs through an upstream of each API.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { DIALECTS, refuses, says, start } from "./rig.mjs";

const messages = [{ role: "user", content: "Weather in Paris and Rome?" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const CALLS = [
  ["call_a", "weather", { city: "Paris" }],
  ["call_b", "weather", { city: "Rome" }],
];
const ERRORS = [
  [400, "BadRequestError", "invalid_request_error"],
  [401, "AuthenticationError", "authentication_error"],
  [403, "PermissionDeniedError", "permission_error"],
  [404, "NotFoundError", "not_found_error"],
  [429, "RateLimitError", "rate_limit_error"],
  [500, "InternalServerError", "api_error"],
];
let rig;
let openai;
let anthropic;

before(async () => {
  rig = await start();
  openai = rig.client();
  anthropic = rig.anthropic();
});
after(async () => assert.equal(await rig?.stop(), 0, "a normal stop ends with 0"));

for (const dialect of DIALECTS) {
  const script = (...replies) => rig.scriptFor(dialect, ...replies);
  const through = `through ${dialect}`;

  test(`chat, streamed with its helper, ${through}`, async () => {
    const tools = [{ type: "function", function: { name: "weather", parameters, strict: true } }];
    const model = await script(says("Rain in Paris.", CALLS));
    const whole = await openai.chat.completions.create({ model, messages, tools });
    const streamed = await openai.chat.completions
      .stream({ model, messages, tools, stream_options: { include_usage: true } })
      .finalChatCompletion();
    for (const { choices, usage } of [whole, streamed]) {
      const { content, tool_calls } = choices[0].message;
      assert.equal(content, "Rain in Paris.");
      assert.deepEqual(tool_calls.map(({ id, function: f }) => [id, f.name, JSON.parse(f.arguments)]), CALLS);
      assert.equal(choices[0].finish_reason, "tool_calls");
      assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details.cached_tokens], [9, 3, 4]);
    }
  });

  test(`responses, streamed with their helper, ${through}`, async () => {
    const tools = [{ type: "function", name: "weather", parameters, strict: true }];
    const model = await script(says("Rain in Paris.", CALLS));
    const whole = await openai.responses.create({ model, input: "Weather?", tools });
    const helper = openai.responses.stream({ model, input: "Weather?", tools });
    let deltas = "";
    helper.on("response.output_text.delta", ({ delta }) => {
      deltas += delta;
    });
    const streamed = await helper.finalResponse();
    assert.equal(deltas, "Rain in Paris.");
    for (const { status, output, usage } of [whole, streamed]) {
      assert.equal(status, "completed");
      assert.equal(output.find(({ type }) => type === "message").content[0].text, "Rain in Paris.");
      const calls = output.filter(({ type }) => type === "function_call");
      assert.deepEqual(calls.map(({ call_id, name, arguments: args }) => [call_id, name, JSON.parse(args)]), CALLS);
      assert.deepEqual([usage.input_tokens, usage.output_tokens, usage.input_tokens_details.cached_tokens], [9, 3, 4]);
    }
  });

  test(`structured output of both APIs, ${through}`, async () => {
    const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
    const model = await script(says('{"n": 42}'));
    const chat = await openai.chat.completions.parse({
      model, messages, response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } },
    });
    assert.deepEqual(JSON.parse(chat.choices[0].message.content), { n: 42 });
    const response = await openai.responses.parse({
      model, input: "A number", text: { format: { type: "json_schema", name: "answer", strict: true, schema } },
    });
    assert.deepEqual(JSON.parse(response.output_text), { n: 42 });
    for (const { json } of await rig.seen(model)) assert.match(JSON.stringify(json), /integer/);
  });

  test(`messages, streamed with their helper, ${through}`, async () => {
    const tools = [{ name: "weather", input_schema: parameters }];
    const model = await script(says("Rain in Paris.", CALLS, "Two cities."));
    const ask = { model, max_tokens: 4096, messages, tools, thinking: { type: "enabled", budget_tokens: 1024 } };
    const whole = await anthropic.messages.create(ask);
    const heard = { text: "", thinking: "", json: "" };
    const helper = anthropic.messages.stream(ask);
    helper.on("text", (delta) => { heard.text += delta; });
    helper.on("thinking", (delta) => { heard.thinking += delta; });
    helper.on("inputJson", (delta) => { heard.json += delta; });
    const streamed = await helper.finalMessage();
    assert.deepEqual([heard.text, heard.thinking], ["Rain in Paris.", "Two cities."]);
    assert.match(heard.json, /Paris.*Rome/s);
    for (const { content, stop_reason, usage } of [whole, streamed]) {
      assert.deepEqual(content.map(({ type }) => type), ["thinking", "text", "tool_use", "tool_use"]);
      assert.deepEqual(content.slice(2).map(({ id, name, input }) => [id, name, input]), CALLS);
      assert.equal(stop_reason, "tool_use");
      assert.deepEqual([usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens], [5, 4, 3]);
    }
  });

  test(`results of tools go back, ${through}`, async () => {
    const model = await script(says("", CALLS), says("Rain everywhere."));
    const tools = [{ name: "weather", input_schema: parameters }];
    const first = await anthropic.messages.create({ model, max_tokens: 64, messages, tools });
    const results = first.content.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "rain" }));
    const history = [...messages, { role: "assistant", content: first.content }, { role: "user", content: results }];
    const second = await anthropic.messages.create({ model, max_tokens: 64, messages: history, tools });
    assert.equal(second.content[0].text, "Rain everywhere.");
  });

  for (const [status, name, word] of ERRORS) {
    test(`an upstream's ${status} raises each SDK's own ${name}, ${through}`, async () => {
      const model = await script(refuses(status));
      const chat = openai.chat.completions.create({ model, messages });
      await assert.rejects(chat, (thrown) => thrown instanceof OpenAI[name] && thrown.message.includes(`scripted ${status}`));
      const response = openai.responses.create({ model: await script(refuses(status)), input: "hi", stream: true });
      await assert.rejects(response, (thrown) => thrown instanceof OpenAI[name] && thrown.message.includes(`scripted ${status}`));
      const message = anthropic.messages.create({ model: await script(refuses(status)), max_tokens: 64, messages });
      await assert.rejects(message, (thrown) => thrown instanceof Anthropic[name] && thrown.error.error.type === word);
    });
  }

  test(`tokens are counted, ${through}`, async () => {
    const counted = await anthropic.messages.countTokens({ model: await script(), messages });
    assert.ok(dialect === "messages" ? counted.input_tokens === 42 : counted.input_tokens > 4, JSON.stringify(counted));
  });

  test(`legacy completions, ${through}`, async () => {
    const model = await script(says("Once upon a time"));
    const answer = await openai.completions.create({ model, prompt: "Tell", max_tokens: 9 });
    assert.equal(answer.choices[0].text, "Once upon a time");
  });
}

test("embeddings", async () => {
  const answer = await openai.embeddings.create({ model: await rig.script(), input: ["a"], encoding_format: "float" });
  assert.deepEqual(answer.data[0].embedding, [0.25, -0.5, 1]);
});

test("the sandbox answers both SDKs", async () => {
  assert.ok((await openai.responses.create({ model: "@production", input: "hi" })).output_text);
  assert.ok(await anthropic.messages.stream({ model: "@production", max_tokens: 64, messages }).finalText());
});

test("models are listed for Anthropic's SDK", async () => {
  const ids = [];
  for await (const { id } of anthropic.models.list()) ids.push(id);
  assert.ok(ids.includes("@production"), ids.join());
});
