import { useTranslation } from "react-i18next";
import { type Theme as Name, setPreferences, usePreferences } from "@/app/preferences";
import { Segmented } from "@/components/Field";
import { Row } from "./Row";
import { useSetting } from "./useSetting";

const THEMES: Name[] = ["system", "light", "dark"];

/** Applied before it is saved: this window follows its own preference, the setting is for the next one. */
export function Theme() {
  const { t } = useTranslation();
  const { theme } = usePreferences();
  const { save, fault, saved } = useSetting("theme");
  const label = t("settings.theme.label");
  return (
    <Row label={label} help={t(`settings.theme.${theme}Help`)} fault={fault} saved={saved}>
      <Segmented
        label={label}
        value={theme}
        options={THEMES.map((each) => ({ value: each, label: t(`settings.theme.${each}`) }))}
        onChange={(next) => {
          setPreferences({ theme: next });
          void save(next);
        }}
      />
    </Row>
  );
}
