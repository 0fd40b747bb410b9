import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import { useDo, useReread } from "@/backend/react";
import { Button } from "@/components/Button";
import { Field, Input } from "@/components/Field";
import { keyLabel } from "@/components/Label";
import { Popover } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { useActivate } from "./actions";
import { ChangeList } from "./ChangeList";
import { putDraft } from "./drafts";
import { useFaults } from "./form/faults";
import type { ConfigState } from "./useConfig";

type Props = {
  slug: string;
  state: ConfigState;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

export function SaveVersion({ slug, state, open, onOpenChange }: Props) {
  const { t } = useTranslation();
  const reason = useReason(slug, state);
  const openIfPossible = () => {
    if (reason) notify(reason, { tone: "fault" });
    else onOpenChange(true);
  };
  useActions([
    {
      id: "save",
      group: "page",
      label: t("save.button"),
      icon: "check",
      shortcut: "Ctrl+S",
      run: openIfPossible,
    },
  ]);
  if (reason) {
    return (
      <Button variant="primary" reason={reason}>
        {t("save.button")}
      </Button>
    );
  }
  const next = state.config.latest_version + 1;
  return (
    <Popover
      title={t("save.title", { version: next })}
      open={open}
      onOpenChange={onOpenChange}
      className="save-pop"
      trigger={
        <Button variant="primary" title={keyLabel("Ctrl S")}>
          {t("save.button")}
        </Button>
      }
    >
      <SaveForm slug={slug} state={state} next={next} onClose={() => onOpenChange(false)} />
    </Popover>
  );
}

/** Why it cannot be saved now, or null. */
function useReason(slug: string, state: ConfigState): string | null {
  const { t } = useTranslation();
  const faults = useFaults(slug).size;
  if (faults > 0) return t("save.mend", { count: faults });
  if (!state.draft || state.diff?.changes.length === 0) {
    return t("save.nothing", { version: state.base.number });
  }
  if (state.draft.seen < state.config.latest_version) {
    return t("save.conflict", { version: state.config.latest_version });
  }
  if (!state.validated) return t("save.checking");
  const errors = state.validation?.diagnostics.filter((each) => each.severity === "error").length;
  if (errors) return t("save.fix", { count: errors });
  return null;
}

function SaveForm(props: Pick<Props, "slug" | "state"> & { next: number; onClose: () => void }) {
  const { t } = useTranslation();
  const { slug, state, next, onClose } = props;
  const active = state.config.active_version;
  const [message, setMessage] = useState("");
  const [activate, setActivate] = useState(true);
  const back = useActivate(slug);
  const refresh = useReread();
  const save = useDo("save_version", {
    refreshes: ["list_configs", "get_config", "list_versions", "list_activations"],
    onSuccess: (saved) => {
      putDraft(slug, null);
      onClose();
      const { version } = saved;
      if (saved.unchanged) return notify(t("save.unchanged", { version }));
      if (!saved.active) return notify(t("save.savedCandidate", { version }));
      notify(t("save.saved", { version }), {
        undo: {
          label: t("versions.rollBackTo", { version: active }),
          run: () => back(active),
        },
      });
    },
    onError: (error) => {
      if (error.code !== "conflict") return;
      // A conflict becomes the banner above the page: reading the versions again shows it.
      refresh(["get_config", "list_versions"]);
      onClose();
    },
  });
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (state.document === undefined || !state.draft || save.isPending) return;
    save.mutate({
      slug,
      document: state.document,
      message: message.trim() || undefined,
      base_version: state.draft.seen,
      activate,
    });
  };
  useActions([
    {
      id: "save.confirm",
      group: "page",
      label: t("save.confirm", { version: next }),
      shortcut: "Ctrl+Enter",
      keyOnly: true,
      run: submit,
    },
  ]);
  return (
    <form onSubmit={submit}>
      <div className="pop-body">
        <Field label={t("save.message")} aside={t("save.messageAside")}>
          {({ id }) => (
            <Input
              id={id}
              autoFocus
              maxLength={200}
              value={message}
              onChange={(event) => setMessage(event.target.value)}
            />
          )}
        </Field>
        {state.diff && (
          <div className="sv-changes">
            <ChangeList diff={state.diff} />
          </div>
        )}
        <div className="sv-opt" role="radiogroup" aria-label={t("save.after")}>
          <Choice
            on={activate}
            choose={() => setActivate(true)}
            title={t("save.activate", { version: next })}
            text={t("save.activateText")}
          />
          <Choice
            on={!activate}
            choose={() => setActivate(false)}
            title={t("save.candidate", { version: active })}
            text={t("save.candidateText", { version: next })}
          />
        </div>
        {save.error && save.error.code !== "conflict" && (
          <p className="field-help t-bad" role="alert">
            {save.error.message}
          </p>
        )}
      </div>
      <div className="pop-foot">
        <span className="grow" />
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button variant="primary" type="submit" title={keyLabel("Ctrl Enter")}>
          {t("save.confirm", { version: next })}
        </Button>
      </div>
    </form>
  );
}

function Choice(props: { on: boolean; choose: () => void; title: string; text: string }) {
  return (
    <button
      type="button"
      role="radio"
      aria-checked={props.on}
      className={props.on ? "is-on" : ""}
      onClick={props.choose}
    >
      <span className="radio" />
      <span>
        <strong>{props.title}</strong>
        <span className="t-3">{props.text}</span>
      </span>
    </button>
  );
}
