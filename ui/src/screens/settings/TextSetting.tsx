import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/components/Field";
import { Row } from "./Row";
import { useSetting } from "./useSetting";

type Props = { name: "outbound_proxy" | "ca_file"; placeholder: string };

/** Saved on Enter and on leaving the field; empty is none; Esc takes back what was typed. */
export function TextSetting({ name, placeholder }: Props) {
  const { t } = useTranslation();
  const { value, save, fault, saved, clear } = useSetting(name, (text) =>
    t(`settings.${name}.${text === "" ? "cleared" : "changed"}`, { text }),
  );
  const [typed, setTyped] = useState<string | null>(null);
  const commit = async () => {
    if (typed === null) return;
    if (typed.trim() === value || (await save(typed.trim()))) setTyped(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") void commit();
    if (event.key === "Escape") {
      setTyped(null);
      clear();
    }
  };
  return (
    <Row
      wide
      label={t(`settings.${name}.label`)}
      help={t(`settings.${name}.help`)}
      fault={fault}
      saved={saved}
    >
      {({ id, describedBy, invalid }) => (
        <Input
          id={id}
          aria-describedby={describedBy}
          className="set-name"
          mono
          invalid={invalid}
          placeholder={placeholder}
          value={typed ?? value ?? ""}
          onChange={(event) => {
            clear();
            setTyped(event.target.value);
          }}
          onBlur={() => void commit()}
          onKeyDown={onKeyDown}
        />
      )}
    </Row>
  );
}
