// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its row by aria-activedescendant
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { LogRow } from "@/bindings/types";
import { count, duration, isUnpriced, money, NONE } from "@/components/format";
import { Icon } from "@/components/Icon";
import { ProviderMark } from "@/components/Mark";
import { AttemptBars, scaleOf } from "./AttemptBars";
import { isDowngraded, listTime, statusTone } from "./row";
import { useKindOf } from "./useKindOf";

const ROW_PX = 30;
const SCALED_ROWS = 200;
/** Rows from the end at which the next page is read. */
const READ_AHEAD = 40;

export const rowId = (id: string) => `row-${id}`;

type Props = {
  rows: LogRow[];
  more: boolean;
  selected: string | null;
  narrow: boolean;
  scroller: RefObject<HTMLDivElement | null>;
  onSelect: (id: string) => void;
  onNearEnd: () => void;
};

export function RequestList(props: Props) {
  const { t } = useTranslation();
  const { rows, more, selected, scroller, onNearEnd } = props;
  const kindOf = useKindOf();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
    useFlushSync: false,
    scrollPaddingStart: 28,
    scrollPaddingEnd: ROW_PX,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - READ_AHEAD) onNearEnd();
  }, [more, last, rows.length, onNearEnd]);
  const at = selected === null ? -1 : rows.findIndex(({ id }) => id === selected);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows must not pull the list to the selected one
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [selected]);
  const scale = useMemo(
    () => scaleOf(rows.slice(0, SCALED_ROWS).map((row) => row.latency_ms)),
    [rows],
  );
  return (
    <div
      ref={scroller}
      className={`reqs scroll grow ${props.narrow ? "is-narrow" : ""}`}
      role="grid"
      aria-label={t("traffic.list")}
      aria-rowcount={more ? -1 : rows.length + 1}
      aria-activedescendant={at >= 0 ? rowId(selected as string) : undefined}
      tabIndex={0}
    >
      <div className="req-row req-head" role="row">
        <Head name="time" />
        <Head name="status" />
        <Head name="config" />
        <Head name="answeredBy" />
        {!props.narrow && <Head name="app" className="c-wide" />}
        <span role="columnheader" className="c-wide">
          {t("traffic.column.attempts", { scale: shortScale(scale) })}
        </span>
        <Head name="latency" className="num" />
        <Head name="tokens" className="num c-wide" />
        <Head name="cost" className="num" />
      </div>
      <div role="rowgroup" className="req-rows" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <Row
              key={row.id}
              row={row}
              index={item.index}
              top={item.start}
              scale={scale}
              selected={row.id === selected}
              narrow={props.narrow}
              kindOf={kindOf}
              onSelect={props.onSelect}
            />
          );
        })}
      </div>
    </div>
  );
}

function shortScale(ms: number): string {
  return ms < 60_000 ? `${ms / 1000} s` : `${ms / 60_000} min`;
}

function Head({ name, className }: { name: string; className?: string }) {
  const { t } = useTranslation();
  return (
    <span role="columnheader" className={className}>
      {t(`traffic.column.${name}`)}
    </span>
  );
}

function Row(props: {
  row: LogRow;
  index: number;
  top: number;
  scale: number;
  selected: boolean;
  narrow: boolean;
  kindOf: (provider: string) => string;
  onSelect: (id: string) => void;
}) {
  const { t } = useTranslation();
  const { row } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keys
    <div
      id={rowId(row.id)}
      className="req-row"
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={props.selected}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={() => props.onSelect(row.id)}
    >
      <span role="gridcell" className="t-2">
        <time dateTime={row.time}>{listTime(row.time)}</time>
      </span>
      <span role="gridcell" className={statusTone(row.status)}>
        {row.status}
      </span>
      <span role="gridcell" className="mono truncate">
        <ConfigCell row={row} />
      </span>
      <span role="gridcell" className="who">
        <AnsweredBy row={row} kindOf={props.kindOf} />
      </span>
      {!props.narrow && (
        <span role="gridcell" className="mono t-2 truncate c-wide">
          {row.app ?? <span className="t-3">{NONE}</span>}
        </span>
      )}
      <span role="gridcell" className="c-wide">
        <AttemptBars bars={row.attempt_bars} scale={props.scale} kindOf={props.kindOf} />
      </span>
      <span role="gridcell" className="num">
        {duration(row.latency_ms)}
      </span>
      <span role="gridcell" className="num t-2 c-wide">
        {row.input_tokens === null && row.output_tokens === null
          ? NONE
          : `${count(row.input_tokens)} / ${count(row.output_tokens)}`}
      </span>
      <span role="gridcell" className="num">
        {isUnpriced(row) ? (
          <span className="t-3">{t("traffic.unpriced")}</span>
        ) : (
          money(row.cost_usd)
        )}
      </span>
    </div>
  );
}

function ConfigCell({ row }: { row: LogRow }) {
  if (!row.config && !row.requested_model) {
    return (
      <span className="t-3" title={row.endpoint}>
        {row.endpoint}
      </span>
    );
  }
  if (!row.config) return <span className="t-2">{row.requested_model}</span>;
  return (
    <>
      @{row.config} {row.version !== null && <span className="t-3 version">v{row.version}</span>}
    </>
  );
}

function AnsweredBy({ row, kindOf }: { row: LogRow; kindOf: (provider: string) => string }) {
  const { t } = useTranslation();
  if (!row.provider) return <span className="t-3">{t("traffic.noAnswer")}</span>;
  return (
    <>
      <ProviderMark name={row.provider} kind={kindOf(row.provider)} />
      <span className="mono truncate">{row.model ?? row.provider}</span>
      {isDowngraded(row) && (
        <span className="t-warn" title={t("traffic.mismatch", { model: row.answered_model })}>
          <Icon name="warn" size="xs" />
        </span>
      )}
    </>
  );
}
