import { useTranslation } from "react-i18next";
import type { ProviderOptions } from "@/bindings/types";
import { Field, Input, Select } from "@/components/Field";

/** Options that are a word of the provider's own. */
const TEXTS = ["region", "api_version"] as const;
/** Whether an API is spoken to it as it comes from the app. */
const CHOICES = ["responses", "messages", "completions"] as const;

type Props = {
  /** Those that its kind has. */
  takes: string[];
  value: ProviderOptions;
  onChange: (value: ProviderOptions) => void;
  /** Only what must be known to call it. */
  brief?: boolean;
  /** Saved when the field is left. */
  lazy?: boolean;
  error?: { field: string; message: string } | null;
};

export function OptionFields({ takes, value, onChange, brief, lazy, error }: Props) {
  const { t } = useTranslation();
  const set = (name: keyof ProviderOptions, next: string | boolean | undefined) => {
    const { [name]: _, ...rest } = value;
    onChange(next === undefined || next === "" ? rest : { ...rest, [name]: next });
  };
  return (
    <>
      {TEXTS.filter((name) => takes.includes(name)).map((name) => (
        <Field
          key={name}
          label={t(`providers.option.${name}.label`)}
          help={t(`providers.option.${name}.help`)}
          error={error?.field === name ? error.message : null}
        >
          {({ id, describedBy, invalid }) => (
            <Input
              id={id}
              mono
              aria-describedby={describedBy}
              invalid={invalid}
              placeholder={t(`providers.option.${name}.example`)}
              {...typed(value[name] ?? "", (text) => set(name, text.trim()), lazy)}
            />
          )}
        </Field>
      ))}
      {!brief &&
        CHOICES.filter((name) => takes.includes(name)).map((name) => (
          <div key={name} className="row option">
            <span className="grow fs-2">{t(`providers.option.${name}.label`)}</span>
            <Select
              size="sm"
              label={t(`providers.option.${name}.label`)}
              value={choice(value[name])}
              options={(["usual", "yes", "no"] as const).map((each) => ({
                value: each,
                label: t(`providers.option.${each}`),
              }))}
              onChange={(next) => set(name, next === "usual" ? undefined : next === "yes")}
            />
          </div>
        ))}
    </>
  );
}

/** What only must be given to call a kind that has no address of its own. */
export const isBrief = (takes: string[]) => TEXTS.some((name) => takes.includes(name));

function choice(value: boolean | undefined): "usual" | "yes" | "no" {
  return value === undefined ? "usual" : value ? "yes" : "no";
}

function typed(value: string, save: (text: string) => void, lazy: boolean | undefined) {
  if (!lazy) {
    return {
      value,
      onChange: (event: { target: { value: string } }) => save(event.target.value),
    };
  }
  const leave = (text: string) => text.trim() !== value && save(text);
  return {
    key: value,
    defaultValue: value,
    onBlur: (event: { target: { value: string } }) => leave(event.target.value),
    onKeyDown: (event: { key: string; currentTarget: { value: string } }) => {
      if (event.key === "Enter") leave(event.currentTarget.value);
      if (event.key === "Escape") event.currentTarget.value = value;
    },
  };
}
