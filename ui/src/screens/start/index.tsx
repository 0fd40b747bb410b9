import { useTranslation } from "react-i18next";
import { TopBar } from "@/app/TopBar";

export default function Start() {
  const { t } = useTranslation();
  return <TopBar title={t("nav.start")} />;
}
