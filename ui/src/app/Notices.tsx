import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useOp } from "@/backend/react";
import { IconButton } from "@/components/Button";
import { Banner } from "@/components/State";

/** What the backend has to say about itself: traffic that is not recorded, and what it mended. */
export function Notices() {
  const { t } = useTranslation();
  const [read, setRead] = useState<string[]>([]);
  const status = useOp("get_status", {}).data;
  const notices = (status?.notices ?? []).filter((notice) => !read.includes(notice));
  const problem = status?.recorder_problem;
  if (!problem && notices.length === 0) return null;
  return (
    <div className="notices">
      {problem && (
        <Banner tone="bad" title={t("notice.recorder")}>
          {problem}
        </Banner>
      )}
      {notices.map((notice) => (
        <Banner
          key={notice}
          tone="warn"
          title={notice}
          actions={
            <IconButton
              icon="x"
              label={t("notice.dismiss")}
              onClick={() => setRead([...read, notice])}
            />
          }
        />
      ))}
    </div>
  );
}
