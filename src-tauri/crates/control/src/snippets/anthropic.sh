curl {ANTHROPIC}/v1/messages \
  -H "x-api-key: {KEY}" \
  -H "anthropic-version: 2023-06-01" \
  -H "Content-Type: application/json" \
  -d '{"model": "{MODEL}", "max_tokens": 1024, "messages": [{"role": "user", "content": "{PROMPT}"}]}'
