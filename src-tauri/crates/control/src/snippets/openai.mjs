import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "{OPENAI}",
  apiKey: "{KEY}",
});
const answer = await client.chat.completions.create({
  model: "{MODEL}",
  messages: [{ role: "user", content: "{PROMPT}" }],
});
console.log(answer.choices[0].message.content);
