import { Tooltip } from "@base-ui/react/tooltip";
import type { ButtonHTMLAttributes, ReactElement, ReactNode, Ref } from "react";
import { Icon, type IconName } from "./Icon";

type Variant = "primary" | "secondary" | "ghost" | "danger";

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  variant?: Variant;
  size?: "sm" | "md";
  icon?: IconName;
  /** Disables the button and says why on hover and focus. */
  reason?: string | null | false;
  ref?: Ref<HTMLButtonElement>;
};

export function Button(props: ButtonProps) {
  const { variant = "secondary", size = "md", icon, reason, children, className, ...rest } = props;
  const kind = variant === "secondary" ? "" : ` btn-${variant}`;
  const button = (
    <button
      type="button"
      className={`btn${kind}${size === "sm" ? " btn-sm" : ""} ${className ?? ""}`}
      {...rest}
      {...(reason
        ? { "aria-disabled": true, onClick: (event) => event.preventDefault() }
        : undefined)}
    >
      {icon && <Icon name={icon} size="sm" />}
      {children}
    </button>
  );
  return reason ? <Tip text={reason}>{button}</Tip> : button;
}

export function IconButton(
  props: ButtonHTMLAttributes<HTMLButtonElement> & {
    icon: IconName;
    label: string;
    shortcut?: string;
    ref?: Ref<HTMLButtonElement>;
  },
) {
  const { icon, label, shortcut, className, ...rest } = props;
  return (
    <Tip text={label} shortcut={shortcut}>
      <button type="button" className={`icon-btn ${className ?? ""}`} aria-label={label} {...rest}>
        <Icon name={icon} size="sm" />
      </button>
    </Tip>
  );
}

/** A short explanation on hover and focus. The child must take a ref. */
export function Tip(props: { text: ReactNode; shortcut?: string; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={props.children} delay={350} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="overlay">
          <Tooltip.Popup className="tip">
            {props.text}
            {props.shortcut && <kbd>{props.shortcut}</kbd>}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
