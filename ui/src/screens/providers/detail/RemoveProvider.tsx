import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo } from "@/backend/react";
import type { Provider } from "@/bindings/types";
import { Button } from "@/components/Button";
import { ConfirmDialog } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { called } from "../called";

/** It loses the key, so it is asked by name. */
export function RemoveProvider(props: { provider: Provider; onRemoved: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { name, credential } = props.provider;
  const own = called(props.provider);
  const remove = useDo("delete_provider", {
    refreshes: ["list_providers", "list_models"],
    onSuccess: () => {
      setAsking(false);
      notify(t("providers.remove.done", { name: own }));
      props.onRemoved();
    },
  });
  const losesKey = credential.source === "keychain" || credential.source === "file";
  return (
    <>
      <Button size="sm" variant="danger" icon="trash" onClick={() => setAsking(true)}>
        {t("providers.remove.button", { name: own })}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          remove.reset();
        }}
        title={t("providers.remove.title", { name: own })}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            <Button variant="danger" onClick={() => remove.mutate({ name })}>
              {t("providers.remove.button", { name: own })}
            </Button>
          </>
        }
      >
        <p className="t-2">
          {t(losesKey ? "providers.remove.losesKey" : "providers.remove.text", { name })}
        </p>
        {remove.error && (
          <p className="t-bad refused" role="alert">
            {remove.error.message}
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}
