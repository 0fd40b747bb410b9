import { useTranslation } from "react-i18next";
import { useBackend, useOp } from "@/backend/react";
import { Button } from "@/components/Button";
import { ago } from "@/components/format";
import { Banner } from "@/components/State";
import { notify } from "@/components/toast";
import { ChangeList } from "./ChangeList";
import { putDraft } from "./drafts";
import { merge } from "./merge";
import type { ConfigState } from "./useConfig";

type Props = { slug: string; state: ConfigState; onOverwrite: () => void };

/** Somebody saved while this draft was open. Nobody's edit is lost: the person says how to go on. */
export function Conflict({ slug, state, onOverwrite }: Props) {
  const { t } = useTranslation();
  const backend = useBackend();
  const { draft, base, versions, document } = state;
  const newest = versions[0];
  const behind = draft !== null && newest !== undefined && newest.number > draft.seen;
  const theirs = useOp(
    "diff_versions",
    { slug, from: base.number, to: newest?.number ?? 0 },
    { enabled: behind },
  );
  if (!behind || !draft) return null;
  const version = newest.number;

  const rebase = async () => {
    if (document === undefined) return;
    const merged = merge(base.document, document, newest.document);
    const source = JSON.stringify(merged.document, null, 2);
    const { formatted } = await backend.call("validate", { slug, source });
    putDraft(slug, { ...draft, from: version, seen: version, text: formatted ?? source });
    notify(
      merged.contested.length === 0
        ? t("conflict.rebased", { version })
        : t("conflict.contested", { version, paths: merged.contested.join(", ") }),
      { undo: { label: t("undo"), run: () => putDraft(slug, draft) } },
    );
  };
  const overwrite = () => {
    putDraft(slug, { ...draft, seen: version });
    onOverwrite();
  };
  const discard = () => {
    putDraft(slug, null);
    notify(t("draft.discarded"), { undo: { label: t("undo"), run: () => putDraft(slug, draft) } });
  };
  const by = { version, author: newest.author, when: ago(newest.created_at) };
  return (
    <div className="conflict">
      <Banner
        tone="warn"
        title={t("conflict.title", by)}
        actions={
          <>
            <Button
              variant="primary"
              reason={document === undefined && t("conflict.notJson")}
              onClick={rebase}
            >
              {t("conflict.rebase", { version })}
            </Button>
            <Button onClick={overwrite}>{t("conflict.overwrite", { version: version + 1 })}</Button>
            <Button variant="ghost" onClick={discard}>
              {t("draft.discard")}
            </Button>
          </>
        }
      >
        {t("conflict.text", { base: base.number, version })}
        {theirs.data && <ChangeList diff={theirs.data} />}
      </Banner>
    </div>
  );
}
