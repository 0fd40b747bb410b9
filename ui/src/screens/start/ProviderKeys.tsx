import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useOp } from "@/backend/react";
import { Icon } from "@/components/Icon";
import { ProviderMark } from "@/components/Mark";

/** The ones asked for most; all others are one click further. */
const FIRST = ["openai", "anthropic", "google", "mistral", "ollama"];

export const ADD_PROVIDER = "/providers/_new";

/** Step 3: each leads to the form of that kind of provider. */
export function ProviderKeys() {
  const { t } = useTranslation();
  const kinds = useOp("list_provider_kinds", {}).data?.data ?? [];
  const providers = useOp("list_providers", {}).data?.data ?? [];
  const store = useOp("get_status", {}).data?.secret_store;
  const offered = kinds.filter(({ kind, supported }) => supported && FIRST.includes(kind));
  const has = (kind: string) =>
    providers.some(
      (provider) => provider.kind === kind && provider.credential.source !== "missing",
    );
  return (
    <>
      <div className="keys">
        {offered.map(({ kind, display_name, needs_key }) => (
          <Link key={kind} className="btn" to={`${ADD_PROVIDER}/${kind}`}>
            <ProviderMark name={kind} />
            {needs_key ? display_name : t("start.provider.noKey", { name: display_name })}
            {has(kind) && (
              <span className="t-ok">
                <Icon name="check" size="xs" />
                <span className="sr-only">{t("start.provider.added")}</span>
              </span>
            )}
          </Link>
        ))}
        <Link className="btn btn-ghost" to={ADD_PROVIDER}>
          {t("start.provider.more")}
        </Link>
      </div>
      <p className="step-note">
        <Icon name="lock" size="xs" />
        {t(store === "keychain" ? "start.provider.keychain" : "start.provider.kept")}
      </p>
    </>
  );
}
