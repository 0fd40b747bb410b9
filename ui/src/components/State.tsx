import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { BackendError } from "@/backend/backend";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

/** What would be here, why it is not, and the one thing to do. */
export function Empty(props: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{props.title}</h2>
      {props.children && <p>{props.children}</p>}
      {props.action && <div className="empty-action">{props.action}</div>}
    </div>
  );
}

/** Something failed: what, why, and the way out. */
export function Fault(props: {
  title: string;
  children?: ReactNode;
  /** Evidence between the sentence and the actions. */
  evidence?: ReactNode;
  actions?: ReactNode;
  /** What the first action would change. */
  effect?: ReactNode;
}) {
  return (
    <section className="fault" role="alert">
      <div className="fault-head">
        <span className="t-bad">
          <Icon name="error" />
        </span>
        <div>
          <h2>{props.title}</h2>
          <div className="t-2">{props.children}</div>
        </div>
      </div>
      {props.evidence}
      {props.actions && <div className="row fault-actions">{props.actions}</div>}
      {props.effect && <div className="affected">{props.effect}</div>}
    </section>
  );
}

/** A read that failed, with the way to try again. */
export function LoadFault(props: { error: BackendError; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Fault
      title={t("fault.load")}
      actions={
        <Button icon="refresh" onClick={props.retry}>
          {t("fault.retry")}
        </Button>
      }
    >
      {props.error.message}
    </Fault>
  );
}

const BANNER_ICON: Record<"ok" | "warn" | "bad" | "info", IconName> = {
  ok: "pass",
  warn: "warn",
  bad: "error",
  info: "info",
};

export function Banner(props: {
  tone?: "ok" | "warn" | "bad" | "info";
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const tone = props.tone ?? "info";
  return (
    <div className={`banner banner-${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={BANNER_ICON[tone]} />
      <div className="grow">
        <p className="banner-title">{props.title}</p>
        {props.children && <div className="t-2">{props.children}</div>}
      </div>
      {props.actions}
    </div>
  );
}

const SKELETON_AFTER_MS = 300;

/** Lines of the real row height; nothing at all while an answer may still come at once. */
export function Skeleton(props: { rows?: number; height?: number }) {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const { t } = useTranslation();
  if (!visible) return <div aria-busy="true" />;
  return (
    <div className="skeletons" aria-busy="true" role="status" aria-label={t("loading")}>
      {Array.from({ length: props.rows ?? 6 }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} style={{ height: props.height ?? 32 }}>
          <span className="skeleton" style={{ width: `${70 - ((row * 17) % 40)}%` }} />
        </div>
      ))}
    </div>
  );
}
