import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { Kbd } from "@/components/Label";
import { applyFix, type Finding } from "../editor/problems";
import { conditionExtensions } from "./extensions";
import { type Scope, useKnown } from "./known";
import "../editor/editor.css";
import "./rules.css";
import { useView } from "./useView";

type Props = {
  value: string;
  onChange: (value: string) => void;
  /** Placed in the condition, see `findingsAt`. Null keeps what is shown. */
  diagnostics?: Finding[] | null;
  /** `response` where the condition judges an answer and may read `response.*`. */
  scope: Scope;
  /** The config that the condition is of. */
  slug?: string;
  label: string;
  readOnly?: boolean;
};

const NONE: Finding[] = [];

/** One condition on one line, with the completion, docs and diagnostics of the whole editor. */
export function ConditionField(props: Props) {
  const { t } = useTranslation();
  const { value, diagnostics = NONE, label, scope, slug, readOnly = false } = props;
  const note = useId();
  const knowledge = useKnown(scope, slug);
  const known = useRef(knowledge);
  known.current = knowledge;
  const shown = useRef<Finding[]>(NONE);
  if (diagnostics) shown.current = diagnostics;
  const findings = shown.current;
  const invalid = findings.some(({ severity }) => severity === "error");
  const { host, view } = useView({
    value,
    onChange: props.onChange,
    findings: diagnostics,
    readOnly,
    attributes: {
      "aria-label": label,
      "aria-multiline": "false",
      ...(invalid ? { "aria-invalid": "true" } : {}),
      ...(findings.length > 0 ? { "aria-describedby": note } : {}),
    },
    extensions: () => conditionExtensions(() => known.current),
  });
  return (
    <div className="condition">
      <div className={`input condition-input${invalid ? " is-invalid" : ""}`} ref={host} />
      {findings.length > 0 && (
        <ul id={note} className="condition-notes">
          {findings.map((finding) => (
            <li
              key={`${finding.line}:${finding.column}:${finding.message}`}
              className={finding.severity === "error" ? "t-bad" : "t-warn"}
            >
              <Icon name={finding.severity === "error" ? "error" : "warn"} size="xs" />
              <span>{finding.message}</span>
              {finding.suggestion && !readOnly && (
                <Button
                  size="sm"
                  aria-label={t("source.fix", { with: finding.suggestion })}
                  onClick={() => view.current && applyFix(view.current, finding)}
                >
                  {t("source.fixShort")} <Kbd keys="Ctrl ." />
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
