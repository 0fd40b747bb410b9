import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BackendError } from "@/backend/backend";
import { useCall, useOp } from "@/backend/react";
import type { Provider, ProviderOptions } from "@/bindings/types";
import { OptionFields } from "../Options";

/** What only this kind of provider has; each change is saved by itself. */
export function Options({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const call = useCall();
  const [fault, setFault] = useState<{ field: string; message: string } | null>(null);
  const kinds = useOp("list_provider_kinds", {}).data?.data ?? [];
  const takes = kinds.find(({ kind }) => kind === provider.kind)?.options ?? [];
  if (takes.length === 0) return null;
  const save = async (options: ProviderOptions) => {
    try {
      const { name, kind } = provider;
      await call("update_provider", { name, kind, options }, ["list_providers"]);
      setFault(null);
    } catch (error) {
      const { message, details } = BackendError.from(error);
      setFault({ field: String((details as { field?: string } | null)?.field ?? ""), message });
    }
  };
  const named = fault !== null && ["region", "api_version"].includes(fault.field);
  return (
    <div className="section options">
      <h2 className="section-title">{t("providers.option.title")}</h2>
      <OptionFields
        lazy
        takes={takes}
        value={provider.options}
        error={fault}
        onChange={(options) => void save(options)}
      />
      {fault && !named && (
        <p className="t-bad fs-2" role="alert">
          {fault.message}
        </p>
      )}
    </div>
  );
}
