import { useTranslation } from "react-i18next";
import { TopBar } from "@/app/TopBar";

export default function Apps() {
  const { t } = useTranslation();
  return <TopBar title={t("nav.apps")} />;
}
