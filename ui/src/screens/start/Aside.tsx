import { useTranslation } from "react-i18next";
import { useOp } from "@/backend/react";
import { CopyButton } from "@/components/Copy";

/** As the sandbox behaves; its names and times are the contract of that provider. */
const MODELS = ["fast", "smart", "slow", "flaky", "json"] as const;

export function SandboxModels() {
  const { t } = useTranslation();
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t("start.sandbox.title")}</h2>
        <span className="aside">{t("start.sandbox.aside")}</span>
      </div>
      <table className="table" aria-label={t("start.sandbox.title")}>
        <tbody>
          {MODELS.map((model) => (
            <tr key={model}>
              <td className="mono">sandbox/{model}</td>
              <td className="t-2">{t(`start.sandbox.${model}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function BaseUrls() {
  const { t } = useTranslation();
  const given = useOp("get_snippets", {}).data;
  if (!given) return null;
  const urls = [
    ["OpenAI", given.openai_base_url],
    ["Anthropic", given.anthropic_base_url],
  ] as const;
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t("start.urls.title")}</h2>
      </div>
      <ul className="urls">
        {urls.map(([name, url]) => (
          <li key={name}>
            <span className="t-3">{name}</span>
            <code className="truncate">{url}</code>
            <CopyButton text={url} label={t("start.urls.copy", { name })} />
          </li>
        ))}
      </ul>
    </section>
  );
}
