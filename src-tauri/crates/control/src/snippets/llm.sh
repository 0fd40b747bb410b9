llm keys set modelux --value {KEY}
cat >> "$(dirname "$(llm logs path)")/extra-openai-models.yaml" <<'EOF'
- model_id: modelux
  model_name: "{MODEL}"
  api_base: "{OPENAI}"
  api_key_name: modelux
EOF
llm -m modelux "{PROMPT}"
