// Strategies that hold answers back, climb and block, as the official Node SDK sees them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { chunk, completion, done, reply, start, stream } from "./rig.mjs";

const messages = [{ role: "user", content: "What is the capital of France?" }];
const tools = [{ type: "function", function: { name: "get_weather", parameters: { type: "object" } } }];
const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } };
let rig;
let client;

before(async () => {
  rig = await start();
  client = rig.client();
});
after(async () => assert.equal(await rig?.stop(), 0, "a normal stop ends with 0"));

test("a streamed ensemble keeps the sdk waiting and then is one stream", async () => {
  const behind = (...steps) => stream(chunk({ role: "assistant", content: "" }), { do: "wait", gate: "vote" }, ...steps);
  const finish = [chunk({}, "stop"), ...done];
  await rig.perform("member-1", behind(chunk({ content: "forty" }), chunk({ content: "-two" }), ...finish));
  await rig.perform("member-2", behind(chunk({ content: "FORTY-two" }), ...finish));
  await rig.perform("member-3", [{ do: "hang" }]);
  const parts = await client.chat.completions.create({ model: "@vote", messages, stream: true });
  // The head is here, and nobody has voted yet.
  await rig.release("vote");
  let said = "";
  for await (const part of parts) said += part.choices[0].delta.content ?? "";
  assert.equal(said, "forty-two");
  await rig.hungUp("up/member-3");
});

test("tools go through a cascade", async () => {
  const message = { role: "assistant", content: null, tool_calls: [call] };
  await rig.perform("step-1", reply(200, completion("I would rather talk")));
  await rig.perform("step-2", reply(200, { ...completion(null), choices: [{ index: 0, message, finish_reason: "tool_calls" }] }));
  const answer = await client.chat.completions.create({ model: "@climb", messages, tools });
  assert.deepEqual(answer.choices[0].message.tool_calls, [call]);
  assert.deepEqual((await rig.seen("up/step-1"))[0].json.tools, tools);
});

test("a streamed cascade streams its last step", async () => {
  await rig.perform("step-1", stream(chunk({ content: "I would rather talk" }), chunk({}, "stop"), ...done));
  await rig.perform("step-2", stream(chunk({ role: "assistant", tool_calls: [{ index: 0, ...call }] }), chunk({}, "tool_calls"), ...done));
  const final = await client.chat.completions.stream({ model: "@climb", messages, tools }).finalChatCompletion();
  assert.equal(final.choices[0].message.tool_calls[0].function.arguments, '{"city":"Paris"}');
});

test("a block throws permission denied", async () => {
  const blocked = client.chat.completions.create({ model: "@guarded", messages, "mlx:tags": { tenant: "blocked" } });
  await assert.rejects(blocked, (thrown) => {
    assert.ok(thrown instanceof OpenAI.PermissionDeniedError, `${thrown}`);
    assert.deepEqual([thrown.status, thrown.type, thrown.error.rule.line], [403, "blocked_by_rule", 1]);
    return true;
  });
  assert.ok((await client.chat.completions.create({ model: "@guarded", messages })).choices[0].message.content);
});
