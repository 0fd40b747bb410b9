import { Icon, type IconName } from "./Icon";

const STRATEGY = {
  single: { icon: "single", hue: "single" },
  fallback: { icon: "fallback", hue: "fallback" },
  cost_optimized: { icon: "cost", hue: "cost" },
  latency_optimized: { icon: "latency", hue: "latency" },
  ensemble: { icon: "ensemble", hue: "ensemble" },
  ab_test: { icon: "abtest", hue: "abtest" },
  cascade: { icon: "cascade", hue: "cascade" },
  custom_rules: { icon: "rules", hue: "rules" },
} satisfies Record<string, { icon: IconName; hue: string }>;

const PROVIDER_LETTERS: Record<string, string> = {
  openai: "OA",
  anthropic: "AN",
  google: "GO",
  mistral: "MI",
  ollama: "OL",
  sandbox: "SB",
};

type Size = { size?: "md" | "lg" };

/** A square with a glyph: what a config does. */
export function StrategyMark({ strategy, size }: { strategy: string } & Size) {
  const { icon, hue } = STRATEGY[strategy as keyof typeof STRATEGY] ?? STRATEGY.custom_rules;
  return (
    <span className={`mark mark-strategy s-${hue}${size === "lg" ? " mark-lg" : ""}`}>
      <Icon name={icon} />
    </span>
  );
}

/** A circle with two letters: who answers. `kind` gives the hue where the name is the person's own. */
export function ProviderMark({ name, kind, size }: { name: string; kind?: string } & Size) {
  const known = name in PROVIDER_LETTERS ? name : (kind ?? name);
  const letters = PROVIDER_LETTERS[name] ?? name.slice(0, 2).toUpperCase();
  return (
    <span
      className={`mark mark-provider p-${known}${size === "lg" ? " mark-lg" : ""}`}
      title={name}
      aria-hidden="true"
    >
      {letters}
    </span>
  );
}
