import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useOp } from "@/backend/react";
import type { ConfigSummary } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { count, money, NONE, percent } from "@/components/format";
import { Pill } from "@/components/Label";
import { StrategyMark } from "@/components/Mark";
import { Menu } from "@/components/Overlay";
import { RelativeTime } from "@/components/RelativeTime";
import { Empty, LoadFault, Skeleton } from "@/components/State";
import { useArchive, useConfigMenu } from "./actions";
import { useDraft } from "./drafts";

const ERRORS_STAND_OUT = 0.005;

export function ConfigList() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [showArchived, setShowArchived] = useState(false);
  const configs = useOp("list_configs", { archived: true, limit: 200 });
  const rows = configs.data?.data ?? [];
  const live = rows.filter((config) => !config.archived);
  const archived = rows.filter((config) => config.archived);
  const create = () => navigate("/configs/_new");
  useActions([
    { id: "configs.create", group: "page", label: t("configs.new"), icon: "plus", run: create },
  ]);
  return (
    <>
      <TopBar
        title={t("nav.configs")}
        actions={
          <Button variant="primary" icon="plus" onClick={create}>
            {t("configs.new")}
          </Button>
        }
      />
      <div className="body">
        <div className="scroll grow">
          {configs.error && (
            <LoadFault error={configs.error} retry={() => void configs.refetch()} />
          )}
          {configs.isPending && <Skeleton />}
          {configs.data && live.length === 0 && (
            <Empty
              title={t("configs.empty.title")}
              action={
                <Button variant="primary" icon="plus" onClick={create}>
                  {t("configs.new")}
                </Button>
              }
            >
              {t("configs.empty.text")}
            </Empty>
          )}
          {live.length > 0 && <Table rows={live} />}
          {archived.length > 0 && (
            <div className="list-head">
              <Button
                size="sm"
                variant="ghost"
                icon={showArchived ? "chev-d" : "chev-r"}
                aria-expanded={showArchived}
                onClick={() => setShowArchived(!showArchived)}
              >
                {t("configs.archivedCount", { count: archived.length })}
              </Button>
            </div>
          )}
          {showArchived && archived.length > 0 && <Archived rows={archived} />}
        </div>
      </div>
    </>
  );
}

/** j and k move the focus from row to row; Enter is the link's own. */
function useRowKeys() {
  const { t } = useTranslation();
  const table = useRef<HTMLTableElement>(null);
  const move = (by: number) => {
    const links = [...(table.current?.querySelectorAll<HTMLElement>("tbody a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  useActions([
    {
      id: "row.next",
      group: "page",
      label: t("list.next"),
      shortcut: "j",
      keyOnly: true,
      run: () => move(1),
    },
    {
      id: "row.previous",
      group: "page",
      label: t("list.previous"),
      shortcut: "k",
      keyOnly: true,
      run: () => move(-1),
    },
  ]);
  return table;
}

function Table({ rows }: { rows: ConfigSummary[] }) {
  const { t } = useTranslation();
  const table = useRowKeys();
  return (
    <table className="table config-table" ref={table}>
      <thead>
        <tr>
          <th>{t("configs.column.config")}</th>
          <th>{t("configs.column.active")}</th>
          <th className="num">{t("configs.column.requests")}</th>
          <th className="num">{t("configs.column.errors")}</th>
          <th className="num">{t("configs.column.cost")}</th>
          <th className="c-wide">{t("configs.column.updated")}</th>
          <th>
            <span className="sr-only">{t("configs.column.menu")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((config) => (
          <Row key={config.slug} config={config} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ config }: { config: ConfigSummary }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const menu = useConfigMenu();
  const draft = useDraft(config.slug);
  const quiet = config.requests_24h === 0;
  const failing = (config.error_rate_24h ?? 0) >= ERRORS_STAND_OUT;
  const waiting = config.latest_version > config.active_version;
  return (
    <tr
      onClick={(event) => {
        const target = event.target as Element;
        // Clicks in the row's menu bubble here too, though the menu is elsewhere in the document.
        if (!event.currentTarget.contains(target) || target.closest("button, a")) return;
        navigate(`/configs/${config.slug}/form`);
      }}
    >
      <td>
        <span className="row">
          <StrategyMark strategy={config.strategy} />
          <Link className="mono fw-5 plain" to={`/configs/${config.slug}/form`}>
            @{config.slug}
          </Link>
          {draft && <Pill tone="draft">{t("configs.draft")}</Pill>}
          <span className="t-3 truncate">
            {config.description || t(`strategy.${config.strategy}.name`)}
          </span>
        </span>
      </td>
      <td className="t-2">
        v{config.active_version}
        {waiting && (
          <span className="t-3"> {t("configs.newest", { version: config.latest_version })}</span>
        )}
      </td>
      <td className="num">{quiet ? NONE : count(config.requests_24h)}</td>
      <td className={`num ${failing ? "t-bad fw-5" : "t-2"}`}>{percent(config.error_rate_24h)}</td>
      <td className="num">{money(config.cost_usd_24h)}</td>
      <td className="t-2 c-wide">
        <RelativeTime at={config.updated_at} />
      </td>
      <td className="num">
        <Menu
          items={menu(config)}
          trigger={<IconButton icon="more" label={t("configs.more", { slug: config.slug })} />}
        />
      </td>
    </tr>
  );
}

function Archived({ rows }: { rows: ConfigSummary[] }) {
  const { t } = useTranslation();
  const { restore } = useArchive();
  return (
    <table className="table config-table" aria-label={t("configs.archivedLabel")}>
      <tbody>
        {rows.map((config) => (
          <tr key={config.slug}>
            <td>
              <span className="row">
                <StrategyMark strategy={config.strategy} />
                <span className="mono t-2">@{config.slug}</span>
              </span>
            </td>
            <td className="num">
              <Button size="sm" icon="undo" onClick={() => restore(config.slug)}>
                {t("configs.restore")}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
