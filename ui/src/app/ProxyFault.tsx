import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Redirect } from "wouter";
import { useDo, useOp } from "@/backend/react";
import type { ProxyState } from "@/bindings/types";
import { Button } from "@/components/Button";
import { CopyButton } from "@/components/Copy";
import { Field, Input } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { Popover } from "@/components/Overlay";
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
  return (
    <Fault title={t("port.title", { port })}>
      <p>{t("port.consequence", { address: `${HOST}:${port}` })}</p>
      <dl className="holder">
        <div>
          <dt>{t("port.heldBy")}</dt>
          <dd>
            <Icon name="terminal" size="sm" />
            {holder ? <code className="fw-6 truncate">{holder}</code> : t("port.holderUnknown")}
          </dd>
        </div>
        <div>
          <dt>{t("port.port")}</dt>
          <dd className="mono">
            {HOST}:{port}
          </dd>
        </div>
      </dl>
      <div className="row fault-actions">
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
      </div>
      {free && (
        <section className="affected">
          <h3 className="section-title">{t("port.ifSwitch", { port: free })}</h3>
          <NewBaseUrls port={free} />
          <p className="field-help">{t("port.restWorks")}</p>
        </section>
      )}
    </Fault>
  );
}

const DIALECTS = [["OpenAI", "/openai/v1"]] as const;

function NewBaseUrls({ port }: { port: number }) {
  const { t } = useTranslation();
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t("port.dialect")}</th>
          <th>{t("port.newBaseUrl")}</th>
          <th>
            <span className="sr-only">{t("copy")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {DIALECTS.map(([name, path]) => (
          <tr key={name}>
            <td className="fw-5">{name}</td>
            <td className="mono">
              http://{HOST}:<ins>{port}</ins>
              {path}
            </td>
            <td className="num">
              <CopyButton
                text={`http://${HOST}:${port}${path}`}
                label={t("port.copyFor", { name })}
              />
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
