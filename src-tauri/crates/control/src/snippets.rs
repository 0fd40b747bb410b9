//! What to paste for a first request.

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
        let base = format!("{}/openai/v1", self.base());
        Ok(Snippets { app: FIRST_APP.to_owned(), snippets: snippets(&base, &key, &model), openai_base_url: base })
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

fn snippets(base: &str, key: &str, model: &str) -> Vec<Snippet> {
    let snippet = |id: &str, title: &str, language: &str, text: String| Snippet {
        id: id.to_owned(),
        title: title.to_owned(),
        language: language.to_owned(),
        text,
    };
    vec![
        snippet("python", "Python", "python", python(base, key, model)),
        snippet("node", "Node", "typescript", node(base, key, model)),
        snippet("curl", "curl", "shell", curl(base, key, model)),
        snippet("env", "Environment", "shell", format!("export OPENAI_BASE_URL={base}\nexport OPENAI_API_KEY={key}\n")),
    ]
}

fn python(base: &str, key: &str, model: &str) -> String {
    format!(
        r#"from openai import OpenAI

client = OpenAI(
    base_url="{base}",
    api_key="{key}",
)
answer = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "{PROMPT}"}}],
)
print(answer.choices[0].message.content)
"#
    )
}

fn node(base: &str, key: &str, model: &str) -> String {
    format!(
        r#"import OpenAI from "openai";

const client = new OpenAI({{
  baseURL: "{base}",
  apiKey: "{key}",
}});
const answer = await client.chat.completions.create({{
  model: "{model}",
  messages: [{{ role: "user", content: "{PROMPT}" }}],
}});
console.log(answer.choices[0].message.content);
"#
    )
}

fn curl(base: &str, key: &str, model: &str) -> String {
    format!(
        r#"curl {base}/chat/completions \
  -H "Authorization: Bearer {key}" \
  -H "Content-Type: application/json" \
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "{PROMPT}"}}]}}'
"#
    )
}
