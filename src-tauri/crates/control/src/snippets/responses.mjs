import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "{OPENAI}",
  apiKey: "{KEY}",
});
const answer = await client.responses.create({
  model: "{MODEL}",
  input: "{PROMPT}",
});
console.log(answer.output_text);
