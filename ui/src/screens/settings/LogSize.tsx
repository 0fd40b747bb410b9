import { useTranslation } from "react-i18next";
import { useOp } from "@/backend/react";
import { count } from "@/components/format";
import { Row } from "./Row";

const MIB = 1024 * 1024;

/** How much of the allowed size the log takes now: the evidence beside the limits. */
export function LogSize() {
  const { t } = useTranslation();
  const status = useOp("get_status", {}).data;
  const limit = useOp("get_settings", {}).data?.retention_mib;
  if (!status) return null;
  const used = status.traffic_bytes / MIB;
  const share = limit ? Math.min(1, used / limit) : 0;
  const label = t("settings.log.label");
  const size = used < 10 ? String(Math.round(used * 10) / 10) : count(used);
  return (
    <Row
      label={label}
      help={t("settings.log.help", {
        count: status.recorded_requests,
        requests: count(status.recorded_requests),
      })}
    >
      <div className="set-log">
        <span>
          <strong>{size} MiB</strong>
          {limit && <span className="t-3"> {t("settings.log.of", { limit: count(limit) })}</span>}
        </span>
        {limit && (
          <div
            className="bar"
            role="progressbar"
            aria-label={label}
            aria-valuenow={Math.round(share * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <i style={{ width: `${share * 100}%` }} />
          </div>
        )}
      </div>
    </Row>
  );
}
