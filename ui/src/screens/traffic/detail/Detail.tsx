import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useOp } from "@/backend/react";
import type { LogDetail } from "@/bindings/types";
import { IconButton } from "@/components/Button";
import { CopyButton } from "@/components/Copy";
import { LoadFault, Skeleton } from "@/components/State";
import { TabBar } from "@/components/Tabs";
import { BodyView } from "./BodyView";
import { TraceView } from "./TraceView";

const TABS = ["trace", "request", "response"] as const;
type Tab = (typeof TABS)[number];

// The tab stays while j and k move through the list.
let lastTab: Tab = "trace";

export function Detail({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<Tab>(lastTab);
  const log = useOp("get_log", { id });
  const choose = (next: string) => {
    lastTab = next as Tab;
    setTab(lastTab);
  };
  return (
    <aside className="panel detail" aria-label={t("traffic.detail.label")}>
      <div className="panel-head">
        <code className="fw-6 truncate" title={id}>
          {id}
        </code>
        <CopyButton text={id} label={t("traffic.detail.copyId")} />
        <span className="grow" />
        {log.data?.curl && (
          <CopyButton text={log.data.curl} label={t("traffic.detail.copyCurl")}>
            {t("traffic.detail.curl")}
          </CopyButton>
        )}
        <IconButton icon="x" label={t("traffic.detail.close")} shortcut="Esc" onClick={onClose} />
      </div>
      <div className="d-tabs">
        <TabBar
          label={t("traffic.detail.tabs")}
          value={tab}
          items={TABS.map((value) => ({ value, label: t(`traffic.detail.tab.${value}`) }))}
          onChange={choose}
        />
      </div>
      <section
        className="scroll grow detail-body"
        aria-label={t(`traffic.detail.tab.${tab}`)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {log.error && <LoadFault error={log.error} retry={() => void log.refetch()} />}
        {log.isPending && <Skeleton />}
        {log.data && <Pane log={log.data} tab={tab} />}
      </section>
    </aside>
  );
}

function Pane({ log, tab }: { log: LogDetail; tab: Tab }) {
  if (tab === "trace") return <TraceView log={log} />;
  return tab === "request" ? (
    <BodyView key="request" body={log.request_body} />
  ) : (
    <BodyView key="response" body={log.response_body} />
  );
}
