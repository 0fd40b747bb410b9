import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/components/Field";
import type { Fault } from "../faults";
import type { Json } from "../json";
import type { FieldSpec } from "../strategies";
import type { Ids } from "./FieldRow";
import { readNumber, shownNumber, UNITS } from "./numbers";

type Typed = {
  ids: Ids;
  spec: FieldSpec;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  /** What is typed and was not taken. */
  fault: Fault | null;
  onFault: (fault: Fault | null) => void;
};

/** What is typed stays as it is typed until it can be taken; a change from elsewhere replaces it. */
function useTyped(value: string, fault: Fault | null, onFault: Typed["onFault"]) {
  const [typed, setTyped] = useState(fault?.typed ?? value);
  const written = useRef(value);
  useEffect(() => {
    if (written.current === value) return;
    written.current = value;
    setTyped(value);
    onFault(null);
  }, [value, onFault]);
  return {
    typed,
    type: setTyped,
    /** Escape takes back what was not taken; without such it means what it means elsewhere. */
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !fault) return;
      event.stopPropagation();
      setTyped(value);
      onFault(null);
    },
    /** The value as it will come back, so that it does not replace what is typed. */
    wrote: (next: string) => {
      written.current = next;
    },
  };
}

export function NumberInput({ ids, spec, value, onChange, fault, onFault }: Typed) {
  const { t } = useTranslation();
  const shown = shownNumber(spec, value);
  const { typed, type, wrote, onKeyDown } = useTyped(shown, fault, onFault);
  return (
    <Input
      id={ids.id}
      mono
      inputMode="decimal"
      unit={UNITS[spec.kind]}
      invalid={ids.invalid}
      changed={ids.changed}
      aria-describedby={ids.describedBy}
      placeholder={spec.preset === undefined ? t("form.none") : shownNumber(spec, spec.preset)}
      value={typed}
      onChange={({ target }) => {
        type(target.value);
        if (target.value.trim() === "") {
          if (spec.required) {
            return onFault({ typed: target.value, message: t("form.fault.required") });
          }
          wrote("");
          onFault(null);
          return onChange(undefined);
        }
        const read = readNumber(spec, target.value, t);
        if ("fault" in read) return onFault({ typed: target.value, message: read.fault });
        wrote(shownNumber(spec, read.value));
        onFault(null);
        onChange(read.value);
      }}
      onKeyDown={onKeyDown}
      onBlur={() => fault || type(shown)}
    />
  );
}

export function TextInput({ ids, spec, value, onChange }: Omit<Typed, "fault" | "onFault">) {
  const { t } = useTranslation();
  return (
    <Input
      id={ids.id}
      mono
      invalid={ids.invalid}
      changed={ids.changed}
      aria-describedby={ids.describedBy}
      placeholder={t(`form.placeholder.${spec.key}`)}
      value={typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value)}
      onChange={({ target }) => onChange(target.value || undefined)}
    />
  );
}

/** A JSON object; written once it is one. */
export function JsonInput({ ids, value, onChange, fault, onFault }: Omit<Typed, "spec">) {
  const { t } = useTranslation();
  const shown = value === undefined ? "" : JSON.stringify(value, null, 2);
  const { typed, type, wrote, onKeyDown } = useTyped(shown, fault, onFault);
  return (
    <textarea
      id={ids.id}
      className={`fm-area mono ${ids.invalid ? "is-invalid" : ""} ${ids.changed ? "is-changed" : ""}`}
      aria-invalid={ids.invalid || undefined}
      aria-describedby={ids.describedBy}
      rows={Math.min(8, Math.max(2, typed.split("\n").length))}
      spellCheck={false}
      placeholder={'{ "temperature": 0 }'}
      value={typed}
      onChange={({ target }) => {
        type(target.value);
        const read = readObject(target.value);
        if (read === null) {
          return onFault({ typed: target.value, message: t("form.fault.object") });
        }
        wrote(read === undefined ? "" : JSON.stringify(read, null, 2));
        onFault(null);
        onChange(read);
      }}
      onKeyDown={onKeyDown}
      onBlur={() => fault || type(shown)}
    />
  );
}

/** Undefined for nothing, null for what is no object. */
function readObject(text: string): Json | undefined | null {
  if (text.trim() === "") return undefined;
  try {
    const value: Json = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
