import { ICONS, type IconName } from "./icons";

export type { IconName };

/** Decorative: the control around it carries the name. */
export function Icon(props: { name: IconName; size?: "xs" | "sm" | "md"; className?: string }) {
  const size = props.size === "md" || !props.size ? "" : ` icon-${props.size}`;
  return (
    <svg className={`icon${size} ${props.className ?? ""}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICONS[props.name]} />
    </svg>
  );
}
