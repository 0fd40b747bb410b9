import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useOp } from "@/backend/react";
import type { Provider } from "@/bindings/types";
import { Button } from "@/components/Button";
import { count, duration, NONE, percent } from "@/components/format";
import { Icon } from "@/components/Icon";
import { Dot } from "@/components/Label";
import { ProviderMark } from "@/components/Mark";
import { LoadFault, Skeleton } from "@/components/State";
import { called } from "./called";
import { ProviderDetail } from "./detail/ProviderDetail";
import { GOOD_SUCCESS_RATE, healthOf, healthText, healthTone } from "./health";
import { useVerifyAll } from "./useVerify";

/** Its figures grow with each request and have no event of their own. */
const FIGURES_MS = 15_000;

/** Is a provider healthy, is its key there, and what do its models cost? */
export function ProviderList({ selected }: { selected?: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const providers = useOp("list_providers", {}, { refetchInterval: FIGURES_MS });
  const rows = providers.data?.data ?? [];
  const open = rows.find(({ name }) => name === selected) ?? rows[0];
  const verify = useVerifyAll(rows);
  const add = () => navigate("/providers/_new");
  const move = (by: number) => {
    const at = open ? rows.indexOf(open) : -1;
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) navigate(`/providers/${next.name}`, { replace: true });
  };
  useActions([
    { id: "providers.add", group: "page", label: t("providers.add"), icon: "plus", run: add },
    {
      id: "providers.check",
      group: "page",
      label: t("providers.checkAll"),
      icon: "refresh",
      run: verify.run,
    },
    {
      id: "providers.next",
      group: "page",
      label: t("list.next"),
      shortcut: "j",
      keyOnly: true,
      run: () => move(1),
    },
    {
      id: "providers.previous",
      group: "page",
      label: t("list.previous"),
      shortcut: "k",
      keyOnly: true,
      run: () => move(-1),
    },
  ]);
  return (
    <>
      <TopBar
        title={t("nav.providers")}
        actions={
          <>
            <Button
              icon="refresh"
              onClick={verify.run}
              reason={verify.running && t("providers.checking")}
            >
              {t("providers.checkAll")}
            </Button>
            <Button variant="primary" icon="plus" onClick={add}>
              {t("providers.add")}
            </Button>
          </>
        }
      />
      <div className="body col">
        {providers.error && (
          <LoadFault error={providers.error} retry={() => void providers.refetch()} />
        )}
        {providers.isPending && <Skeleton height={36} />}
        {rows.length > 0 && (
          <Table
            rows={rows}
            open={open?.name}
            onOpen={(name) => navigate(`/providers/${name}`, { replace: true })}
          />
        )}
        {open && (
          <ProviderDetail
            key={open.name}
            provider={open}
            checked={verify.results[open.name]}
            onRemoved={() => navigate("/providers", { replace: true })}
          />
        )}
      </div>
    </>
  );
}

type TableProps = { rows: Provider[]; open: string | undefined; onOpen: (name: string) => void };

function Table({ rows, open, onOpen }: TableProps) {
  const { t } = useTranslation();
  const selected = useRef<HTMLTableRowElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row is selected then
  useEffect(() => {
    selected.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return (
    <section className="provs scroll" aria-label={t("nav.providers")}>
      <table className="table">
        <thead>
          <tr>
            <th>{t("providers.column.provider")}</th>
            <th>{t("providers.column.health")}</th>
            <th className="num">{t("providers.column.requests")}</th>
            <th className="num">{t("providers.column.p50")}</th>
            <th className="num">{t("providers.column.success")}</th>
            <th className="num c-wide">{t("providers.column.models")}</th>
            <th>{t("providers.column.credential")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.name}
              ref={row.name === open ? selected : undefined}
              className={row.enabled ? "" : "off"}
              aria-selected={row.name === open}
              onClick={() => onOpen(row.name)}
            >
              <td>
                <button
                  type="button"
                  className="row name-button"
                  aria-current={row.name === open ? "true" : undefined}
                  onClick={() => onOpen(row.name)}
                >
                  <ProviderMark name={row.name} kind={row.kind} />
                  <span className="fw-5">{called(row)}</span>
                  {row.name !== row.kind && <span className="t-3">{row.display_name}</span>}
                </button>
              </td>
              <td>
                <HealthCell provider={row} />
              </td>
              <td className="num">{row.requests_24h ? count(row.requests_24h) : dash()}</td>
              <td className="num t-2">{duration(row.p50_ms)}</td>
              <td className={`num ${successTone(row)}`}>
                {percent(row.success_rate, row.success_rate === 1 ? 0 : 1)}
              </td>
              <td className="num t-2 c-wide">{count(row.models.length)}</td>
              <td>
                <CredentialCell provider={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const dash = () => <span className="t-3">{NONE}</span>;

function successTone(row: Provider): string {
  const rate = row.success_rate;
  return rate != null && rate < GOOD_SUCCESS_RATE ? "t-warn fw-5" : "";
}

function HealthCell({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const tone = healthTone(provider);
  return (
    <span className={`row gap-1.5 ${healthText(tone)}`} title={provider.health_reason}>
      <Dot tone={tone} />
      {t(`providers.health.${healthOf(provider)}`)}
    </span>
  );
}

function CredentialCell({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const { source, hint, env } = provider.credential;
  if (source === "none") return <span className="t-3">{t("providers.credential.none")}</span>;
  if (source === "missing") {
    return (
      <span className="row gap-1.5">
        <span className="t-warn">{t("providers.credential.missing")}</span>
        <More provider={provider} />
      </span>
    );
  }
  return (
    <span className="row gap-1.5">
      <Icon name={source === "env" ? "terminal" : "lock"} size="xs" />
      <code>
        {source === "env" ? `$${env}` : hint ? `...${hint}` : t("providers.credential.kept")}
      </code>
      <span className="t-3 c-wide">{t(`providers.credential.in.${source}`)}</span>
      <More provider={provider} />
    </span>
  );
}

/** How many credentials there are besides the default one. */
function More({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const labels = Object.keys(provider.credentials);
  if (labels.length === 0) return null;
  return (
    <span className="t-2" title={labels.join(", ")}>
      {t("providers.credential.more", { count: labels.length })}
    </span>
  );
}
