from anthropic import Anthropic

client = Anthropic(
    base_url="{ANTHROPIC}",
    api_key="{KEY}",
)
answer = client.messages.create(
    model="{MODEL}",
    max_tokens=1024,
    messages=[{"role": "user", "content": "{PROMPT}"}],
)
print(answer.content[0].text)
