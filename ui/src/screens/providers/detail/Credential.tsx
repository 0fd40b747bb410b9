import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo, useOp } from "@/backend/react";
import type { Provider } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { ConfirmDialog } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { called } from "../called";
import { KeyForm } from "../KeyForm";
import { KeysLink } from "../KeysLink";

export function Credential({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const { credential } = provider;
  const missing = credential.source === "missing";
  const [replacing, setReplacing] = useState(false);
  const kinds = useOp("list_provider_kinds", {}).data?.data ?? [];
  if (credential.source === "none" && !replacing) {
    return (
      <div className="section">
        <h2 className="section-title">{t("providers.credential.title")}</h2>
        <p className="fs-2 t-2">{t("providers.credential.noneNeeded")}</p>
        {!provider.built_in && (
          <Button size="sm" icon="key" className="give-key" onClick={() => setReplacing(true)}>
            {t("providers.credential.give")}
          </Button>
        )}
      </div>
    );
  }
  const kind = kinds.find((each) => each.kind === provider.kind);
  return (
    <div className="section">
      <h2 className="section-title">{t("providers.credential.title")}</h2>
      {missing || replacing ? (
        <KeyForm
          provider={provider}
          env={credential.env}
          onKept={() => setReplacing(false)}
          onCancel={missing ? undefined : () => setReplacing(false)}
        />
      ) : (
        <Kept provider={provider} onReplace={() => setReplacing(true)} />
      )}
      {credential.problem && <p className="field-help t-warn">{credential.problem}</p>}
      {missing && kind && (
        <p className="field-help">
          <KeysLink kind={kind} />
        </p>
      )}
    </div>
  );
}

function Kept({ provider, onReplace }: { provider: Provider; onReplace: () => void }) {
  const { t } = useTranslation();
  const { source, hint, env } = provider.credential;
  return (
    <>
      <div className="keyrow">
        <Icon name={source === "env" ? "terminal" : "key"} size="sm" />
        <code className="truncate">
          {source === "env" ? `$${env}` : hint ? `••••••••${hint}` : "••••••••"}
        </code>
        <span className="grow" />
        <IconButton icon="edit" label={t("providers.credential.replace")} onClick={onReplace} />
        {source !== "env" && <Forget provider={provider} />}
      </div>
      <p className="field-help">{t(`providers.credential.help.${source}`, { env })}</p>
    </>
  );
}

function Forget({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { mutate } = useDo("delete_credential", {
    refreshes: ["list_providers"],
    onSuccess: () => setAsking(false),
    onError: (error) => notify(error.message, { tone: "fault" }),
  });
  const name = called(provider);
  return (
    <>
      <IconButton
        icon="trash"
        label={t("providers.credential.remove")}
        onClick={() => setAsking(true)}
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("providers.credential.removeTitle", { name })}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            <Button variant="danger" onClick={() => mutate({ name: provider.name })}>
              {t("providers.credential.removeConfirm", { name })}
            </Button>
          </>
        }
      >
        <p className="t-2">{t("providers.credential.removeText", { name })}</p>
      </ConfirmDialog>
    </>
  );
}
