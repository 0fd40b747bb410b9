from openai import OpenAI

client = OpenAI(
    base_url="{OPENAI}",
    api_key="{KEY}",
)
answer = client.responses.create(
    model="{MODEL}",
    input="{PROMPT}",
)
print(answer.output_text)
