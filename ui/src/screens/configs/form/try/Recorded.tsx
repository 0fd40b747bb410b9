import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useBackend, useOp } from "@/backend/react";
import { Button } from "@/components/Button";
import { ago, count } from "@/components/format";
import { Popover } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { parseJson } from "../../useConfig";
import { useForm } from "../context";
import { isTree } from "../json";
import type { Change, Sample } from "./sample";

const RECENT = 20;

/** The latest requests of this config; one of them can be tried in place of a made one. */
export function Recorded({ sample, onChange }: { sample: Sample; onChange: Change }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      title={t("form.try.recordedTitle")}
      open={open}
      onOpenChange={setOpen}
      className="fm-recent"
      trigger={
        <Button size="sm" variant="ghost" icon="traffic" aria-pressed={sample.recorded !== null}>
          {t("form.try.recorded")}
        </Button>
      }
    >
      <Recent
        onPick={(recorded) => {
          onChange({ recorded });
          setOpen(false);
        }}
      />
    </Popover>
  );
}

function Recent({ onPick }: { onPick: (recorded: Sample["recorded"]) => void }) {
  const { t } = useTranslation();
  const backend = useBackend();
  const { slug } = useForm();
  const { data, error } = useOp("list_logs", { limit: RECENT, q: `config:${slug}` });
  const pick = async (id: string, tokens: number | null) => {
    const log = await backend.call("get_log", { id }).catch(() => null);
    const body = log?.request_body;
    const parsed = body && !body.truncated ? parseJson(body.text) : undefined;
    if (!isTree(parsed)) return notify(t("form.try.noBody"), { tone: "fault" });
    onPick({ id, body: parsed, tokens });
  };
  if (error) return <p className="pop-body t-bad">{error.message}</p>;
  if (data?.data.length === 0) return <p className="pop-body t-3">{t("form.try.noneRecorded")}</p>;
  return (
    <ul className="menu scroll fm-recent-list">
      {data?.data.map((row) => (
        <li key={row.id}>
          <button
            type="button"
            className="menu-item"
            onClick={() => void pick(row.id, row.input_tokens)}
          >
            <Status code={row.status} />
            <span className="truncate grow">{row.app}</span>
            {row.stream && <span className="t-3">{t("form.try.streamed")}</span>}
            <span className="t-3">{t("form.try.tokens", { n: count(row.input_tokens) })}</span>
            <span className="t-3 fm-ago">{ago(row.time)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Status({ code }: { code: number }) {
  return <span className={`num ${code >= 400 ? "t-bad" : "t-3"}`}>{code}</span>;
}
