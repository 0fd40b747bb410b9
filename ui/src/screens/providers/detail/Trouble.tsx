import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useDo, useOp } from "@/backend/react";
import type { Provider, TargetHealth } from "@/bindings/types";
import { Button } from "@/components/Button";
import { timeOfDay } from "@/components/format";
import { Icon } from "@/components/Icon";
import { RelativeTime } from "@/components/RelativeTime";
import { notify } from "@/components/toast";

/** What is wrong now: targets that are skipped, until when, and the last request that failed. */
export function Trouble({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const health = useOp("get_health", {}).data?.data ?? [];
  const held = health.filter(
    ({ target, state }) => target.startsWith(`${provider.name}/`) && state !== "closed",
  );
  const { mutate: reset } = useDo("reset_health", {
    refreshes: ["get_health", "list_providers"],
    onSuccess: (_, { target }) => notify(t("providers.breaker.wasReset", { target })),
    onError: (error) => notify(error.message, { tone: "fault" }),
  });
  const unwell = held.length > 0 || ["failing", "rate_limited"].includes(provider.health);
  return (
    <>
      {held.length > 0 && (
        <ul className="held" aria-label={t("providers.breaker.label")}>
          {held.map((target) => (
            <Held
              key={`${target.target} ${target.credential ?? ""}`}
              health={target}
              onReset={() => reset({ target: target.target })}
            />
          ))}
        </ul>
      )}
      {unwell && <LastError provider={provider.name} />}
    </>
  );
}

function Held({ health, onReset }: { health: TargetHealth; onReset: () => void }) {
  const { t } = useTranslation();
  return (
    <li>
      <span className="t-warn">
        <Icon name="warn" size="sm" />
      </span>
      <span className="grow">
        <code>{health.target}</code>
        {health.credential && <code className="t-2"> ({health.credential})</code>}{" "}
        {t(`providers.breaker.${health.state}`)}{" "}
        <span className="t-2">
          {health.reason}
          {health.until && t("providers.breaker.until", { time: timeOfDay(health.until, true) })}
        </span>
      </span>
      <Button
        size="sm"
        aria-label={t("providers.breaker.resetTarget", { target: health.target })}
        onClick={onReset}
      >
        {t("providers.breaker.reset")}
      </Button>
    </li>
  );
}

/** The newest request on it that failed, with its way to the trace. */
function LastError({ provider }: { provider: string }) {
  const { t } = useTranslation();
  const newest = useOp("list_logs", { q: `provider:${provider} status:error`, limit: 1 });
  const row = newest.data?.data[0];
  if (!row) return null;
  return (
    <p className="last-error fs-2">
      <span className="t-3">{t("providers.lastError")}</span>
      <code className="truncate">{row.model ?? row.requested_model}</code>
      <span className="t-bad">{[row.status, row.error_class].filter(Boolean).join(" ")}</span>
      <span className="t-3">
        <RelativeTime at={row.time} />
      </span>
      <Link to={`/traffic/${row.id}`}>{t("providers.seeTrace")}</Link>
    </p>
  );
}
