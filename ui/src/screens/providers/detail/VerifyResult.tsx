import { useTranslation } from "react-i18next";
import { Icon } from "@/components/Icon";
import type { Checked } from "../useVerify";

/** What the provider said when it was asked for its models. */
export function VerifyResult({ result }: { result: Checked | undefined }) {
  const { t } = useTranslation();
  if (!result) return null;
  if (result === "running") {
    return (
      <p className="t-3 fs-2" role="status">
        {t("providers.checking")}
      </p>
    );
  }
  return (
    <p className={`row result fs-2 ${result.ok ? "t-ok" : "t-bad"}`} role="status">
      <Icon name={result.ok ? "pass" : "error"} size="sm" />
      <span>
        {result.message}
        {result.latency_ms != null && (
          <span className="t-3"> {t("providers.latency", { ms: result.latency_ms })}</span>
        )}
      </span>
    </p>
  );
}
