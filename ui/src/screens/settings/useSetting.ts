import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCall, useOp } from "@/backend/react";
import type { Settings } from "@/bindings/types";
import { notify } from "@/components/toast";

export type Setting = keyof Settings;
type Value<K extends Setting> = NonNullable<Settings[K]>;

const SAVED_MS = 2000;

/** True for a moment after each save. */
export function useSaved(): [boolean, () => void] {
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (at === 0) return;
    const timer = setTimeout(() => setAt(0), SAVED_MS);
    return () => clearTimeout(timer);
  }, [at]);
  return [at !== 0, () => setAt(Date.now())];
}

/**
 * One setting, saved by itself. `undo` is what the toast says of the change; without it there is
 * only the quiet word beside the control.
 */
export function useSetting<K extends Setting>(key: K, undo?: (value: Value<K>) => string) {
  const { t } = useTranslation();
  const call = useCall();
  const value = useOp("get_settings", {}).data?.[key] as Value<K> | undefined;
  const [fault, setFault] = useState<string | null>(null);
  const [saved, markSaved] = useSaved();
  const put = (next: Value<K>) => call("put_settings", { [key]: next }, ["get_settings"]);
  const save = async (next: Value<K>) => {
    const before = value;
    try {
      await put(next);
    } catch (error) {
      setFault((error as Error).message);
      return false;
    }
    setFault(null);
    markSaved();
    if (undo && before !== undefined) {
      const back = () => put(before).catch((error: Error) => notify(error.message, FAULT));
      notify(undo(next), { undo: { label: t("undo"), run: () => void back() } });
    }
    return true;
  };
  return { value, save, fault, saved, clear: () => setFault(null) };
}

const FAULT = { tone: "fault" } as const;
