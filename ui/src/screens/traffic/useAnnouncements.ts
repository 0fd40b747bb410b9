import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvents } from "@/backend/react";
import type { UiEvent } from "@/bindings/types";

const EVERY_MS = 10_000;

/** "14 new, 2 failed" for a screen reader, at most every ten seconds and never row by row. */
export function useAnnouncements(): string {
  const { t } = useTranslation();
  const [said, setSaid] = useState("");
  const since = useRef({ fresh: 0, failed: 0 });
  useEvents(
    useCallback((events: UiEvent[]) => {
      for (const event of events) {
        if (event.type !== "requests_recorded") continue;
        since.current.fresh += event.count;
        since.current.failed += event.rows.filter(({ status }) => status >= 400).length;
      }
    }, []),
  );
  useEffect(() => {
    const timer = setInterval(() => {
      const { fresh, failed } = since.current;
      if (fresh === 0) return;
      since.current = { fresh: 0, failed: 0 };
      setSaid(t("traffic.announce", { fresh, failed }));
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [t]);
  return said;
}
