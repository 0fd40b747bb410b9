from modelux import Modelux

client = Modelux(
    base_url="{OPENAI}",
    api_key="{KEY}",
)
answer = client.chat.completions.create(
    model="{MODEL}",
    messages=[{"role": "user", "content": "{PROMPT}"}],
)
print(answer.choices[0].message.content, answer.modelux.model_used)
