import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo } from "@/backend/react";
import type { Provider } from "@/bindings/types";
import { Button } from "@/components/Button";
import { CopyButton } from "@/components/Copy";
import { Switch } from "@/components/Field";
import { Dot, Pill } from "@/components/Label";
import { ProviderMark } from "@/components/Mark";
import { notify } from "@/components/toast";
import { called } from "../called";
import { healthOf, healthTone } from "../health";
import { type Checked, unlisted, useAddModels, useVerify } from "../useVerify";
import { Credential } from "./Credential";
import { Credentials } from "./Credentials";
import { Models } from "./Models";
import { Options } from "./Options";
import { RemoveProvider } from "./RemoveProvider";
import { Trouble } from "./Trouble";
import { VerifyResult } from "./VerifyResult";

type Props = { provider: Provider; checked: Checked | undefined; onRemoved: () => void };

export function ProviderDetail({ provider, checked, onRemoved }: Props) {
  const { t } = useTranslation();
  const tone = healthTone(provider);
  return (
    <div className="lower grow">
      <section
        className="models grow scroll"
        aria-label={t("providers.modelsOf", { name: called(provider) })}
      >
        <div className="sec-head">
          <ProviderMark name={provider.name} kind={provider.kind} size="lg" />
          <h2>{called(provider)}</h2>
          {provider.name !== provider.kind && <span className="t-3">{provider.display_name}</span>}
          <Pill tone={tone === "hollow" ? "neutral" : tone}>
            <Dot tone={tone} />
            {t(`providers.health.${healthOf(provider)}`)}
          </Pill>
          {provider.health_reason && (
            <span className="t-3 fs-2 truncate" title={provider.health_reason}>
              {provider.health_reason}
            </span>
          )}
        </div>
        <Trouble provider={provider} />
        <Models provider={provider} />
      </section>
      <aside
        className="panel cred"
        aria-label={t("providers.settingsOf", { name: called(provider) })}
      >
        <div className="scroll grow">
          <Credential provider={provider} />
          <Credentials provider={provider} />
          <Connection provider={provider} checked={checked} />
          <Options provider={provider} />
          <OnOff provider={provider} />
          {!provider.built_in && (
            <div className="section">
              <RemoveProvider provider={provider} onRemoved={onRemoved} />
            </div>
          )}
        </div>
      </aside>
    </div>
  );
}

function Connection({ provider, checked }: { provider: Provider; checked: Checked | undefined }) {
  const { t } = useTranslation();
  const verify = useVerify();
  const [own, setOwn] = useState<Checked | undefined>();
  const result = own ?? checked;
  const headers = Object.entries(provider.headers);
  const run = () => {
    setOwn("running");
    void verify(provider.name).then(setOwn);
  };
  return (
    <div className="section">
      <h2 className="section-title">{t("providers.connection")}</h2>
      <dl className="kv">
        {provider.base_url && (
          <>
            <dt>{t("providers.baseUrl")}</dt>
            <dd className="row gap-1">
              <code className="truncate" title={provider.base_url}>
                {provider.base_url}
              </code>
              <CopyButton text={provider.base_url} label={t("providers.copyBaseUrl")} />
            </dd>
          </>
        )}
        <dt>{t("providers.callAs")}</dt>
        <dd className="mono truncate">{provider.name}/…</dd>
        {headers.length > 0 && (
          <>
            <dt>{t("providers.headers")}</dt>
            <dd className="mono truncate">{headers.map(([name]) => name).join(", ")}</dd>
          </>
        )}
      </dl>
      <div className="verify">
        <Button
          size="sm"
          icon="refresh"
          onClick={run}
          reason={result === "running" && t("providers.checking")}
        >
          {t("providers.verify")}
        </Button>
        <VerifyResult result={result} />
        {typeof result === "object" && <Offered provider={provider} offered={result.models} />}
      </div>
    </div>
  );
}

function Offered({ provider, offered }: { provider: Provider; offered: string[] | undefined }) {
  const { t } = useTranslation();
  const add = useAddModels();
  const missing = unlisted(provider, offered);
  if (missing.length === 0) return null;
  const run = () =>
    void add(provider.name, missing).catch((error: Error) =>
      notify(error.message, { tone: "fault" }),
    );
  return (
    <Button size="sm" icon="plus" title={missing.join(", ")} onClick={run}>
      {t("providers.addOffered", { count: missing.length })}
    </Button>
  );
}

function OnOff({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const { mutate } = useDo("update_provider", {
    refreshes: ["list_providers", "list_models"],
    onError: (error) => notify(error.message, { tone: "fault" }),
  });
  const { name, kind } = provider;
  return (
    <div className="section">
      <div className="row">
        <Switch
          label={t("providers.enabled")}
          checked={provider.enabled}
          onChange={(enabled) => mutate({ name, kind, enabled })}
        />
        <span className="fs-2">{t("providers.enabled")}</span>
      </div>
      <p className="field-help">{t("providers.enabledHelp")}</p>
    </div>
  );
}
