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

/** Step 2: turns green by itself with the first request, whoever sends it. */
export function FirstRequest({ slug }: { slug: string | undefined }) {
  const { t } = useTranslation();
  const status = useOp("get_status", {}).data;
  const send = useDo("send_test", { refreshes: ["get_status", "list_logs"] });
  // An answer is proof enough: what is recorded of it comes a moment later.
  const seen = status?.first_request_seen || send.data !== undefined;
  const latest = useOp("list_logs", { limit: 1 }, { enabled: seen }).data?.data[0];
  if (!status) return null;
  const listens = status.proxy.state === "running";
  return (
    <div className={`waiting${seen ? " is-seen" : ""}`}>
      <div className="waiting-head">
        {seen ? (
          <span className="t-ok">
            <Icon name="pass" />
          </span>
        ) : (
          <span className={listens ? "pulse" : "dot dot-warn"} />
        )}
        <p role="status" className="grow">
          {send.isPending && !seen ? (
            t("start.first.sending")
          ) : (
            <State seen={seen} listens={listens} host={hostOf(status)} />
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
      {send.data && <Answer sent={send.data} linked={latest?.id === send.data.request_id} />}
      {send.error && (
        <p className="waiting-row t-bad" role="alert">
          {send.error.message}
        </p>
      )}
    </div>
  );
}

function State({ seen, listens, host }: { seen: boolean; listens: boolean; host: string }) {
  const { t } = useTranslation();
  if (seen) return t("start.first.seen");
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

function Latest({ row }: { row: LogRow }) {
  const { t } = useTranslation();
  const ok = row.status < 400;
  const by = row.provider && row.model ? `${row.provider}/${row.model}` : null;
  return (
    <div className="waiting-row">
      <Pill tone={ok ? "ok" : "bad"}>{row.status}</Pill>
      <code className="nowrap">{row.requested_model}</code>
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
  const ok = sent.status < 400;
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
