import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  baseURL: "{ANTHROPIC}",
  apiKey: "{KEY}",
});
const answer = await client.messages.create({
  model: "{MODEL}",
  max_tokens: 1024,
  messages: [{ role: "user", content: "{PROMPT}" }],
});
console.log(answer.content[0].text);
