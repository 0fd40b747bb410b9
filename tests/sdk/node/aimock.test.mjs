// Both SDKs through upstreams that are not ours: CopilotKit's aimock, which mocks each provider's own API.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { start } from "./rig.mjs";

const messages = [{ role: "user", content: "say hello" }];
const weather = [{ role: "user", content: "weather please" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
let mock;
let rig;

before(async () => {
  mock = new LLMock({ port: 0 });
  mock.onMessage("hello", { content: "Hello from a mock that is not ours." });
  mock.onMessage("weather", { toolCalls: [{ name: "weather", arguments: '{"city":"Paris"}' }] });
  await mock.start();
  const provider = (name, kind, base_url, model) => ({ name, kind, base_url, credential: { env: "UP_KEY" }, models: [{ name: model }] });
  rig = await start([
    provider("mock-openai", "openai", `${mock.url}/v1`, "gpt-4o"),
    provider("mock-codex", "openai", `${mock.url}/v1`, "gpt-5-codex"),
    provider("mock-anthropic", "anthropic", mock.url, "claude-sonnet-4-5"),
  ]);
});
after(async () => {
  assert.equal(await rig?.stop(), 0, "a normal stop ends with 0");
  await mock?.stop();
});

for (const model of ["mock-openai/gpt-4o", "mock-codex/gpt-5-codex", "mock-anthropic/claude-sonnet-4-5"]) {
  test(`${model} answers each API, whole and streamed`, async () => {
    const said = "Hello from a mock that is not ours.";
    const openai = rig.client();
    const anthropic = rig.anthropic();
    assert.equal((await openai.chat.completions.create({ model, messages })).choices[0].message.content, said);
    const chat = await openai.chat.completions.stream({ model, messages }).finalChatCompletion();
    assert.equal(chat.choices[0].message.content, said);
    assert.equal((await openai.responses.create({ model, input: messages })).output_text, said);
    const response = await openai.responses.stream({ model, input: messages }).finalResponse();
    assert.equal(response.output_text ?? response.output[0].content[0].text, said);
    assert.equal((await anthropic.messages.create({ model, max_tokens: 64, messages })).content[0].text, said);
    assert.equal(await anthropic.messages.stream({ model, max_tokens: 64, messages }).finalText(), said);
  });

  test(`${model} has its tools called by each API`, async () => {
    const tools = [{ type: "function", function: { name: "weather", parameters } }];
    const chat = await rig.client().chat.completions.stream({ model, messages: weather, tools }).finalChatCompletion();
    assert.equal(chat.choices[0].message.tool_calls[0].function.arguments, '{"city":"Paris"}');
    const flat = [{ type: "function", name: "weather", parameters, strict: false }];
    const response = await rig.client().responses.stream({ model, input: weather, tools: flat }).finalResponse();
    assert.equal(response.output.find(({ type }) => type === "function_call").arguments, '{"city":"Paris"}');
    const own = [{ name: "weather", input_schema: parameters }];
    const message = await rig.anthropic().messages.stream({ model, max_tokens: 64, messages: weather, tools: own }).finalMessage();
    assert.deepEqual(message.content.find(({ type }) => type === "tool_use").input, { city: "Paris" });
  });
}
