import { type FormEvent, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { BackendError } from "@/backend/backend";
import { useCall, useOp } from "@/backend/react";
import { Button } from "@/components/Button";
import { Input } from "@/components/Field";
import { notify } from "@/components/toast";
import { Row } from "./Row";
import { useSaved } from "./useSetting";

const LOWEST = 1024;
const HIGHEST = 65_535;

/** The one setting that reaches into every app, so it is taken by a button and not by leaving the field. */
export function Port() {
  const { t } = useTranslation();
  const status = useOp("get_status", {}).data;
  const settings = useOp("get_settings", {}).data;
  const { take, error, clear, saved } = useTakePort();
  const [typed, setTyped] = useState<string | null>(null);
  // What it listens on; the setting is 0 where any free port was asked for.
  const heard = Number(status?.address?.split(":").at(-1)) || undefined;
  const current = heard ?? settings?.port;
  const next = Number(typed);
  const changed = typed !== null && typed.trim() !== String(current);
  const wrong = changed && !(Number.isInteger(next) && next >= LOWEST && next <= HIGHEST);
  const free = freePort(error);
  const use = (port: number) =>
    take(port, current).then((done) => {
      if (done) setTyped(null);
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed && !wrong) void use(next);
  };
  const apps = t("settings.port.apps", { count: status?.active_apps ?? 0 });
  return (
    <Row
      label={t("settings.port.label")}
      help={
        changed && !wrong ? (
          <Trans
            i18nKey="settings.port.effect"
            values={{ url: `http://127.0.0.1:${next}/openai/v1`, apps }}
            components={{ code: <code /> }}
          />
        ) : (
          t("settings.port.help")
        )
      }
      fault={wrong ? t("port.range") : error?.message}
      saved={saved}
    >
      {({ id, describedBy, invalid }) => (
        <form className="row" onSubmit={submit}>
          <Input
            id={id}
            aria-describedby={describedBy}
            className="set-number"
            mono
            inputMode="numeric"
            invalid={invalid}
            value={typed ?? current ?? ""}
            onChange={(event) => {
              clear();
              setTyped(event.target.value);
            }}
            onKeyDown={(event) => {
              if (event.key !== "Escape") return;
              clear();
              setTyped(null);
            }}
          />
          {changed && !free && (
            <Button type="submit" reason={wrong && t("port.range")}>
              {wrong ? t("port.useThis") : t("port.usePort", { port: next })}
            </Button>
          )}
          {free && <Button onClick={() => void use(free)}>{t("port.use", { port: free })}</Button>}
        </form>
      )}
    </Row>
  );
}

function useTakePort() {
  const { t } = useTranslation();
  const call = useCall();
  const [error, setError] = useState<BackendError | null>(null);
  const [saved, markSaved] = useSaved();
  const move = (port: number) => call("use_port", { port }, ["get_status", "get_settings"]);
  const take = async (port: number, before: number | undefined) => {
    try {
      await move(port);
    } catch (fault) {
      setError(fault as BackendError);
      return false;
    }
    setError(null);
    markSaved();
    const back = () =>
      move(before ?? port).catch((fault: Error) => notify(fault.message, { tone: "fault" }));
    notify(t("port.moved", { port }), {
      undo: before ? { label: t("settings.port.back", { port: before }), run: back } : undefined,
    });
    return true;
  };
  return { take, error, saved, clear: () => setError(null) };
}

function freePort(error: BackendError | null): number | null {
  const free = (error?.details as { free_port?: unknown } | null)?.free_port;
  return error?.code === "port_in_use" && typeof free === "number" ? free : null;
}
