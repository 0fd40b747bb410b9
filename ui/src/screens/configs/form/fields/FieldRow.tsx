import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/Button";
import { useForm } from "../context";
import { type Json, within } from "../json";
import { Problems } from "../Problems";
import { isError } from "../problems";

export type Ids = {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  changed: boolean;
};

type Props = {
  label: string;
  /** JSON pointers whose problems belong here. */
  pointer: string;
  /** What the version that is edited from has; `words` says it to a person. */
  was?: { value: Json | undefined; words: string };
  changed: boolean;
  onReset?: () => void;
  help?: ReactNode;
  /** A fault that the field itself found: what is typed was not taken. */
  fault?: string | null;
  /** For controls that are not one input: a group with the label as its name. */
  group?: boolean;
  /** For controls that show their problems themselves. */
  quiet?: boolean;
  aside?: ReactNode;
  children: (ids: Ids) => ReactNode;
};

/** Label above, the old value beside it with its way back, problems below. */
export function FieldRow(props: Props) {
  const { t } = useTranslation();
  const { base, diagnostics } = useForm();
  const id = useId();
  const { changed, was } = props;
  const problems = props.quiet ? [] : diagnostics.filter(({ path }) => within(path, props.pointer));
  const invalid = Boolean(props.fault) || problems.some(isError);
  const note = problems.length > 0 || props.fault || props.help ? `${id}-note` : undefined;
  const aside =
    changed && was ? (
      <>
        {t("form.was", { version: base.number, value: was.words })}
        {props.onReset && (
          <IconButton
            icon="undo"
            className="fm-reset"
            label={t("form.reset", { value: was.words })}
            onClick={props.onReset}
          />
        )}
      </>
    ) : (
      props.aside
    );
  return (
    <div
      className={`field ${changed ? "is-changed" : ""}`}
      {...(props.group && { role: "group", "aria-labelledby": `${id}-label` })}
    >
      <div className="field-label">
        {props.group ? (
          <span id={`${id}-label`}>{props.label}</span>
        ) : (
          <label htmlFor={id}>{props.label}</label>
        )}
        {aside && <span className="aside row row-1">{aside}</span>}
      </div>
      {props.children({ id, describedBy: note, invalid, changed })}
      <div id={note}>
        {props.fault && (
          <p className="field-help t-bad" role="alert">
            {props.fault}
          </p>
        )}
        {!props.fault && <Problems list={problems} />}
        {!props.fault && problems.length === 0 && props.help && (
          <p className="field-help">{props.help}</p>
        )}
      </div>
    </div>
  );
}
