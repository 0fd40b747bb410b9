import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Action, useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useOp } from "@/backend/react";
import type { CreatedKey, Key } from "@/bindings/types";
import { Button } from "@/components/Button";
import { count, NONE } from "@/components/format";
import { Chip, Pill } from "@/components/Label";
import { RelativeTime } from "@/components/RelativeTime";
import { Empty, LoadFault, Skeleton } from "@/components/State";
import { setTrafficQuery } from "../traffic/query";
import { MakeKey } from "./MakeKey";
import { RevokeKey } from "./RevokeKey";
import { Secret } from "./Secret";
import "./apps.css";

type Panel = { making: true } | { made: CreatedKey } | null;

/** Who may call, and with what limits. */
export default function Apps() {
  const { t } = useTranslation();
  const keys = useOp("list_keys", {});
  const [panel, setPanel] = useState<Panel>(null);
  const [showEnded, setShowEnded] = useState(false);
  const rows = keys.data?.data ?? [];
  const live = rows.filter((key) => !hasEnded(key));
  const ended = rows.filter(hasEnded);
  const make = () => setPanel({ making: true });
  // A secret that is shown stays until the person has dismissed it.
  const offered: Action[] = panel
    ? []
    : [{ id: "apps.make", group: "page", label: t("apps.make"), icon: "key", run: make }];
  useActions(offered);
  return (
    <>
      <TopBar
        title={t("nav.apps")}
        actions={
          !panel && (
            <Button variant="primary" icon="plus" onClick={make}>
              {t("apps.make")}
            </Button>
          )
        }
      />
      <div className="body">
        <div className={`scroll grow apps-list ${panel ? "is-narrow" : ""}`}>
          {keys.error && <LoadFault error={keys.error} retry={() => void keys.refetch()} />}
          {keys.isPending && <Skeleton height={36} />}
          {keys.data && live.length === 0 && (
            <Empty
              title={t("apps.empty.title")}
              action={
                !panel && (
                  <Button variant="primary" icon="plus" onClick={make}>
                    {t("apps.make")}
                  </Button>
                )
              }
            >
              {t("apps.empty.text")}
            </Empty>
          )}
          {live.length > 0 && <Table keys={live} />}
          {ended.length > 0 && (
            <div className="list-head">
              <Button
                size="sm"
                variant="ghost"
                icon={showEnded ? "chev-d" : "chev-r"}
                aria-expanded={showEnded}
                onClick={() => setShowEnded(!showEnded)}
              >
                {t("apps.ended", { count: ended.length })}
              </Button>
            </div>
          )}
          {showEnded && ended.length > 0 && <Table keys={ended} />}
        </div>
        {panel && "making" in panel && (
          <MakeKey onMade={(made) => setPanel({ made })} onClose={() => setPanel(null)} />
        )}
        {panel && "made" in panel && <Secret made={panel.made} onClose={() => setPanel(null)} />}
      </div>
    </>
  );
}

function hasEnded(key: Key): boolean {
  return (
    Boolean(key.revoked_at) || (key.expires_at ? new Date(key.expires_at) < new Date() : false)
  );
}

function Table({ keys }: { keys: Key[] }) {
  const { t } = useTranslation();
  return (
    <table className="table apps">
      <thead>
        <tr>
          <th>{t("apps.column.app")}</th>
          <th>{t("apps.column.key")}</th>
          <th>{t("apps.column.used")}</th>
          <th className="num">{t("apps.column.requests")}</th>
          <th>{t("apps.column.allowed")}</th>
          <th className="c-wide">{t("apps.column.tags")}</th>
          <th className="num c-wide">{t("apps.column.limit")}</th>
          <th>
            <span className="sr-only">{t("apps.column.revoke")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <Row key={key.id} apiKey={key} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ apiKey }: { apiKey: Key }) {
  const { t } = useTranslation();
  const { name, kind, prefix, last_used_at: used, per_minute: limit } = apiKey;
  const tags = Object.entries(apiKey.default_tags);
  const ended = hasEnded(apiKey);
  return (
    <tr className={ended ? "off" : ""}>
      <td>
        <span className="row">
          <span className="fw-5">{name}</span>
          {kind === "management" && <Pill tone="line">{t("apps.management")}</Pill>}
        </span>
      </td>
      <td className="mono t-2">{prefix}</td>
      <td className="t-2">{used ? <RelativeTime at={used} /> : t("apps.never")}</td>
      <td className="num">
        {apiKey.requests_24h > 0 ? (
          <Link to="/traffic" onClick={() => setTrafficQuery(`app:${quoted(name)} after:24h`)}>
            {count(apiKey.requests_24h)}
          </Link>
        ) : (
          <span className="t-3">{NONE}</span>
        )}
      </td>
      <td className="allowed">
        {kind === "management" ? (
          <span className="t-3">{t("apps.manages")}</span>
        ) : apiKey.allowed_configs.length === 0 ? (
          <span className="t-2">{t("apps.all")}</span>
        ) : (
          <code className="truncate">
            {apiKey.allowed_configs.map((slug) => `@${slug}`).join(", ")}
          </code>
        )}
      </td>
      <td className="c-wide">
        <span className="row gap-1">
          {tags.map(([tag, value]) => (
            <Chip key={tag}>
              {tag}={value}
            </Chip>
          ))}
          {tags.length === 0 && <span className="t-3">{NONE}</span>}
        </span>
      </td>
      <td className="num c-wide">
        {limit ? t("apps.perMinute", { limit: count(limit) }) : <span className="t-3">{NONE}</span>}
      </td>
      <td className="num">
        {ended ? (
          <span className="t-3">{t(apiKey.revoked_at ? "apps.revoked" : "apps.expired")}</span>
        ) : (
          <RevokeKey apiKey={apiKey} />
        )}
      </td>
    </tr>
  );
}

const quoted = (name: string) => (/^[\w.-]+$/.test(name) ? name : `"${name}"`);
