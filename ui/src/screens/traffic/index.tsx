import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useRoute } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useDebounced } from "@/app/useDebounced";
import type { BackendError } from "@/backend/backend";
import { useOp } from "@/backend/react";
import { Button } from "@/components/Button";
import { count } from "@/components/format";
import { Pill } from "@/components/Label";
import { Empty, LoadFault, Skeleton } from "@/components/State";
import { Detail } from "./detail/Detail";
import { FilterBar, type FilterFault } from "./FilterBar";
import { NoMatch } from "./NoMatch";
import { setTrafficQuery, useTrafficQuery } from "./query";
import { RequestList } from "./RequestList";
import "./traffic.css";
import { useAnnouncements } from "./useAnnouncements";
import { type Log, useLog, type Waiting } from "./useLog";

const SETTLED_MS = 200;
const AT_TOP_PX = 4;

export default function Traffic() {
  const { t } = useTranslation();
  const query = useTrafficQuery();
  const asked = useDebounced(query.trim(), SETTLED_MS);
  const [paused, setPaused] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const { log, error, waiting, refresh, readOlder } = useLog(asked, paused || scrolled);
  const { selected, select } = useSelection();
  const scroller = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const fault = filterFault(error);
  const outdated = error !== null && log !== null && log.query !== asked;
  const toTop = useCallback(() => scroller.current?.scrollTo({ top: 0 }), []);
  const showNew = () => {
    setPaused(false);
    setScrolled(false);
    toTop();
  };
  const leaveField = () => {
    field.current?.blur();
    scroller.current?.focus({ preventScroll: true });
  };
  const move = (by: number) => {
    const rows = log?.rows ?? [];
    const at = rows.findIndex(({ id }) => id === selected);
    const next = at < 0 ? rows[0] : rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) select(next.id);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another list
  useEffect(() => {
    setScrolled(false);
    toTop();
  }, [asked, toTop]);
  useActions([
    {
      id: "traffic.pause",
      group: "page",
      label: t(paused ? "traffic.resume" : "traffic.pause"),
      icon: paused ? "play" : "pause",
      run: () => setPaused(!paused),
    },
    {
      id: "traffic.filter",
      group: "page",
      label: t("traffic.filter.focus"),
      icon: "filter",
      shortcut: "/",
      run: () => field.current?.focus(),
    },
    {
      id: "traffic.next",
      group: "page",
      label: t("list.next"),
      shortcut: "j",
      keyOnly: true,
      run: () => move(1),
    },
    {
      id: "traffic.previous",
      group: "page",
      label: t("list.previous"),
      shortcut: "k",
      keyOnly: true,
      run: () => move(-1),
    },
  ]);
  useListKeys({
    space: () => setPaused(!paused),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    enter: () => move(0),
    escape: () => (selected ? select(null) : query && setTrafficQuery("")),
  });
  const announced = useAnnouncements();
  return (
    <>
      <TopBar
        title={t("nav.traffic")}
        actions={
          <Button
            icon={paused ? "play" : "pause"}
            title={t("traffic.space")}
            onClick={() => setPaused(!paused)}
          >
            {t(paused ? "traffic.resume" : "traffic.pause")}
          </Button>
        }
      >
        <Pill tone={paused ? "warn" : "ok"} dot>
          {t(paused ? "traffic.paused" : "traffic.live")}
        </Pill>
      </TopBar>
      <FilterBar
        query={query}
        fault={asked === query.trim() ? fault : null}
        counted={useCounted(log, asked)}
        outdated={outdated}
        inputRef={field}
        onChange={setTrafficQuery}
        onLeave={leaveField}
      />
      <div className="body traffic-body">
        <div
          className={`reqs-frame grow ${outdated ? "is-outdated" : ""}`}
          onScrollCapture={(event) => {
            if (event.target === scroller.current) {
              setScrolled(scroller.current.scrollTop > AT_TOP_PX);
            }
          }}
        >
          <NewRows waiting={waiting} onShow={showNew} />
          {error && !fault && <LoadFault error={error} retry={() => void refresh()} />}
          {!log && !error && <Skeleton height={30} rows={12} />}
          {log && log.rows.length > 0 && (
            <RequestList
              rows={log.rows}
              more={log.cursor !== null}
              selected={selected}
              narrow={selected !== null}
              scroller={scroller}
              onSelect={select}
              onNearEnd={() => void readOlder()}
            />
          )}
          {log?.rows.length === 0 && !error && <Nothing log={log} />}
        </div>
        {selected && <Detail key={selected} id={selected} onClose={() => select(null)} />}
      </div>
      <span className="sr-only" role="status">
        {announced}
      </span>
    </>
  );
}

/** The open request is in the address, so that other screens can lead to it. */
function useSelection() {
  const [, navigate] = useLocation();
  const [, params] = useRoute<{ id: string }>("/traffic/:id");
  const select = useCallback(
    (id: string | null) => navigate(id ? `/traffic/${id}` : "/traffic", { replace: true }),
    [navigate],
  );
  return { selected: params?.id ?? null, select };
}

function filterFault(error: BackendError | null): FilterFault | null {
  const details = error?.details as { column?: unknown; length?: unknown } | null;
  if (!error || typeof details?.column !== "number") return null;
  const length = typeof details.length === "number" ? details.length : 1;
  return { message: error.message, column: details.column, length };
}

function useCounted(log: Log | null, query: string): string | null {
  const { t } = useTranslation();
  const all = useOp("get_status", {}).data?.recorded_requests;
  if (!log || log.query !== query) return null;
  if (query === "") return all === undefined ? null : t("traffic.recorded", { total: count(all) });
  return t("traffic.matches", {
    count: log.rows.length,
    matches: `${count(log.rows.length)}${log.cursor ? "+" : ""}`,
  });
}

function NewRows({ waiting, onShow }: { waiting: Waiting; onShow: () => void }) {
  const { t } = useTranslation();
  if (waiting.count === 0) return null;
  return (
    <button type="button" className="new-rows" onClick={onShow}>
      {t("traffic.new", {
        count: waiting.count,
        n: `${count(waiting.count)}${waiting.atLeast ? "+" : ""}`,
      })}
    </button>
  );
}

function Nothing({ log }: { log: Log }) {
  const { t } = useTranslation();
  const status = useOp("get_status", {}).data;
  if (log.query !== "") return <NoMatch query={log.query} onChange={setTrafficQuery} />;
  return (
    <Empty
      title={t("traffic.empty.title")}
      action={
        <Link className="btn btn-primary" to="/start">
          {t("traffic.empty.action")}
        </Link>
      }
    >
      {t("traffic.empty.text", { address: status?.address?.replace("http://", "") ?? "" })}
    </Empty>
  );
}

/** Keys of the list. They are left alone where a control under the cursor has its own use for them. */
function useListKeys(keys: Record<string, () => void>) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const on = event.target as HTMLElement;
      const floating = on.closest("input, textarea, select, [role=dialog], [role=listbox]");
      const own = event.key !== "Escape" && on.closest("button, a, [role=tab], .panel");
      const run = latest.current[event.key === " " ? "space" : event.key.toLowerCase()];
      if (floating || own || !run) return;
      event.preventDefault();
      run();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
