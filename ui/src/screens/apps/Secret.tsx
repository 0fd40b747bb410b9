import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useEvents, useOp } from "@/backend/react";
import type { CreatedKey, LogRow, UiEvent } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { CopyButton } from "@/components/Copy";
import { Select } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { Snippets } from "@/components/Snippets";
import { Banner, Skeleton } from "@/components/State";

/** The only time that the secret is shown: it lives as long as this panel is open. */
export function Secret({ made, onClose }: { made: CreatedKey; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <aside className="panel app-panel is-wide" aria-label={t("apps.secret.title", made)}>
      <div className="panel-head">
        <h2>{t("apps.secret.title", made)}</h2>
        <span className="grow" />
        <IconButton icon="x" label={t("apps.close")} onClick={onClose} />
      </div>
      <div className="scroll grow">
        <div className="section">
          <Banner tone="warn" title={t("apps.secret.once")}>
            {t("apps.secret.onceText")}
          </Banner>
          <div className="secret">
            <code>{made.secret}</code>
            <CopyButton text={made.secret} label={t("apps.secret.copy")} />
          </div>
        </div>
        <div className="section">
          <Paste made={made} />
        </div>
        <div className="section">
          <Waiting made={made} />
          <div className="row done">
            <Button variant="primary" onClick={onClose}>
              {t("apps.secret.done")}
            </Button>
          </div>
        </div>
      </div>
    </aside>
  );
}

function Paste({ made }: { made: CreatedKey }) {
  const { t } = useTranslation();
  const configs = useOp("list_configs", {}).data?.data ?? [];
  const slugs = made.allowed_configs.length
    ? made.allowed_configs
    : configs.map(({ slug }) => slug);
  const [chosen, setChosen] = useState<string | null>(null);
  const slug = chosen ?? slugs.find((each) => each === "production") ?? slugs[0] ?? "production";
  const model = `@${slug}`;
  const snippets = useOp("get_snippets", { key: made.secret, model }, { gcTime: 0 });
  return (
    <>
      <div className="row paste">
        <h2 className="section-title">{t("apps.secret.paste")}</h2>
        <span className="grow" />
        {slugs.length > 1 && (
          <Select
            size="sm"
            mono
            label={t("apps.secret.model")}
            value={slug}
            options={slugs.map((value) => ({ value, label: `@${value}` }))}
            onChange={setChosen}
          />
        )}
      </div>
      {snippets.data ? (
        <Snippets
          given={snippets.data}
          marks={[
            snippets.data.openai_base_url,
            snippets.data.anthropic_base_url,
            made.secret,
            model,
          ]}
        />
      ) : (
        <Skeleton />
      )}
    </>
  );
}

function Waiting({ made }: { made: CreatedKey }) {
  const { t } = useTranslation();
  const [first, setFirst] = useState<LogRow | null>(null);
  useEvents(
    useCallback(
      (events: UiEvent[]) => {
        const rows = events.flatMap((event) =>
          event.type === "requests_recorded" ? event.rows : [],
        );
        const mine = rows.find(({ app }) => app === made.name);
        if (mine) setFirst((before) => before ?? mine);
      },
      [made.name],
    ),
  );
  return (
    <p className={`app-waiting ${first ? "t-ok" : "t-2"}`} role="status">
      {first ? <Icon name="pass" size="sm" /> : <span className="app-pulse" />}
      <span className="grow">{t(first ? "apps.secret.arrived" : "apps.secret.waiting", made)}</span>
      {first && <Link to={`/traffic/${first.id}`}>{t("apps.secret.see")}</Link>}
    </p>
  );
}
