import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";

const modelux = createOpenAI({
  baseURL: "{OPENAI}",
  apiKey: "{KEY}",
});
const { text } = await generateText({
  model: modelux("{MODEL}"),
  prompt: "{PROMPT}",
});
console.log(text);
