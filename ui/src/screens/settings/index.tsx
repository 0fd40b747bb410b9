import { type UIEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useRoute } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useOp } from "@/backend/react";
import { LoadFault, Skeleton } from "@/components/State";
import { About } from "./About";
import { ListSetting, readHost, readOrigin } from "./ListSetting";
import { LogSize } from "./LogSize";
import { NumberSetting } from "./NumberSetting";
import { Port } from "./Port";
import { PriceList } from "./PriceList";
import { Section } from "./Row";
import { Export, Import } from "./SetupFile";
import { SwitchSetting, WhenUnrecordable } from "./SwitchSetting";
import { System } from "./System";
import { TextSetting } from "./TextSetting";
import { Theme } from "./Theme";
import "./settings.css";

const SECTIONS = [
  "proxy",
  "network",
  "recording",
  "appearance",
  "system",
  "setup",
  "about",
] as const;
type Name = (typeof SECTIONS)[number];

const YEARS_10 = 3650;
const TEBIBYTE = 1_048_576;

export default function Settings() {
  const { t } = useTranslation();
  const settings = useOp("get_settings", {});
  return (
    <>
      <TopBar title={t("nav.settings")} />
      {settings.error && (
        <div className="body scroll">
          <LoadFault error={settings.error} retry={() => void settings.refetch()} />
        </div>
      )}
      {settings.isPending && <Skeleton rows={8} height={48} />}
      {settings.data && <Sections />}
    </>
  );
}

function Sections() {
  const { t } = useTranslation();
  const { scroller, current, go, follow } = useSections();
  return (
    <div className="body settings scroll" ref={scroller} onScroll={follow}>
      <nav className="set-nav" aria-label={t("settings.sections")}>
        {SECTIONS.map((name) => (
          <button
            key={name}
            type="button"
            className="nav-item"
            aria-current={name === current ? "true" : undefined}
            onClick={() => go(name)}
          >
            {t(`settings.section.${name}`)}
          </button>
        ))}
      </nav>
      <div className="set-sections">
        <Section id="proxy" title={t("settings.section.proxy")}>
          <Port />
          <ListSetting
            name="allowed_origins"
            placeholder="http://localhost:3000"
            read={readOrigin}
          />
          <ListSetting name="allowed_hosts" placeholder="box.local" read={readHost} />
          <SwitchSetting name="bare_model_names" />
          <NumberSetting name="max_body_mib" min={1} max={1024} unit="MiB" />
        </Section>
        <Section id="network" title={t("settings.section.network")}>
          <TextSetting name="outbound_proxy" placeholder="http://proxy.example.com:3128" />
          <TextSetting name="ca_file" placeholder="/etc/ssl/company-ca.pem" />
        </Section>
        <Section id="recording" title={t("settings.section.recording")}>
          <LogSize />
          <SwitchSetting name="capture_content" />
          <NumberSetting
            name="retention_days"
            min={1}
            max={YEARS_10}
            unit={t("settings.days")}
            loses
          />
          <NumberSetting
            name="body_retention_days"
            min={1}
            max={YEARS_10}
            unit={t("settings.days")}
            loses
          />
          <NumberSetting name="retention_mib" min={16} max={TEBIBYTE} unit="MiB" loses />
          <WhenUnrecordable />
        </Section>
        <Section id="appearance" title={t("settings.section.appearance")}>
          <Theme />
        </Section>
        <Section id="system" title={t("settings.section.system")}>
          <System />
        </Section>
        <Section id="setup" title={t("settings.section.setup")}>
          <Export />
          <Import />
          <PriceList />
        </Section>
        <Section id="about" title={t("settings.section.about")}>
          <About />
        </Section>
      </div>
    </div>
  );
}

const heading = (name: Name) => document.getElementById(`${name}-h`);

const MARGIN_PX = 20;
/** Room above a heading that counts as being at it. */
const NEAR_PX = 72;

/** The section in the address is scrolled to; scrolling says which one is in view. */
function useSections() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [, params] = useRoute<{ section: string }>("/settings/:section");
  const scroller = useRef<HTMLDivElement>(null);
  const asked = SECTIONS.find((name) => name === params?.section);
  const [current, setCurrent] = useState<Name>(asked ?? "proxy");
  const show = (name: Name) => {
    const [box, title] = [scroller.current, heading(name)];
    if (box && title) {
      const above = title.getBoundingClientRect().top - box.getBoundingClientRect().top;
      box.scrollTop += above - MARGIN_PX;
      title.focus({ preventScroll: true });
    }
    setCurrent(name);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another address moves the page
  useEffect(() => {
    if (asked) show(asked);
  }, [asked]);
  const go = (name: Name) => {
    if (name === asked) show(name);
    else navigate(`/settings/${name}`, { replace: true });
  };
  const follow = ({ currentTarget: box }: UIEvent<HTMLElement>) => {
    const end = box.scrollTop + box.clientHeight >= box.scrollHeight - 2;
    const top = box.getBoundingClientRect().top + NEAR_PX;
    const passed = SECTIONS.filter(
      (name) => (heading(name)?.getBoundingClientRect().top ?? 0) < top,
    );
    // The last sections may never reach the top; the one gone to stays the current one there.
    if (!end) setCurrent(passed.at(-1) ?? "proxy");
  };
  useActions(
    SECTIONS.map((name) => ({
      id: `settings.${name}`,
      group: "page" as const,
      label: `${t("nav.settings")}: ${t(`settings.section.${name}`)}`,
      icon: "settings" as const,
      run: () => go(name),
    })),
  );
  return { scroller, current, go, follow };
}
