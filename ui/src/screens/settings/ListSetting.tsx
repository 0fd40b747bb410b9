import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Input } from "@/components/Field";
import { Chip } from "@/components/Label";
import { Row } from "./Row";
import { useSetting } from "./useSetting";

type Props = {
  name: "allowed_origins" | "allowed_hosts";
  placeholder: string;
  /** As the backend writes it, or null where it cannot be one. */
  read: (text: string) => string | null;
};

/** A short list of names; each one added or removed is saved at once. */
export function ListSetting({ name, placeholder, read }: Props) {
  const { t } = useTranslation();
  const { value, save, fault, saved, clear } = useSetting(name, () =>
    t(`settings.${name}.changed`),
  );
  const [typed, setTyped] = useState("");
  const [shape, setShape] = useState<string | null>(null);
  const items = value ?? [];
  const add = async (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === "") return;
    const item = read(typed);
    if (!item) return setShape(t(`settings.${name}.shape`, { text: typed.trim() }));
    if (items.includes(item)) return setShape(t("settings.listed", { text: item }));
    if (await save([...items, item])) setTyped("");
  };
  return (
    <Row
      wide
      label={t(`settings.${name}.label`)}
      help={t(`settings.${name}.help`)}
      fault={shape ?? fault}
      saved={saved}
    >
      {({ id, describedBy, invalid }) => (
        <>
          <form className="row" onSubmit={add}>
            <Input
              id={id}
              aria-describedby={describedBy}
              className="set-name"
              mono
              invalid={invalid}
              placeholder={placeholder}
              value={typed}
              onChange={(event) => {
                clear();
                setShape(null);
                setTyped(event.target.value);
              }}
            />
            <Button type="submit" icon="plus" aria-label={t(`settings.${name}.add`)}>
              {t("settings.add")}
            </Button>
          </form>
          {items.length > 0 && (
            <ul className="set-list" aria-label={t(`settings.${name}.label`)}>
              {items.map((item) => (
                <li key={item}>
                  <Chip
                    removeLabel={t("settings.remove", { text: item })}
                    onRemove={() => void save(items.filter((each) => each !== item))}
                  >
                    {item}
                  </Chip>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Row>
  );
}

/** `http://localhost:3000`: a scheme, a host, nothing after them. */
export function readOrigin(text: string): string | null {
  const plain = text.trim().replace(/\/+$/, "").toLowerCase();
  return /^https?:\/\/[^\s/?#@*]+$/.test(plain) ? plain : null;
}

/** `box.local`, without scheme, port and stars. */
export function readHost(text: string): string | null {
  const plain = text.trim().replace(/\.+$/, "").toLowerCase();
  return /^[^\s/?#@*:]+$/.test(plain) || /^\[[0-9a-f:.]+\]$/.test(plain) ? plain : null;
}
