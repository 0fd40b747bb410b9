import { type KeyboardEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Input } from "@/components/Field";
import { count } from "@/components/format";
import { ConfirmDialog } from "@/components/Overlay";
import { Row } from "./Row";
import { useSetting } from "./useSetting";

type Name = "max_body_mib" | "retention_days" | "body_retention_days" | "retention_mib";

type Props = {
  name: Name;
  min: number;
  max: number;
  unit: string;
  /** A lower value removes what was recorded, so it is asked first. */
  loses?: boolean;
  evidence?: (value: number) => ReactNode;
};

/** Saved on Enter and on leaving the field; Esc takes back what was typed. */
export function NumberSetting({ name, min, max, unit, loses, evidence }: Props) {
  const { t } = useTranslation();
  const say = (n: number) => t(`settings.${name}.changed`, { n: count(n), count: n });
  const { value, save, fault, saved, clear } = useSetting(name, say);
  const [typed, setTyped] = useState<string | null>(null);
  const [asked, setAsked] = useState<number | null>(null);
  const next = Number(typed);
  const whole = typed === null || /^\d+$/.test(typed.trim());
  const wrong = typed !== null && !(whole && next >= min && next <= max);
  const put = async (n: number) => {
    if (await save(n)) setTyped(null);
  };
  const commit = () => {
    if (typed === null || wrong || value === undefined || asked !== null) return;
    if (next === value) setTyped(null);
    else if (loses && next < value) setAsked(next);
    else void put(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit();
    if (event.key === "Escape") {
      setTyped(null);
      clear();
    }
  };
  const answer = (yes: boolean) => {
    setAsked(null);
    if (yes && asked !== null) void put(asked);
    else setTyped(null);
  };
  const range = t("settings.range", { min: count(min), max: count(max), unit });
  return (
    <>
      <Row
        label={t(`settings.${name}.label`)}
        help={
          <>
            {t(`settings.${name}.help`)}
            {value !== undefined && evidence?.(value)}
          </>
        }
        fault={wrong ? range : fault}
        saved={saved}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            aria-describedby={describedBy}
            className="set-number"
            mono
            inputMode="numeric"
            unit={unit}
            invalid={invalid}
            value={typed ?? value ?? ""}
            onChange={(event) => {
              clear();
              setTyped(event.target.value);
            }}
            onBlur={commit}
            onKeyDown={onKeyDown}
          />
        )}
      </Row>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && answer(false)}
        title={t(`settings.${name}.less`, { n: count(asked), count: asked ?? 0 })}
        actions={
          <>
            <Button onClick={() => answer(false)}>
              {t(`settings.${name}.stay`, { n: count(value), count: value ?? 0 })}
            </Button>
            <Button variant="danger" onClick={() => answer(true)}>
              {t(`settings.${name}.confirm`, { n: count(asked), count: asked ?? 0 })}
            </Button>
          </>
        }
      >
        {t(`settings.${name}.loses`, { n: count(asked), count: asked ?? 0 })}
      </ConfirmDialog>
    </>
  );
}
