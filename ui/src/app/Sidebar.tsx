import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { useOp } from "@/backend/react";
import type { ConfigSummary } from "@/bindings/types";
import { Icon } from "@/components/Icon";
import { StrategyMark } from "@/components/Mark";
import { ProxyFoot } from "./ProxyFoot";
import { usePreferences } from "./preferences";
import { SECTIONS, type Section } from "./sections";

const SHOWN_UNPINNED = 4;

export function Sidebar() {
  const { t } = useTranslation();
  const sections = useVisibleSections();
  return (
    <aside className="sidebar" aria-label={t("nav.main")}>
      <div className="brand">
        <Logo />
        <span>Modelux</span>
      </div>
      <nav className="nav" aria-label={t("nav.sections")}>
        {sections.map((section) => (
          <SectionLink key={section.id} section={section} />
        ))}
      </nav>
      <Shortlist />
      <ProxyFoot />
    </aside>
  );
}

/** Get started goes away with the first request, or when the person says so, but not from under them. */
export function useVisibleSections(): Section[] {
  const status = useOp("get_status", {}).data;
  const settings = useOp("get_settings", {}).data;
  const [location] = useLocation();
  const started = settings?.onboarding_done || status?.first_request_seen !== false;
  const here = location.startsWith("/start");
  return SECTIONS.filter((section) => section.id !== "start" || !started || here);
}

function SectionLink({ section }: { section: Section }) {
  const { t } = useTranslation();
  const [location] = useLocation();
  const configs = useOp("list_configs", {}, { enabled: section.id === "configs" });
  const shortlist = useShortlist();
  const onPinned = shortlist.configs.some(({ slug }) => location.startsWith(`/configs/${slug}/`));
  const current = location.startsWith(section.path) && !onPinned;
  return (
    <Link className="nav-item" to={section.path} aria-current={current ? "page" : undefined}>
      <Icon name={section.icon} />
      {t(`nav.${section.id}`)}
      {section.id === "configs" && configs.data && (
        <span className="count">{configs.data.data.length}</span>
      )}
    </Link>
  );
}

/** Configs in the sidebar: those that the person pinned or, until they pin one, those in use. */
function useShortlist(): { configs: ConfigSummary[]; pinned: boolean } {
  const { pinned } = usePreferences();
  const configs = useOp("list_configs", {}).data?.data ?? [];
  if (!pinned) return { configs: inUse(configs).slice(0, SHOWN_UNPINNED), pinned: false };
  const found = pinned.map((slug) => configs.find((config) => config.slug === slug));
  return { configs: found.filter((config) => config !== undefined), pinned: true };
}

/** Most requests first, then the last changed. */
function inUse(configs: ConfigSummary[]): ConfigSummary[] {
  return configs.toSorted(
    (a, b) => b.requests_24h - a.requests_24h || b.updated_at.localeCompare(a.updated_at),
  );
}

function Shortlist() {
  const { t } = useTranslation();
  const [location] = useLocation();
  const { configs, pinned } = useShortlist();
  if (configs.length === 0) return null;
  return (
    <nav className="nav" aria-label={t(pinned ? "nav.pinnedConfigs" : "nav.recentConfigs")}>
      <div className="nav-label">{t(pinned ? "nav.pinned" : "nav.recent")}</div>
      {configs.map((config) => (
        <Link
          key={config.slug}
          className="nav-item slug"
          to={`/configs/${config.slug}/form`}
          aria-current={location.startsWith(`/configs/${config.slug}/`) ? "page" : undefined}
        >
          <StrategyMark strategy={config.strategy} />
          <span className="truncate">@{config.slug}</span>
        </Link>
      ))}
    </nav>
  );
}

function Logo() {
  return (
    <svg
      viewBox="0 0 26 20"
      fill="none"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M1 12.5 6.4 9.7" stroke="currentColor" />
      <path d="M10 3 17 15.5H3z" stroke="currentColor" />
      <path d="m14.6 7.2 10.4-2" stroke="var(--c-blue)" />
      <path d="m15.6 9.8 9.4.4" stroke="var(--c-amber)" />
      <path d="m17 12.4 8 2.8" stroke="var(--c-green)" />
    </svg>
  );
}
