import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useCall, useOp } from "@/backend/react";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { notify } from "@/components/toast";
import { BaseUrls, SandboxModels } from "./Aside";
import { FirstRequest } from "./FirstRequest";
import { PointSdk } from "./PointSdk";
import { ADD_PROVIDER, ProviderKeys } from "./ProviderKeys";
import { WhatItDoes } from "./WhatItDoes";
import "./start.css";
import { useArrival } from "./useArrival";

/** What do I paste to get a first answer? */
export default function Start() {
  const { t } = useTranslation();
  const slug = useFirstConfig();
  const seen = useArrival()?.state === "answered";
  const leave = useLeave();
  const done = t(seen ? "start.done" : "start.skip");
  useActions([{ id: "start.skip", group: "page", label: done, icon: "check", run: leave }]);
  return (
    <>
      <TopBar
        title={t("nav.start")}
        actions={
          <>
            <Button variant="ghost" onClick={leave}>
              {done}
            </Button>
            <Link className="btn btn-primary" to={ADD_PROVIDER}>
              <Icon name="key" size="sm" />
              {t("start.provider.add")}
            </Link>
          </>
        }
      />
      <div className="body scroll">
        <div className="start">
          <ol className="steps">
            <Step n={1} now={!seen} title={t("start.point.title")}>
              <PointSdk slug={slug} />
            </Step>
            <Step n={2} title={t("start.first.title")} done={seen}>
              <FirstRequest slug={slug} />
            </Step>
            <Step
              n={3}
              now={seen}
              title={t("start.provider.title")}
              note={t("start.provider.when")}
            >
              <ProviderKeys />
            </Step>
          </ol>
          <aside className="start-side" aria-label={t("start.aside")}>
            {slug && <WhatItDoes slug={slug} />}
            <SandboxModels />
            <BaseUrls />
          </aside>
        </div>
      </div>
    </>
  );
}

type StepProps = {
  n: number;
  title: string;
  note?: string;
  now?: boolean;
  done?: boolean;
  children: ReactNode;
};

function Step({ n, title, note, now, done, children }: StepProps) {
  return (
    <li className={now ? "is-now" : done ? "is-done" : undefined}>
      <div className="st-head">
        <span className="ordinal" aria-hidden="true">
          {done ? <Icon name="check" size="xs" /> : n}
        </span>
        <h2>{title}</h2>
        {note && <span className="t-3 fs-2">{note}</span>}
      </div>
      {children}
    </li>
  );
}

const USUAL = "production";

/** The config that the first run makes; whichever is first where that one is gone. */
function useFirstConfig(): string | undefined {
  const configs = useOp("list_configs", {}).data?.data;
  return (configs?.find(({ slug }) => slug === USUAL) ?? configs?.[0])?.slug;
}

/** Away from the sidebar, not from the palette; one click brings it back. */
function useLeave() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const call = useCall();
  const set = (onboarding_done: boolean) =>
    call("put_settings", { onboarding_done }, ["get_settings"]);
  const fail = (error: Error) => notify(error.message, { tone: "fault" });
  const back = () => {
    set(false).then(() => navigate("/start"), fail);
  };
  return () => {
    set(true).then(() => {
      navigate("/configs");
      notify(t("start.left"), { undo: { label: t("undo"), run: back } });
    }, fail);
  };
}
