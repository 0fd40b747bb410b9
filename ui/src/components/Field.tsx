import { Select as BaseSelect } from "@base-ui/react/select";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from "react";
import { Icon, type IconName } from "./Icon";

type FieldProps = {
  label: string;
  aside?: ReactNode;
  help?: ReactNode;
  error?: ReactNode;
  className?: string;
  children: (ids: { id: string; describedBy: string | undefined; invalid: boolean }) => ReactNode;
};

/** Label above, help or the fault below. The control gets its ids from here. */
export function Field({ label, aside, help, error, className, children }: FieldProps) {
  const id = useId();
  const note = error ?? help;
  return (
    <div className={`field ${className ?? ""}`}>
      <label className="field-label" htmlFor={id}>
        {label}
        {aside && <span className="aside">{aside}</span>}
      </label>
      {children({ id, describedBy: note ? `${id}-note` : undefined, invalid: Boolean(error) })}
      {note && (
        <p id={`${id}-note`} className={`field-help ${error ? "t-bad" : ""}`}>
          {note}
        </p>
      )}
    </div>
  );
}

type InputProps = InputHTMLAttributes<HTMLInputElement> & {
  mono?: boolean;
  icon?: IconName;
  prefix?: string;
  unit?: ReactNode;
  invalid?: boolean;
  changed?: boolean;
  ref?: Ref<HTMLInputElement>;
};

export function Input(props: InputProps) {
  const { mono, icon, prefix, unit, invalid, changed, className, ...rest } = props;
  const state = `${mono ? " mono" : ""}${invalid ? " is-invalid" : ""}${changed ? " is-changed" : ""}`;
  return (
    <span className={`input${state} ${className ?? ""}`}>
      {icon && <Icon name={icon} size="sm" />}
      {prefix && <span className="t-3">{prefix}</span>}
      <input aria-invalid={invalid || undefined} autoComplete="off" spellCheck={false} {...rest} />
      {unit && <span className="unit">{unit}</span>}
    </span>
  );
}

export type Option<T extends string> = { value: T; label: ReactNode; hint?: ReactNode };

type SelectProps<T extends string> = {
  value: T;
  options: Option<T>[];
  onChange: (value: T) => void;
  label: string;
  size?: "sm" | "md";
  mono?: boolean;
  id?: string;
  className?: string;
  /** Stands there as long as nothing of the list is chosen. */
  placeholder?: string;
};

export function Select<T extends string>(props: SelectProps<T>) {
  const chosen = props.options.find((option) => option.value === props.value);
  return (
    <BaseSelect.Root
      value={props.value}
      onValueChange={(value) => value !== null && props.onChange(value as T)}
    >
      <BaseSelect.Trigger
        id={props.id}
        aria-label={props.label}
        className={`btn select ${props.size === "sm" ? "btn-sm" : ""} ${props.mono ? "mono" : ""} ${props.className ?? ""}`}
      >
        <span className="truncate">{chosen?.label ?? props.placeholder}</span>
        {chosen?.hint && <span className="t-3">{chosen.hint}</span>}
        <Icon name="chev-d" size="xs" />
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner sideOffset={4} alignItemWithTrigger={false} className="overlay">
          <BaseSelect.Popup className="popover menu scroll">
            {props.options.map((option) => (
              <BaseSelect.Item key={option.value} value={option.value} className="menu-item">
                <BaseSelect.ItemText className={props.mono ? "mono" : ""}>
                  {option.label}
                </BaseSelect.ItemText>
                {option.hint && <span className="t-3">{option.hint}</span>}
                <span className="grow" />
                <BaseSelect.ItemIndicator>
                  <Icon name="check" size="xs" />
                </BaseSelect.ItemIndicator>
              </BaseSelect.Item>
            ))}
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  );
}

export function Switch(props: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  id?: string;
  disabled?: boolean;
}) {
  return (
    <BaseSwitch.Root
      id={props.id}
      className="switch"
      aria-label={props.label}
      checked={props.checked}
      disabled={props.disabled}
      onCheckedChange={props.onChange}
    />
  );
}

/** A choice of two to four that are always all visible. */
export function Segmented<T extends string>(props: {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <div className="seg" role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          type="button"
          key={option.value}
          aria-pressed={option.value === props.value}
          onClick={() => props.onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
