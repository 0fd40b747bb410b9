import { Autocomplete } from "@base-ui/react/autocomplete";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/components/Icon";
import { StrategyMark } from "@/components/Mark";
import { dollars, type Facts } from "./facts";
import { NameMark } from "./NameMark";

type Props = {
  id?: string;
  label: string;
  describedBy?: string;
  invalid?: boolean;
  changed?: boolean;
  /** The name there is now; empty where a strategy stands in its place. */
  value: string;
  /** A config cannot lead to itself. */
  own: string;
  facts: Facts;
  onChange: (name: string) => void;
  /** Offers a strategy in place of a name. */
  onInPlace?: () => void;
  placeholder?: string;
};

type Item = { value: string; hint: string; tier?: string };

const IN_PLACE = "\u0000in-place";

/** Models with price and tier, configs, a strategy in place; or any name that a person types. */
export function TargetPicker(props: Props) {
  const { t } = useTranslation();
  const { value, facts, own, onChange, onInPlace } = props;
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(false);
  useEffect(() => setText(value), [value]);
  const items = itemsFor(facts, own, text === value ? "" : text);
  if (onInPlace) items.push({ value: IN_PLACE, hint: "" });
  const take = (name: string) => {
    if (name === IN_PLACE) return onInPlace?.();
    const trimmed = name.trim();
    if (trimmed === "") return setText(value);
    setText(trimmed);
    if (trimmed !== value) onChange(trimmed);
  };
  return (
    <Autocomplete.Root
      items={items}
      mode="none"
      itemToStringValue={(item: Item) => (item.value === IN_PLACE ? value : item.value)}
      value={text}
      open={open}
      onOpenChange={setOpen}
      openOnInputClick
      onValueChange={(next, details) => {
        if (details.reason === "item-press") return;
        setText(next);
      }}
    >
      <Autocomplete.InputGroup
        className={`input mono ${props.invalid ? "is-invalid" : ""} ${props.changed ? "is-changed" : ""}`}
      >
        {value !== "" && <NameMark name={value} facts={facts} />}
        <Autocomplete.Input
          id={props.id}
          aria-label={props.id ? undefined : props.label}
          aria-describedby={props.describedBy}
          aria-invalid={props.invalid || undefined}
          placeholder={props.placeholder}
          spellCheck={false}
          autoComplete="off"
          onFocus={(event) => event.currentTarget.select()}
          onBlur={() => take(text)}
          onKeyDown={(event) => {
            const highlighted = event.currentTarget.getAttribute("aria-activedescendant");
            if (event.key === "Enter" && !highlighted) {
              event.preventDefault();
              setOpen(false);
              take(text);
            }
            if (event.key === "Escape" && text !== value) setText(value);
          }}
        />
        <Autocomplete.Trigger className="fm-open" aria-label={t("form.showTargets")} tabIndex={-1}>
          <Icon name="updown" size="sm" />
        </Autocomplete.Trigger>
      </Autocomplete.InputGroup>
      <Autocomplete.Portal>
        <Autocomplete.Positioner className="overlay" sideOffset={4} align="start">
          <Autocomplete.Popup className="popover fm-targets">
            <Autocomplete.List className="menu scroll" aria-label={t("form.targets")}>
              {(item: Item) => (
                <Autocomplete.Item
                  key={item.value}
                  value={item}
                  className="menu-item"
                  onClick={() => take(item.value)}
                >
                  {item.value === IN_PLACE ? (
                    <>
                      <StrategyMark strategy="fallback" />
                      {t("form.inPlace")}
                    </>
                  ) : (
                    <>
                      <NameMark name={item.value} facts={facts} />
                      <span className="mono truncate">{item.value}</span>
                      <span className="grow" />
                      {item.tier && <span className="t-3 fs-1">{item.tier}</span>}
                      <span className="t-3 fs-1 fm-price">{item.hint}</span>
                    </>
                  )}
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  );
}

function itemsFor({ models, configs }: Facts, own: string, typed: string): Item[] {
  const wanted = typed.trim().toLowerCase();
  const all: Item[] = [
    ...models.map(({ id, model }) => ({
      value: id,
      tier: model.tier,
      hint: model.price ? `${dollars(model.price.input)} / ${dollars(model.price.output)}` : "",
    })),
    ...configs
      .filter(({ slug }) => slug !== own)
      .map(({ slug, active_version }) => ({ value: `@${slug}`, hint: `v${active_version}` })),
  ];
  return all.filter(({ value }) => value.toLowerCase().includes(wanted));
}
