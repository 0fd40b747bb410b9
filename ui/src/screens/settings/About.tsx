import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useOp } from "@/backend/react";
import { CopyButton } from "@/components/Copy";
import { RelativeTime } from "@/components/RelativeTime";
import { Row } from "./Row";

export function About() {
  const { t } = useTranslation();
  const status = useOp("get_status", {}).data;
  if (!status) return null;
  const version = `Modelux ${status.version}`;
  return (
    <>
      <Row
        label={version}
        help={
          <>
            {t("settings.about.running")} <RelativeTime at={status.started_at} />
          </>
        }
      >
        <CopyButton text={version} label={t("settings.about.copy")} />
      </Row>
      <Row label={t("nav.start")} help={t("settings.about.start")}>
        <Link className="btn" to="/start">
          {t("settings.about.open")}
        </Link>
      </Row>
    </>
  );
}
