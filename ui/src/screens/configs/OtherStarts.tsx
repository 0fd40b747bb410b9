import { type ChangeEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useOp } from "@/backend/react";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { Icon } from "@/components/Icon";
import { Chip } from "@/components/Label";
import { Menu } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { parseJson } from "./useConfig";

/** A document that comes from elsewhere, and from where in a few words. */
export type Given = { document: JsonValue; from: string };

type Props = { given: Given | null; onGiven: (given: Given | null) => void };

/** A copy of a config, the clipboard, a file. */
export function OtherStarts({ given, onGiven }: Props) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const file = useRef<HTMLInputElement>(null);
  const configs = useOp("list_configs", {}).data?.data ?? [];
  const take = (text: string, from: string) => {
    const document = parseJson(text);
    const isDocument = typeof document === "object" && document !== null && "strategy" in document;
    if (isDocument) onGiven({ document, from });
    else notify(t("configs.create.notDocument", { from }), { tone: "fault" });
  };
  const paste = () =>
    void navigator.clipboard
      .readText()
      .then((text) => take(text, t("configs.create.clipboard")))
      .catch(() => notify(t("configs.create.noClipboard"), { tone: "fault" }));
  const read = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const chosen = target.files?.[0];
    if (chosen) void chosen.text().then((text) => take(text, chosen.name));
    target.value = "";
  };
  return (
    <div className="other-starts">
      <h2>{t("configs.create.orStart")}</h2>
      {configs.length > 0 && (
        <Menu
          align="start"
          items={configs.map(({ slug }) => ({
            label: `@${slug}`,
            run: () => navigate(`/configs/_new/${slug}`),
          }))}
          trigger={
            <button type="button" className="menu-item">
              <Icon name="copy" size="sm" />
              {t("configs.create.fromConfig")}
            </button>
          }
        />
      )}
      <button type="button" className="menu-item" onClick={paste}>
        <Icon name="code" size="sm" />
        {t("configs.create.fromClipboard")}
      </button>
      <button type="button" className="menu-item" onClick={() => file.current?.click()}>
        <Icon name="download" size="sm" />
        {t("configs.create.fromFile")}
      </button>
      <input
        ref={file}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label={t("configs.create.fromFile")}
        onChange={read}
      />
      {given && (
        <p className="row row-1" role="status">
          <span className="t-2 fs-2">{t("configs.create.startsAs")}</span>
          <Chip onRemove={() => onGiven(null)} removeLabel={t("configs.create.dropGiven")}>
            {given.from}
          </Chip>
        </p>
      )}
    </div>
  );
}
