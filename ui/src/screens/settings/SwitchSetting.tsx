import { useTranslation } from "react-i18next";
import { Segmented, Switch } from "@/components/Field";
import { Row } from "./Row";
import { useSetting } from "./useSetting";

export function SwitchSetting({
  name,
}: {
  name: "capture_content" | "bare_model_names" | "start_at_login";
}) {
  const { t } = useTranslation();
  const { value, save, fault, saved } = useSetting(name, (on) =>
    t(`settings.${name}.${on ? "on" : "off"}`),
  );
  const label = t(`settings.${name}.label`);
  return (
    <Row label={label} help={t(`settings.${name}.help`)} fault={fault} saved={saved}>
      <Switch
        label={label}
        checked={value ?? false}
        disabled={value === undefined}
        onChange={(next) => void save(next)}
      />
    </Row>
  );
}

const WHAT = ["refuse", "continue"] as const;

export function WhenUnrecordable() {
  const { t } = useTranslation();
  const { value, save, fault, saved } = useSetting("when_unrecordable", (what) =>
    t(`settings.when_unrecordable.${what}Changed`),
  );
  const label = t("settings.when_unrecordable.label");
  const help = value === "continue" ? "continueHelp" : "refuseHelp";
  return (
    <Row label={label} help={t(`settings.when_unrecordable.${help}`)} fault={fault} saved={saved}>
      <Segmented
        label={label}
        value={value ?? ""}
        options={WHAT.map((what) => ({
          value: what,
          label: t(`settings.when_unrecordable.${what}`),
        }))}
        onChange={(next) => next !== value && void save(next)}
      />
    </Row>
  );
}
