import { type KeyboardEvent, type Ref, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useOp } from "@/backend/react";
import { IconButton } from "@/components/Button";
import { Select } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { Kbd } from "@/components/Label";
import {
  complete,
  RANGES,
  type Range,
  rangeOf,
  type Suggestion,
  suggest,
  termAt,
  tokensOf,
  type Values,
  withRange,
} from "./filter";

/** Where the server could not read the filter: characters from 1. */
export type FilterFault = { message: string; column: number; length: number };

type Props = {
  query: string;
  fault: FilterFault | null;
  counted: string | null;
  /** What is listed below was found by the filter before. */
  outdated: boolean;
  inputRef: Ref<HTMLInputElement>;
  onChange: (query: string) => void;
  onLeave: () => void;
};

export function FilterBar(props: Props) {
  const { t } = useTranslation();
  const { query, fault, onChange } = props;
  const range = rangeOf(query);
  const ranges: Range[] = range === "custom" ? [...RANGES, "custom"] : [...RANGES];
  return (
    <div className="filter">
      <div className="filter-field grow" role="search">
        <QueryInput {...props} />
        {fault && <FaultLine fault={fault} outdated={props.outdated} />}
      </div>
      <Select
        label={t("traffic.range.label")}
        value={range}
        options={ranges.map((value) => ({ value, label: t(`traffic.range.${value || "all"}`) }))}
        onChange={(value) => onChange(withRange(query, value))}
      />
      {props.counted && (
        <span className="t-2 fs-2 nowrap" aria-live="off">
          {props.counted}
        </span>
      )}
    </div>
  );
}

const PAD_PX = 30;

function FaultLine({ fault, outdated }: { fault: FilterFault; outdated: boolean }) {
  const { t } = useTranslation();
  return (
    <p className="filter-fault" id="filter-fault" role="alert">
      <span
        className="filter-mark"
        aria-hidden="true"
        style={{ marginLeft: `calc(${PAD_PX}px + ${fault.column - 1}ch)` }}
      >
        {"^".repeat(Math.max(1, Math.min(fault.length, 60)))}
      </span>
      <span>
        {fault.message}
        {outdated && <span className="t-2 filter-outdated">{t("traffic.filter.outdated")}</span>}
      </span>
    </p>
  );
}

/** A text field whose characters are coloured by a copy of them that lies under it. */
function QueryInput({ query, fault, inputRef, onChange, onLeave }: Props) {
  const { t } = useTranslation();
  const listId = useId();
  const [scrolled, setScrolled] = useState(0);
  const completion = useCompletion(query, onChange);
  const { items, active, open } = completion;
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (completion.onKey(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      completion.close();
      if (query) onChange("");
      else onLeave();
    }
    if (event.key === "Enter") onLeave();
  };
  return (
    <div className={`input query ${fault ? "is-invalid" : ""}`}>
      <Icon name="search" size="sm" />
      <div className="query-text">
        <div className="query-ink" aria-hidden="true" style={{ left: -scrolled }}>
          {tokensOf(query).map((token, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
            <span key={index} className={token.kind ? `q-${token.kind}` : undefined}>
              {token.text}
            </span>
          ))}
        </div>
        <input
          ref={inputRef}
          role="combobox"
          aria-label={t("traffic.filter.label")}
          aria-expanded={open}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={open && active >= 0 ? `${listId}-${active}` : undefined}
          aria-invalid={fault ? true : undefined}
          aria-describedby={fault ? "filter-fault" : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={t("traffic.filter.placeholder")}
          value={query}
          onChange={(event) => {
            onChange(event.target.value);
            completion.look(event.currentTarget);
          }}
          onKeyDown={onKeyDown}
          onScroll={(event) => setScrolled(event.currentTarget.scrollLeft)}
          onClick={(event) => completion.look(event.currentTarget)}
          onBlur={completion.close}
        />
      </div>
      {query ? (
        <IconButton icon="x" label={t("traffic.filter.clear")} onClick={() => onChange("")} />
      ) : (
        <span className="unit">
          <Kbd keys="/" />
        </span>
      )}
      <div
        id={listId}
        role="listbox"
        aria-label={t("traffic.filter.suggestions")}
        className="popover menu suggestions"
        hidden={!open}
      >
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field around it has the keys
          <div
            key={item.insert}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className="menu-item"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => completion.take(item)}
          >
            <code>{item.insert}</code>
            <span className="grow" />
            <span className="t-3 mono">{item.hint}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

function useCompletion(query: string, onChange: (query: string) => void) {
  const known = useKnownValues();
  const field = useRef<HTMLInputElement | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  // Where nothing is typed yet the list would only be in the way, unless it is asked for.
  const [asked, setAsked] = useState(false);
  const items = useMemo(() => {
    if (cursor === null || (!asked && termAt(query, cursor).text === "")) return [];
    return suggest(query, cursor, known);
  }, [query, cursor, known, asked]);
  const open = items.length > 0;
  const close = () => {
    setCursor(null);
    setActive(-1);
  };
  const take = ({ insert }: Suggestion) => {
    const [text, at] = complete(query, cursor ?? query.length, insert);
    onChange(text);
    setCursor(at);
    setActive(-1);
    requestAnimationFrame(() => field.current?.setSelectionRange(at, at));
  };
  return {
    items,
    active,
    open,
    close,
    take,
    look(input: HTMLInputElement) {
      field.current = input;
      setCursor(input.selectionStart);
      setAsked(false);
      setActive(-1);
    },
    /** True where the key was for the list. */
    onKey(event: KeyboardEvent<HTMLInputElement>): boolean {
      field.current = event.currentTarget;
      if (event.key === "ArrowDown" && !open) {
        setCursor(event.currentTarget.selectionStart);
        setAsked(true);
        return true;
      }
      if (!open) return false;
      if (event.key === "ArrowDown") setActive((active + 1) % items.length);
      else if (event.key === "ArrowUp") setActive((active + items.length - 1) % items.length);
      else if (event.key === "Escape") close();
      else if ((event.key === "Enter" || event.key === "Tab") && items[active]) take(items[active]);
      else return false;
      return true;
    },
  };
}

/** What this installation has, for the values of a term. */
function useKnownValues(): Values {
  const configs = useOp("list_configs", {}).data?.data;
  const providers = useOp("list_providers", {}).data?.data;
  const keys = useOp("list_keys", {}).data?.data;
  return useMemo(
    () => ({
      config: configs?.map(({ slug }) => slug) ?? [],
      provider: providers?.map(({ name }) => name) ?? [],
      model: providers?.flatMap(({ models }) => models.map(({ name }) => name)) ?? [],
      app: keys?.filter(({ kind }) => kind === "app").map(({ name }) => name) ?? [],
    }),
    [configs, providers, keys],
  );
}
