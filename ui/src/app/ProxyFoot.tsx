import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { BackendError } from "@/backend/backend";
import { useDo, useOp } from "@/backend/react";
import type { Status } from "@/bindings/types";
import { IconButton } from "@/components/Button";
import { CopyButton } from "@/components/Copy";
import { count } from "@/components/format";
import { Dot } from "@/components/Label";
import { notify } from "@/components/toast";

const TONE = { running: "ok", paused: "warn", port_in_use: "bad", failed: "bad" } as const;

export function baseUrl(status: Status): string {
  return `${status.address ?? ""}/openai/v1`;
}

/** Pause and resume, from the foot, the palette and the tray alike. */
export function useProxySwitch() {
  const fail = (error: Error) => notify(error.message, { tone: "fault" });
  const { mutate } = useDo("set_paused", { refreshes: ["get_status"], onError: fail });
  return { pause: () => mutate({ paused: true }), resume: () => mutate({ paused: false }) };
}

export function ProxyFoot() {
  const { t } = useTranslation();
  const status = useOp("get_status", {});
  const { pause, resume } = useProxySwitch();
  if (!status.data) {
    return (
      <section className="proxy" aria-label={t("proxy.label")}>
        <div className={`proxy-state ${status.error ? "t-bad" : "t-3"}`}>
          <Dot tone={status.error ? "bad" : "hollow"} />
          {t(`proxy.${silence(status.error)}`)}
        </div>
      </section>
    );
  }
  const { proxy } = status.data;
  const broken = proxy.state === "port_in_use" || proxy.state === "failed";
  return (
    <section className="proxy" aria-label={t("proxy.label")}>
      <div className={`proxy-state ${broken ? "t-bad" : ""}`} role="status">
        <Dot tone={TONE[proxy.state]} />
        {t(`proxy.state.${proxy.state}`)}
      </div>
      {broken ? (
        <Link to="/proxy" className="fs-2">
          {t("proxy.why")}
        </Link>
      ) : (
        <div className="proxy-addr">
          <code className="truncate">{hostOf(status.data)}</code>
          <CopyButton text={baseUrl(status.data)} label={t("proxy.copy")} />
          {proxy.state === "running" ? (
            <IconButton icon="pause" label={t("proxy.pause")} onClick={pause} />
          ) : (
            <IconButton icon="play" label={t("proxy.resume")} onClick={resume} />
          )}
        </div>
      )}
      <div className="proxy-meta truncate">{meta(status.data, t)}</div>
    </section>
  );
}

function silence(error: BackendError | null): "connecting" | "noKey" | "unreachable" {
  if (!error) return "connecting";
  return error.code === "unauthorized" ? "noKey" : "unreachable";
}

/** `127.0.0.1:8642`, as a person says it. */
export function hostOf(status: Status): string {
  return (status.address ?? "").replace(/^https?:\/\//, "");
}

function meta(status: Status, t: TFunction) {
  const { proxy } = status;
  if (proxy.state === "port_in_use") {
    return proxy.holder ? t("proxy.heldBy", { name: proxy.holder }) : t("proxy.portInUse");
  }
  if (proxy.state === "failed") return proxy.message;
  if (proxy.state === "paused") return t("proxy.pausedMeta");
  if (status.active_apps === 0) return t("proxy.quiet");
  return t("proxy.rate", {
    requests: count(status.requests_per_minute),
    count: status.active_apps,
  });
}
