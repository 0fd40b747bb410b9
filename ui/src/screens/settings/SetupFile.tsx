import { type ChangeEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { BackendError } from "@/backend/backend";
import { useBackend, useDo } from "@/backend/react";
import type { BundleReport } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Banner } from "@/components/State";
import { notify } from "@/components/toast";
import { faultLines, fileName, type Opened, openBundle } from "./bundle";
import { Row } from "./Row";

export function Export() {
  const { t } = useTranslation();
  const backend = useBackend();
  const write = useDo("export_bundle", {
    onSuccess: async (bundle) => {
      const name = fileName(new Date());
      const text = `${JSON.stringify(bundle, null, 2)}\n`;
      try {
        if (await backend.saveFile(name, text)) notify(t("settings.export.done", { name }));
      } catch (error) {
        notify(
          t("settings.export.failed", {
            why: error instanceof Error ? error.message : String(error),
          }),
          { tone: "fault" },
        );
      }
    },
  });
  return (
    <Row
      label={t("settings.export.label")}
      help={t("settings.export.help")}
      fault={write.error?.message}
    >
      <Button icon="download" onClick={() => write.mutate({})}>
        {t("settings.export.button")}
      </Button>
    </Row>
  );
}

/** First what the file holds, then the import: it is all of it or nothing. */
export function Import() {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const put = useDo("import_bundle", {
    refreshes: ["list_configs", "list_providers", "get_settings", "get_status"],
  });
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.target.files ?? [];
    // The same file can be chosen again after it was mended.
    event.target.value = "";
    if (!chosen) return;
    put.reset();
    setOpened(null);
    setUnreadable(null);
    try {
      setOpened(openBundle(chosen.name, await chosen.text()));
    } catch (error) {
      setUnreadable((error as Error).message);
    }
  };
  const close = () => {
    put.reset();
    setOpened(null);
  };
  return (
    <>
      <Row label={t("settings.import.label")} help={t("settings.import.help")} fault={unreadable}>
        <Button onClick={() => file.current?.click()}>{t("settings.import.button")}</Button>
        <input
          ref={file}
          type="file"
          accept=".json,application/json"
          className="sr-only"
          tabIndex={-1}
          aria-label={t("settings.import.file")}
          onChange={read}
        />
      </Row>
      {opened && !put.data && !put.error && (
        <Preview opened={opened} onCancel={close} onImport={() => put.mutate(opened.bundle)} />
      )}
      {put.error && <Refused error={put.error} opened={opened} onClose={close} />}
      {put.data && <Report report={put.data} onClose={close} />}
    </>
  );
}

function Preview(props: { opened: Opened; onCancel: () => void; onImport: () => void }) {
  const { t } = useTranslation();
  const { name, bundle } = props.opened;
  const settings = Object.keys(bundle.settings);
  return (
    <div className="set-block" role="group" aria-label={name}>
      <p className="fw-6">{name}</p>
      <dl className="kv">
        <dt>{t("settings.import.configs")}</dt>
        <Names names={bundle.configs.map(({ slug }) => `@${slug}`)} />
        <dt>{t("settings.import.providers")}</dt>
        <Names names={bundle.providers.map((provider) => provider.name)} />
        <dt>{t("settings.import.settings")}</dt>
        <Names names={settings} />
      </dl>
      <div className="row">
        <Button variant="primary" onClick={props.onImport}>
          {t("settings.import.apply")}
        </Button>
        <Button onClick={props.onCancel}>{t("cancel")}</Button>
      </div>
    </div>
  );
}

function Names({ names }: { names: string[] }) {
  const { t } = useTranslation();
  if (names.length === 0) return <dd className="t-3">{t("settings.import.none")}</dd>;
  return <dd className="mono">{names.join(", ")}</dd>;
}

function Refused(props: { error: BackendError; opened: Opened | null; onClose: () => void }) {
  const { t } = useTranslation();
  const lines = faultLines(props.error, props.opened?.bundle);
  return (
    <div className="set-block">
      <Banner
        tone="bad"
        title={t("settings.import.refused")}
        actions={<Button onClick={props.onClose}>{t("settings.import.close")}</Button>}
      >
        {lines.length === 0 && props.error.message}
        <ul>
          {lines.map((line) => (
            <li key={line.path + line.message}>
              {line.slug && <strong>@{line.slug} </strong>}
              <code className="t-3">{line.path}</code> {line.message}
            </li>
          ))}
        </ul>
      </Banner>
    </div>
  );
}

function Report({ report, onClose }: { report: BundleReport; onClose: () => void }) {
  const { t } = useTranslation();
  const { providers, configs, unchanged } = report;
  const nothing = providers.length === 0 && configs.length === 0;
  return (
    <div className="set-block">
      <Banner
        tone="ok"
        title={t(nothing ? "settings.import.same" : "settings.import.done")}
        actions={<Button onClick={onClose}>{t("settings.import.close")}</Button>}
      >
        <ul>
          {configs.map(({ slug, version }) => (
            <li key={slug}>
              <Link className="mono" to={`/configs/${slug}/versions`}>
                @{slug}
              </Link>{" "}
              {t("settings.import.version", { version })}
            </li>
          ))}
          {providers.map((name) => (
            <li key={name}>
              <Link className="mono" to="/providers">
                {name}
              </Link>{" "}
              {t("settings.import.provider")}
            </li>
          ))}
          {unchanged.length > 0 && (
            <li>
              {t("settings.import.unchanged")}{" "}
              <span className="mono">{unchanged.map((slug) => `@${slug}`).join(", ")}</span>
            </li>
          )}
        </ul>
      </Banner>
    </div>
  );
}
