import { useTranslation } from "react-i18next";
import { useBackend } from "@/backend/react";
import type { ProviderKind } from "@/bindings/types";
import { Icon } from "@/components/Icon";

/** Where a key of that kind is made. */
export function KeysLink({ kind }: { kind: ProviderKind }) {
  const { t } = useTranslation();
  const backend = useBackend();
  const url = kind.keys_url;
  if (!url) return null;
  return (
    <a
      className="ext"
      href={url}
      rel="noreferrer"
      target="_blank"
      onClick={(event) => {
        event.preventDefault();
        void backend.openExternal(url);
      }}
    >
      {t("providers.key.make", { host: new URL(url).host })} <Icon name="external" size="xs" />
    </a>
  );
}
