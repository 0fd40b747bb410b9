import { useTranslation } from "react-i18next";
import { useBackend, useOp } from "@/backend/react";
import { CopyButton } from "@/components/Copy";
import { Pill } from "@/components/Label";
import { Row } from "./Row";
import { SwitchSetting } from "./SwitchSetting";

const STORE_TONE = { keychain: "ok", file: "warn", unavailable: "warn" } as const;
type Store = keyof typeof STORE_TONE;

export function System() {
  const { t } = useTranslation();
  const { host } = useBackend();
  const status = useOp("get_status", {}).data;
  const store = (status?.secret_store ?? "keychain") as Store;
  return (
    <>
      {host === "desktop" && <SwitchSetting name="start_at_login" />}
      <Row label={t("settings.data.label")} help={t("settings.data.help")} wide>
        {status && (
          <div className="set-path">
            <code className="truncate" title={status.data_dir}>
              {status.data_dir}
            </code>
            <CopyButton text={status.data_dir} label={t("settings.data.copy")} />
          </div>
        )}
      </Row>
      <Row
        label={t("settings.secrets.label")}
        help={status?.secret_store_problem ?? t(`settings.secrets.${store}Help`)}
      >
        {status && (
          <Pill tone={STORE_TONE[store]} dot>
            {t(`settings.secrets.${store}`, store)}
          </Pill>
        )}
      </Row>
    </>
  );
}
