import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Redirect } from "wouter";
import { useDo, useOp } from "@/backend/react";
import type { ProxyState } from "@/bindings/types";
import { Button } from "@/components/Button";
import { CopyButton } from "@/components/Copy";
import { Field, Input } from "@/components/Field";
import { NONE } from "@/components/format";
import { Icon } from "@/components/Icon";
import { Popover } from "@/components/Overlay";
import { RelativeTime } from "@/components/RelativeTime";
import { Fault } from "@/components/State";
import { notify } from "@/components/toast";
import { TopBar } from "./TopBar";

type PortTaken = Extract<ProxyState, { state: "port_in_use" }>;

const HOST = "127.0.0.1";

/** Why the proxy is down, and what works now. Leaves by itself once it is up. */
export function ProxyFault() {
  const { t } = useTranslation();
  const take = useOtherPort();
  const proxy = useOp("get_status", {}).data?.proxy;
  if (proxy && proxy.state !== "port_in_use" && proxy.state !== "failed") {
    return <Redirect to="/" replace />;
  }
  return (
    <>
      <TopBar title={t("proxy.label")} />
      <div className="body scroll">
        {proxy?.state === "port_in_use" && <PortInUse proxy={proxy} />}
        {proxy?.state === "failed" && (
          <Fault title={t("port.failedTitle")} actions={<OtherPort onChoose={take} />}>
            {proxy.message}
          </Fault>
        )}
      </div>
    </>
  );
}

function useOtherPort() {
  const { t } = useTranslation();
  const { mutate } = useDo("use_port", {
    refreshes: ["get_status"],
    onSuccess: (_, { port }) => notify(t("port.moved", { port })),
    onError: (error) => notify(error.message, { tone: "fault" }),
  });
  return (port: number) => mutate({ port });
}

function PortInUse({ proxy }: { proxy: PortTaken }) {
  const { t } = useTranslation();
  const take = useOtherPort();
  const { port, free_port: free, holder } = proxy;
  const evidence = (
    <dl className="holder">
      <div>
        <dt>{t("port.heldBy")}</dt>
        <dd>
          <Icon name="terminal" size="sm" />
          {holder ? <code className="fw-6 truncate">{holder}</code> : t("port.holderUnknown")}
        </dd>
      </div>
      <div>
        <dt>{t("port.address")}</dt>
        <dd className="mono">
          {HOST}:{port}
        </dd>
      </div>
    </dl>
  );
  const actions = (
    <>
      {free && (
        <Button variant="primary" autoFocus onClick={() => take(free)}>
          {t("port.use", { port: free })}
        </Button>
      )}
      <Button icon="refresh" onClick={() => take(port)}>
        {t("port.again", { port })}
      </Button>
      <OtherPort onChoose={take} />
      <span className="grow" />
      <CopyButton text={JSON.stringify(proxy, null, 2)} label={t("port.copyDetails")}>
        {t("port.copyDetails")}
      </CopyButton>
    </>
  );
  const effect = free && (
    <>
      <h3 className="section-title">{t("port.ifSwitch", { port: free })}</h3>
      <NewBaseUrls port={free} />
      <p className="field-help">{t("port.restWorks")}</p>
    </>
  );
  return (
    <Fault title={t("port.title", { port })} evidence={evidence} actions={actions} effect={effect}>
      {t("port.consequence", { address: `${HOST}:${port}` })}
    </Fault>
  );
}

const RECENTLY_MS = 7 * 86_400_000;

/** Apps that called lately: they are what a new port would cut off. */
function useRecentApps() {
  const keys = useOp("list_keys", {}).data?.data ?? [];
  const since = Date.now() - RECENTLY_MS;
  return keys.filter(
    (key) =>
      key.kind === "app" &&
      !key.revoked_at &&
      key.last_used_at !== undefined &&
      Date.parse(key.last_used_at) >= since,
  );
}

function NewBaseUrls({ port }: { port: number }) {
  const { t } = useTranslation();
  const apps = useRecentApps();
  const url = `http://${HOST}:${port}/openai/v1`;
  const rows =
    apps.length > 0 ? apps : [{ id: "any", name: "OpenAI SDK", last_used_at: undefined }];
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t("port.app")}</th>
          <th>{t("port.lastSeen")}</th>
          <th>{t("port.newBaseUrl")}</th>
          <th>
            <span className="sr-only">{t("copy")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, name, last_used_at }) => (
          <tr key={id}>
            <td className="mono fw-5">{name}</td>
            <td className="t-2">{last_used_at ? <RelativeTime at={last_used_at} /> : NONE}</td>
            <td className="mono">
              http://{HOST}:<ins>{port}</ins>/openai/v1
            </td>
            <td className="num">
              <CopyButton text={url} label={t("port.copyFor", { name })} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function OtherPort(props: { onChoose: (port: number) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const port = Number(text);
  const valid = Number.isInteger(port) && port >= 1024 && port <= 65535;
  return (
    <Popover
      title={t("port.choose")}
      align="start"
      open={open}
      onOpenChange={setOpen}
      trigger={<Button variant="ghost">{t("port.choose")}</Button>}
    >
      <form
        className="pop-body col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!valid) return;
          setOpen(false);
          props.onChoose(port);
        }}
      >
        <Field label={t("port.port")} help={t("port.range")}>
          {({ id, describedBy }) => (
            <Input
              id={id}
              aria-describedby={describedBy}
              mono
              inputMode="numeric"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Button variant="primary" type="submit" reason={!valid && t("port.range")}>
          {valid ? t("port.usePort", { port }) : t("port.useThis")}
        </Button>
      </form>
    </Popover>
  );
}
