export OPENAI_API_BASE={OPENAI}
export OPENAI_API_KEY={KEY}
aider --model openai/{MODEL}
