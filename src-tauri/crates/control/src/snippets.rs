//! What to paste for a first request: one text per client, with address, key and model written in.

use secrecy::ExposeSecret;

use crate::{
    Caller, Control, Error,
    api::status::{SendTest, SentTest, Snippet, Snippets, SnippetsFor},
    first_run::FIRST_APP,
};

const PLACEHOLDER: &str = "mlx_sk_…";
const MODEL: &str = "@production";
const PROMPT: &str = "Say hello in five words.";

impl Control {
    /// Snippets with a key that works, where there is one to show: the one given, or the one that the first run made.
    ///
    /// # Errors
    /// None.
    pub async fn get_snippets(&self, _: &Caller, input: SnippetsFor) -> Result<Snippets, Error> {
        let made = self.first_keys.app.as_ref().map(|key| key.expose_secret().to_owned());
        let key = input.key.or(made).unwrap_or_else(|| PLACEHOLDER.to_owned());
        let model = input.model.unwrap_or_else(|| MODEL.to_owned());
        let (openai, anthropic) = (format!("{}/openai/v1", self.base()), format!("{}/anthropic", self.base()));
        let snippets = snippets(&openai, &anthropic, &key, &model);
        Ok(Snippets { app: FIRST_APP.to_owned(), snippets, openai_base_url: openai, anthropic_base_url: anthropic })
    }

    /// Sends a first request through the proxy itself, as an app would.
    ///
    /// # Errors
    /// `internal`, where the proxy does not listen. What it answers is no error of the call.
    pub async fn send_test(&self, _: &Caller, input: SendTest) -> Result<SentTest, Error> {
        let model = input.model.as_deref().unwrap_or(MODEL);
        let prompt = input.prompt.as_deref().unwrap_or(PROMPT);
        let body = serde_json::json!({ "model": model, "messages": [{ "role": "user", "content": prompt }] });
        self.live.send_test(self.test_key.expose_secret(), &body).await
    }
}

/// A client: id, title, group, language for highlighting, text. Each text is run by a test where its client can be.
type Client = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Those without a group come first and are always in sight.
const CLIENTS: [Client; 17] = [
    ("python", "Python", "", "python", include_str!("snippets/openai.py")),
    ("node", "Node", "", "typescript", include_str!("snippets/openai.mjs")),
    ("curl", "curl", "", "shell", include_str!("snippets/curl.sh")),
    ("env", "Environment", "Both SDKs", "shell", include_str!("snippets/env.sh")),
    ("claude-code", "Claude Code", "Coding agents", "shell", include_str!("snippets/claude-code.sh")),
    ("codex", "Codex", "Coding agents", "toml", include_str!("snippets/codex.toml")),
    ("aider", "aider", "Coding agents", "shell", include_str!("snippets/aider.sh")),
    ("continue", "Continue", "Coding agents", "yaml", include_str!("snippets/continue.yaml")),
    ("responses-python", "Responses, Python", "OpenAI", "python", include_str!("snippets/responses.py")),
    ("responses-node", "Responses, Node", "OpenAI", "typescript", include_str!("snippets/responses.mjs")),
    ("anthropic-python", "Python", "Anthropic", "python", include_str!("snippets/anthropic.py")),
    ("anthropic-node", "Node", "Anthropic", "typescript", include_str!("snippets/anthropic.mjs")),
    ("anthropic-curl", "curl", "Anthropic", "shell", include_str!("snippets/anthropic.sh")),
    ("langchain", "LangChain", "Libraries", "python", include_str!("snippets/langchain.py")),
    ("vercel-ai", "Vercel AI SDK", "Libraries", "typescript", include_str!("snippets/vercel-ai.mjs")),
    ("llm", "llm", "Libraries", "shell", include_str!("snippets/llm.sh")),
    ("modelux-python", "modelux for Python", "Libraries", "python", include_str!("snippets/modelux.py")),
];

fn snippets(openai: &str, anthropic: &str, key: &str, model: &str) -> Vec<Snippet> {
    // The key last: whatever stands in it is not read again.
    let written = |text: &str| {
        let text = text.replace("{OPENAI}", openai).replace("{ANTHROPIC}", anthropic).replace("{PROMPT}", PROMPT);
        text.replace("{MODEL}", model).replace("{KEY}", key)
    };
    let snippet = |(id, title, group, language, text): Client| Snippet {
        id: id.to_owned(),
        title: title.to_owned(),
        group: Some(group.to_owned()).filter(|group| !group.is_empty()),
        language: language.to_owned(),
        text: written(text),
    };
    CLIENTS.into_iter().map(snippet).collect()
}
