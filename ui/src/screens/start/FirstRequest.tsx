import { Trans, useTranslation } from "react-i18next";
import { Link } from "wouter";
import { hostOf, useProxySwitch } from "@/app/ProxyFoot";
import { useDo, useOp } from "@/backend/react";
import type { LogRow, SentTest } from "@/bindings/types";
import { Button } from "@/components/Button";
import { duration } from "@/components/format";
import { Icon } from "@/components/Icon";
import { Pill } from "@/components/Label";
import { RelativeTime } from "@/components/RelativeTime";
import { type Arrival, isAnswered, useArrival } from "./useArrival";

/** Step 2: turns green by itself with the first request that is answered, whoever sends it. */
export function FirstRequest({ slug }: { slug: string | undefined }) {
  const { t } = useTranslation();
  const status = useOp("get_status", {}).data;
  const send = useDo("send_test", { refreshes: ["get_status", "list_logs"] });
  const arrival = useArrival();
  if (!status || !arrival) return null;
  const { latest } = arrival;
  // An answer is proof enough: what is recorded of it comes a moment later.
  const seen = arrival.state === "answered" || (send.data && isAnswered(send.data.status));
  const state = seen ? "answered" : arrival.state;
  const listens = status.proxy.state === "running";
  const linked = latest?.id === send.data?.request_id;
  return (
    <div className={`waiting ${LOOK[state]}`}>
      <div className="waiting-head">
        <Sign state={state} listens={listens} />
        <p role="status" className="grow">
          {send.isPending && !seen ? (
            t("start.first.sending")
          ) : (
            <State arrival={{ state, latest }} listens={listens} host={hostOf(status)} />
          )}
        </p>
        {listens ? (
          <Button
            icon="play"
            reason={send.isPending && t("start.first.sending")}
            onClick={() => send.mutate({ model: slug && `@${slug}` })}
          >
            {t(seen ? "start.first.another" : "start.first.send")}
          </Button>
        ) : (
          <Mend paused={status.proxy.state === "paused"} />
        )}
      </div>
      {latest && <Latest row={latest} />}
      {latest && !isAnswered(latest.status) && <Why row={latest} />}
      {send.data && !(linked && !isAnswered(send.data.status)) && (
        <Answer sent={send.data} linked={linked} />
      )}
      {send.error && (
        <p className="waiting-row t-bad" role="alert">
          {send.error.message}
        </p>
      )}
    </div>
  );
}

const LOOK = { none: "", failed: "is-failed", answered: "is-seen" } as const;

function Sign({ state, listens }: { state: Arrival["state"]; listens: boolean }) {
  if (state === "none") return <span className={listens ? "pulse" : "dot dot-warn"} />;
  const answered = state === "answered";
  return (
    <span className={answered ? "t-ok" : "t-bad"}>
      <Icon name={answered ? "pass" : "error"} />
    </span>
  );
}

function State(props: { arrival: Arrival; listens: boolean; host: string }) {
  const { t } = useTranslation();
  const { listens, host } = props;
  const { state, latest } = props.arrival;
  if (state === "answered") return t("start.first.seen");
  if (state === "failed" && latest) {
    return t(isRefused(latest) ? "start.first.refused" : "start.first.failed");
  }
  if (!listens) return t("start.first.down");
  return <Trans i18nKey="start.first.waiting" values={{ host }} components={{ code: <code /> }} />;
}

function Mend({ paused }: { paused: boolean }) {
  const { t } = useTranslation();
  const { resume } = useProxySwitch();
  if (paused) {
    return (
      <Button icon="play" onClick={resume}>
        {t("proxy.resume")}
      </Button>
    );
  }
  return (
    <Link className="btn" to="/proxy">
      {t("proxy.why")}
    </Link>
  );
}

/** By the proxy itself, before it called anybody. */
const isRefused = (row: LogRow) => row.attempts === 0 && row.status < 499;

/** Why the latest request failed, and what to do. */
function Why({ row }: { row: LogRow }) {
  const { t } = useTranslation();
  return (
    <div className="waiting-row">
      <div className="waiting-why">
        {row.error_message && <p className="t-bad">{row.error_message}</p>}
        <p className="t-2">{t(`start.first.mend.${mendOf(row)}`)}</p>
      </div>
    </div>
  );
}

function mendOf(row: LogRow): "key" | "model" | "url" | "look" {
  if (!isRefused(row) || row.provider) return "look";
  if (row.status === 401) return "key";
  if (row.status === 404) return row.requested_model ? "model" : "url";
  return "look";
}

function Latest({ row }: { row: LogRow }) {
  const { t } = useTranslation();
  const ok = isAnswered(row.status);
  const by = row.provider && row.model ? `${row.provider}/${row.model}` : null;
  return (
    <div className="waiting-row">
      <Pill tone={ok ? "ok" : "bad"}>{row.status}</Pill>
      <code className="truncate">{row.requested_model || row.endpoint}</code>
      {by && (
        <>
          <Icon name="arrow-r" size="xs" />
          <code className="truncate">{by}</code>
        </>
      )}
      <span className="t-3 nowrap">{duration(row.latency_ms)}</span>
      {row.attempts > 1 && (
        <span className="t-3 nowrap">{t("start.first.attempts", { count: row.attempts })}</span>
      )}
      <span className="grow" />
      <span className="t-3 nowrap">
        <RelativeTime at={row.time} />
      </span>
      <Link className="nowrap" to={`/traffic/${row.id}`}>
        {t("start.first.open")}
      </Link>
    </div>
  );
}

/** What the test itself answered; its own link only while another request is the latest. */
function Answer({ sent, linked }: { sent: SentTest; linked: boolean }) {
  const { t } = useTranslation();
  const ok = isAnswered(sent.status);
  return (
    <div className="waiting-row">
      <span className={`grow ${ok ? "t-2" : "t-bad"}`}>
        {ok ? t("start.first.said", { text: sent.text }) : sent.text}
      </span>
      {!linked && (
        <Link className="nowrap" to={`/traffic/${sent.request_id}`}>
          {t("start.first.open")}
        </Link>
      )}
    </div>
  );
}
