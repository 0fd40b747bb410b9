curl {OPENAI}/chat/completions \
  -H "Authorization: Bearer {KEY}" \
  -H "Content-Type: application/json" \
  -d '{"model": "{MODEL}", "messages": [{"role": "user", "content": "{PROMPT}"}]}'
