import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Field, Input } from "@/components/Field";
import { Fault } from "@/components/State";

/** In a browser the address carries the key. Without it, or with an old one, it can be given here. */
export function KeyNeeded() {
  const { t } = useTranslation();
  const [key, setKey] = useState("");
  const open = () => {
    window.location.hash = `#key=${encodeURIComponent(key.trim())}`;
    window.location.reload();
  };
  return (
    <Fault
      title={t("keyNeeded.title")}
      evidence={
        <form
          className="key-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (key.trim()) open();
          }}
        >
          <Field label={t("keyNeeded.key")} help={t("keyNeeded.help")}>
            {({ id, describedBy }) => (
              <Input
                id={id}
                aria-describedby={describedBy}
                mono
                type="password"
                autoFocus
                placeholder="mlx_mk_"
                value={key}
                onChange={(event) => setKey(event.target.value)}
              />
            )}
          </Field>
          <Button type="submit" variant="primary" reason={!key.trim() && t("keyNeeded.first")}>
            {t("keyNeeded.open")}
          </Button>
        </form>
      }
    >
      {t("keyNeeded.text")}
    </Fault>
  );
}
