import { BackendError } from "@/backend/backend";
import type { Key, Snippets } from "@/bindings/types";
import type { Handlers } from "./fake";

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

const key = (id: string, name: string, rest: Partial<Key> = {}): Key => ({
  id,
  kind: "app",
  name,
  prefix: `mlx_sk_${id.slice(-4)}…`,
  default_tags: {},
  allowed_configs: [],
  created_at: "2026-10-03T09:12:00Z",
  requests_24h: 0,
  ...rest,
});

const KEYS = (): Key[] => [
  key("key_web1", "web-api", {
    default_tags: { team: "shop" },
    allowed_configs: ["production", "fast"],
    per_minute: 600,
    last_used_at: hoursAgo(0.01),
    requests_24h: 3746,
  }),
  key("key_bat2", "batch-worker", { last_used_at: hoursAgo(0.6), requests_24h: 1122 }),
  key("key_ide3", "ide"),
];

export const BASE_URL = "http://127.0.0.1:8642/openai/v1";

export function snippets(secret = "mlx_sk_your_key", model = "@production"): Snippets {
  return {
    app: "my-app",
    openai_base_url: BASE_URL,
    anthropic_base_url: BASE_URL.replace("/openai/v1", "/anthropic"),
    snippets: [
      {
        id: "python",
        title: "Python",
        language: "python",
        text: `from openai import OpenAI

client = OpenAI(
    base_url="${BASE_URL}",
    api_key="${secret}",
)
reply = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(reply.choices[0].message.content)
`,
      },
      {
        id: "node",
        title: "Node",
        language: "javascript",
        text: `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${BASE_URL}",
  apiKey: "${secret}",
});
const reply = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello" }],
});
console.log(reply.choices[0].message.content);
`,
      },
      {
        id: "curl",
        title: "curl",
        language: "shell",
        text: `curl ${BASE_URL}/chat/completions \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'
`,
      },
      {
        id: "env",
        title: "Environment",
        group: "Both SDKs",
        language: "shell",
        text: `export OPENAI_BASE_URL=${BASE_URL}\nexport OPENAI_API_KEY=${secret}\n`,
      },
      {
        id: "claude-code",
        title: "Claude Code",
        group: "Coding agents",
        language: "shell",
        text: `export ANTHROPIC_AUTH_TOKEN=${secret}\nexport ANTHROPIC_MODEL=${model}\nclaude\n`,
      },
    ],
  };
}

export function keyHandlers(): Handlers {
  const keys = KEYS();
  return {
    list_keys: () => ({ data: keys, next_cursor: null, has_more: false }),
    create_key: ({ name, kind, ...rest }, backend) => {
      const made = key(`key_new${keys.length}`, name, {
        kind: kind ?? "app",
        created_at: new Date().toISOString(),
        ...rest,
      });
      keys.unshift(made);
      backend.emit({ type: "keys_changed" });
      return { ...made, secret: "mlx_sk_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA" };
    },
    revoke_key: ({ id }, backend) => {
      const found = keys.find((each) => each.id === id);
      if (!found) throw new BackendError("not_found", `there is no key ${id}`);
      found.revoked_at = new Date().toISOString();
      backend.emit({ type: "keys_changed" });
      return { ok: true };
    },
    get_snippets: ({ key: secret, model }) => snippets(secret, model),
  };
}
