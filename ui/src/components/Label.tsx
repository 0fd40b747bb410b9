import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

type Tone = "neutral" | "ok" | "warn" | "bad" | "ac" | "line" | "draft";

export function Pill(props: { tone?: Tone; dot?: boolean; icon?: IconName; children: ReactNode }) {
  const tone = props.tone && props.tone !== "neutral" ? ` pill-${props.tone}` : "";
  return (
    <span className={`pill${tone}`}>
      {props.dot && <Dot tone={props.tone === "ac" ? "neutral" : props.tone} />}
      {props.icon && <Icon name={props.icon} size="xs" />}
      {props.children}
    </span>
  );
}

export function Dot({ tone = "neutral" }: { tone?: Tone | "hollow" }) {
  return <span className={`dot${tone === "neutral" ? "" : ` dot-${tone}`}`} />;
}

/** A literal value: a tag, an error class. */
export function Chip(props: { children: ReactNode; onRemove?: () => void; removeLabel?: string }) {
  return (
    <span className="chip">
      {props.children}
      {props.onRemove && (
        <button type="button" className="x" aria-label={props.removeLabel} onClick={props.onRemove}>
          <Icon name="x" size="xs" />
        </button>
      )}
    </span>
  );
}

/** Takes `Ctrl K`; on a Mac it reads `Cmd K`. */
export function Kbd({ keys }: { keys: string }) {
  return <kbd>{keyLabel(keys)}</kbd>;
}

const MAC = typeof navigator !== "undefined" && /Mac/.test(navigator.platform);

export function keyLabel(keys: string): string {
  return MAC ? keys.replace("Ctrl", "Cmd") : keys;
}
