import { Icon } from "@/components/Icon";
import { ProviderMark, StrategyMark } from "@/components/Mark";
import { useKindOf } from "@/screens/traffic/useKindOf";
import type { Facts } from "./facts";

/** The mark of what a name stands for: a config's strategy, or a model's provider. */
export function NameMark({ name, facts }: { name: string; facts: Facts }) {
  const kindOf = useKindOf();
  if (name.startsWith("@")) {
    const config = facts.config(name);
    return config ? <StrategyMark strategy={config.strategy} /> : <Icon name="configs" size="sm" />;
  }
  const provider = facts.model(name)?.provider ?? name.split("/")[0] ?? "";
  return <ProviderMark name={provider} kind={kindOf(provider)} />;
}
