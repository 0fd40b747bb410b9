import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "@/components/Icon";
import type { Finding } from "../editor/problems";

type Props = {
  findings: Finding[];
  /** Problems of the document that are not in the program. */
  elsewhere: number;
  never: number;
  cursor: { line: number; column: number };
  keptAs: "text" | "list";
  onNext: () => void;
  onNever: () => void;
  onElsewhere: () => void;
  onFormat: () => void;
  onConvert: () => void;
};

/** What is wrong, in counts that lead to it, and where the cursor is. */
export function RulesStatus(props: Props) {
  const { t } = useTranslation();
  const { findings, elsewhere, never, cursor, keptAs } = props;
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  const clean = findings.length + elsewhere === 0;
  return (
    <div className="ed-status">
      <span role="status" className="row">
        {errors > 0 && (
          <Count icon="error" tone="t-bad" onClick={props.onNext}>
            {t("source.errors", { count: errors })}
          </Count>
        )}
        {warnings > 0 && (
          <Count icon="warn" tone="t-warn" onClick={props.onNext}>
            {t("source.warnings", { count: warnings })}
          </Count>
        )}
        {elsewhere > 0 && (
          <Count icon="error" tone="t-bad" onClick={props.onElsewhere}>
            {t("rules.elsewhere", { count: elsewhere })}
          </Count>
        )}
        {clean && (
          <span className="row row-1">
            <Icon name="pass" size="xs" />
            {t("source.noProblems")}
          </span>
        )}
      </span>
      {never > 0 && (
        <Count icon="warn" tone="t-warn" onClick={props.onNever}>
          {t("rules.neverMatched", { count: never })}
        </Count>
      )}
      <span className="grow" />
      {findings.length > 0 && (
        <button type="button" onClick={props.onNext}>
          <kbd>F8</kbd> {t("source.nextProblemShort")}
        </button>
      )}
      <button type="button" onClick={props.onConvert} title={t(`rules.form.${keptAs}`)}>
        {t(keptAs === "list" ? "rules.form.toText" : "rules.form.toList")}
      </button>
      <button type="button" onClick={props.onFormat} title="Shift Alt F">
        {t("rules.format")}
      </button>
      <span title={t("rules.leave")}>{t("source.position", cursor)}</span>
    </div>
  );
}

function Count(props: { icon: IconName; tone: string; onClick: () => void; children: string }) {
  return (
    <button type="button" className={props.tone} onClick={props.onClick}>
      <Icon name={props.icon} size="xs" />
      {props.children}
    </button>
  );
}
