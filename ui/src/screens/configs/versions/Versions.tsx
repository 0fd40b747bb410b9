import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { useOp } from "@/backend/react";
import { useActivate } from "../actions";
import type { ConfigState } from "../useConfig";
import { Compare } from "./Compare";
import { Timeline } from "./Timeline";

/** A side of the comparison: a version's number, or the draft. */
export type Side = number | "draft";

type Props = { slug: string; state: ConfigState; from?: string; to?: string };

export function Versions({ slug, state, ...address }: Props) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const activate = useActivate(slug);
  const [from, to] = sides(state, address.from, address.to);
  const show = (left: Side, right: Side) =>
    navigate(`/configs/${slug}/versions/${left}/${right}`, { replace: true });
  const order = [
    ...(state.draft ? ["draft" as const] : []),
    ...state.versions.map((version) => version.number),
  ];
  const pick = (side: Side) => show(...against(side, state));
  const move = (by: number) => {
    const at = order.indexOf(order.includes(to) ? to : (order[0] ?? 1));
    const next = order[Math.max(0, Math.min(order.length - 1, at + by))];
    if (next !== undefined) show(from, next);
  };
  useActions([
    {
      id: "version.older",
      group: "page",
      label: t("versions.older"),
      shortcut: "j",
      keyOnly: true,
      run: () => move(1),
    },
    {
      id: "version.newer",
      group: "page",
      label: t("versions.newer"),
      shortcut: "k",
      keyOnly: true,
      run: () => move(-1),
    },
    {
      id: "diff.swap",
      group: "page",
      label: t("diff.swap"),
      icon: "swap",
      shortcut: "x",
      run: () => show(to, from),
    },
  ]);
  const diff = useSideDiff(slug, state, from, to);
  return (
    <div className="body">
      <Timeline
        slug={slug}
        state={state}
        from={from}
        to={to}
        onPick={pick}
        onBase={(side) => show(side, to)}
        onActivate={activate}
      />
      <Compare
        slug={slug}
        state={state}
        from={from}
        to={to}
        diff={diff.data}
        error={diff.error}
        onRetry={() => void diff.refetch()}
        onChange={show}
      />
    </div>
  );
}

/** Old at the left: the draft against its base, else the active version against the one before. */
function sides(state: ConfigState, from?: string, to?: string): [Side, Side] {
  const left = parse(state, from);
  const right = parse(state, to);
  if (left !== null && right !== null) return [left, right];
  return against(state.draft ? "draft" : state.config.active_version, state);
}

function against(side: Side, state: ConfigState): [Side, Side] {
  if (side === "draft") return [state.base.number, "draft"];
  const active = state.config.active_version;
  if (side !== active) return side < active ? [side, active] : [active, side];
  // Version 1 has none before it: after a rollback to it, what came later is the interesting side.
  return active === 1 ? [1, state.config.latest_version] : [active - 1, active];
}

function parse(state: ConfigState, side?: string): Side | null {
  if (side === "draft") return state.draft ? "draft" : null;
  const number = Number(side);
  const exists = Number.isInteger(number) && number >= 1 && number <= state.config.latest_version;
  return exists ? number : null;
}

function useSideDiff(slug: string, state: ConfigState, from: Side, to: Side) {
  const saved = from !== "draft" && to !== "draft";
  const document = (side: Side) =>
    side === "draft"
      ? state.document
      : [state.base, ...state.versions].find((version) => version.number === side)?.document;
  const [left, right] = [document(from), document(to)];
  const versions = useOp(
    "diff_versions",
    { slug, from: Number(from), to: Number(to) },
    { enabled: saved, placeholderData: (previous) => previous },
  );
  const documents = useOp(
    "diff_documents",
    { from: left ?? null, to: right ?? null },
    {
      enabled: !saved && left !== undefined && right !== undefined,
      placeholderData: (previous) => previous,
      gcTime: 10_000,
    },
  );
  return saved ? versions : documents;
}
