import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo } from "@/backend/react";
import type { Key } from "@/bindings/types";
import { Button } from "@/components/Button";
import { ago, count } from "@/components/format";
import { ConfirmDialog } from "@/components/Overlay";
import { notify } from "@/components/toast";

/** A revoked key cannot be brought back, so it is asked by the app's name. */
export function RevokeKey({ apiKey }: { apiKey: Key }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { id, name, last_used_at: used, requests_24h: requests } = apiKey;
  const { mutate } = useDo("revoke_key", {
    refreshes: ["list_keys"],
    onSuccess: () => {
      setAsking(false);
      notify(t("apps.revoke.done", { name }));
    },
    onError: (error) => notify(error.message, { tone: "fault" }),
  });
  return (
    <>
      <Button
        size="sm"
        variant="ghost"
        aria-label={t("apps.revoke.of", { name })}
        onClick={() => setAsking(true)}
      >
        {t("apps.revoke.button")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("apps.revoke.title", { name })}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            <Button variant="danger" onClick={() => mutate({ id })}>
              {t("apps.revoke.of", { name })}
            </Button>
          </>
        }
      >
        <p className="t-2">
          {t("apps.revoke.text", { name })}{" "}
          {used
            ? t("apps.revoke.used", { when: ago(used), requests: count(requests) })
            : t("apps.revoke.unused")}
        </p>
      </ConfirmDialog>
    </>
  );
}
