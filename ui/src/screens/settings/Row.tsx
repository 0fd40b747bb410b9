import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/components/Icon";

type Ids = { id: string; describedBy: string | undefined; invalid: boolean };

type RowProps = {
  label: string;
  help?: ReactNode;
  fault?: ReactNode;
  saved?: boolean;
  /** The control is wide, and stands below its label. */
  wide?: boolean;
  children: ReactNode | ((ids: Ids) => ReactNode);
};

/** One setting: what it does at the left, its control at the right, the fault below. */
export function Row({ label, help, fault, saved, wide, children }: RowProps) {
  const id = useId();
  const labelled = typeof children === "function";
  const noted = [help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(" ");
  const Label = labelled ? "label" : "span";
  return (
    <div className={`set-row${wide ? " is-wide" : ""}`}>
      <div className="set-text">
        <Label className="set-label" {...(labelled ? { htmlFor: id } : {})}>
          {label}
        </Label>
        <Saved shown={saved ?? false} />
        {help && (
          <p id={`${id}-help`} className="set-help">
            {help}
          </p>
        )}
      </div>
      <div className="set-control">
        {labelled
          ? children({ id, describedBy: noted || undefined, invalid: Boolean(fault) })
          : children}
      </div>
      {fault && (
        <p id={`${id}-fault`} className="set-fault t-bad" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

/** Quiet, and always there for those who listen. */
function Saved({ shown }: { shown: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="set-saved t-ok" role="status">
      {shown && (
        <>
          <Icon name="check" size="xs" />
          {t("settings.saved")}
        </>
      )}
    </span>
  );
}

export function Section(props: {
  id: string;
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="set-section" id={`settings-${props.id}`}>
      <h2 id={`${props.id}-h`} tabIndex={-1}>
        {props.title}
        {props.aside && <span className="aside">{props.aside}</span>}
      </h2>
      <div className="set-rows">{props.children}</div>
    </section>
  );
}
