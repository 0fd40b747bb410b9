import { type RefObject, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { setPreferences, usePreferences } from "@/app/preferences";
import type { BackendError } from "@/backend/backend";
import type { Diff } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { Segmented, Select } from "@/components/Field";
import { dateTime } from "@/components/format";
import { Icon } from "@/components/Icon";
import { Kbd } from "@/components/Label";
import { Empty, LoadFault, Skeleton } from "@/components/State";
import { notify } from "@/components/toast";
import { ChangeList } from "../ChangeList";
import { getDraft, putDraft } from "../drafts";
import type { ConfigState } from "../useConfig";
import { changeStarts, DiffView } from "./DiffView";
import type { Side } from "./Versions";

/** More of them push the lines below out of sight. */
const CHANGES_AT_FIRST = 8;

type Props = {
  slug: string;
  state: ConfigState;
  from: Side;
  to: Side;
  diff: Diff | undefined;
  error: BackendError | null;
  onRetry: () => void;
  onChange: (from: Side, to: Side) => void;
};

export function Compare(props: Props) {
  const { t } = useTranslation();
  const { slug, state, from, to, diff } = props;
  const { diffLayout } = usePreferences();
  const pane = useRef<HTMLElement>(null);
  useChangeKeys(pane, diff);
  const name = (side: Side) => (side === "draft" ? t("versions.draft") : `v${side}`);
  const options = useSideOptions(state);
  return (
    <section
      ref={pane}
      className="compare grow scroll"
      aria-label={t("diff.label", { from: name(from), to: name(to) })}
    >
      <div className="cmp-bar">
        <Select
          size="sm"
          label={t("versions.base")}
          value={String(from)}
          options={options}
          onChange={(side) => props.onChange(toSide(side), to)}
        />
        <Icon name="arrow-r" size="sm" />
        <Select
          size="sm"
          label={t("versions.compare")}
          value={String(to)}
          options={options}
          onChange={(side) => props.onChange(from, toSide(side))}
        />
        <IconButton
          icon="swap"
          label={t("diff.swap")}
          shortcut="X"
          onClick={() => props.onChange(to, from)}
        />
        <span className="grow" />
        {diff && diff.changes.length > 0 && (
          <span className="t-3 fs-2 c-wide">
            <Kbd keys="n" /> <Kbd keys="p" /> {t("diff.keys")}
          </span>
        )}
        <Segmented
          label={t("diff.layout")}
          value={diffLayout}
          onChange={(layout) => setPreferences({ diffLayout: layout })}
          options={[
            { value: "split", label: t("diff.split") },
            { value: "inline", label: t("diff.inline") },
          ]}
        />
      </div>
      {props.error && <LoadFault error={props.error} retry={props.onRetry} />}
      {!diff && !props.error && state.document === undefined && (
        <Empty title={t("diff.notJson")}>{t("diff.notJsonText")}</Empty>
      )}
      {!diff && !props.error && state.document !== undefined && <Skeleton rows={12} height={20} />}
      {diff && (
        <>
          <div className="changes">
            {diff.changes.length > 0 ? (
              <ChangeList key={`${from} ${to}`} diff={diff} most={CHANGES_AT_FIRST} />
            ) : (
              <p className="t-2">{t("diff.same", { from: name(from), to: name(to) })}</p>
            )}
          </div>
          <div className={`diff-head ${diffLayout === "inline" ? "is-inline" : ""}`}>
            <SideHead side={from} {...{ slug, state }} />
            <SideHead side={to} {...{ slug, state }} />
          </div>
          <DiffView rows={diff.rows} layout={diffLayout} />
        </>
      )}
    </section>
  );
}

const toSide = (value: string): Side => (value === "draft" ? "draft" : Number(value));

function useSideOptions(state: ConfigState) {
  const { t } = useTranslation();
  const { versions, draft } = state;
  return useMemo(
    () => [
      ...(draft ? [{ value: "draft", label: t("versions.draft") }] : []),
      ...versions.map((version) => ({
        value: String(version.number),
        label: `v${version.number}`,
        hint: version.active ? t("versions.activeHint") : undefined,
      })),
    ],
    [versions, draft, t],
  );
}

/** Whose text a column is, and the way to go on from it. */
function SideHead({ slug, state, side }: { slug: string; state: ConfigState; side: Side }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const version = [...state.versions, state.base].find((each) => each.number === side);
  if (!version) {
    if (side !== "draft") return <strong>v{side}</strong>;
    return (
      <div>
        <strong>{t("versions.draft")}</strong>
        <span className="t-3">{t("versions.you")}</span>
        <span className="grow" />
        <Button size="sm" variant="ghost" onClick={() => navigate(`/configs/${slug}/form`)}>
          {t("versions.goOn")}
        </Button>
      </div>
    );
  }
  const editFrom = () => {
    const before = getDraft(slug);
    putDraft(slug, {
      from: version.number,
      seen: state.config.latest_version,
      text: version.source,
      editedAt: new Date().toISOString(),
    });
    if (before) {
      notify(t("versions.draftReplaced"), {
        undo: { label: t("undo"), run: () => putDraft(slug, before) },
      });
    }
    navigate(`/configs/${slug}/form`);
  };
  return (
    <div>
      <strong>v{version.number}</strong>
      <span className="t-3 truncate">
        {version.author}, {dateTime(version.created_at)}
      </span>
      <span className="grow" />
      <Button size="sm" variant="ghost" icon="edit" onClick={editFrom}>
        {t("versions.edit", { version: version.number })}
      </Button>
    </div>
  );
}

/** n and p walk through the blocks of changed lines. */
function useChangeKeys(pane: RefObject<HTMLElement | null>, diff: Diff | undefined) {
  const { t } = useTranslation();
  const at = useRef(-1);
  const starts = useMemo(() => (diff ? changeStarts(diff.rows) : []), [diff]);
  const go = (by: number) => {
    if (starts.length === 0) return;
    at.current = (at.current + by + starts.length) % starts.length;
    const blocks = pane.current?.querySelectorAll<HTMLElement>("[data-change]") ?? [];
    for (const block of blocks) {
      const current = Number(block.dataset.change) === at.current;
      block.classList.toggle("is-current", current);
      if (current) block.scrollIntoView({ block: "center" });
    }
  };
  useActions([
    {
      id: "diff.next",
      group: "page",
      label: t("diff.next"),
      shortcut: "n",
      icon: "arrow-d",
      run: () => go(1),
    },
    {
      id: "diff.previous",
      group: "page",
      label: t("diff.previous"),
      shortcut: "p",
      icon: "chev-u",
      run: () => go(at.current < 0 ? 0 : -1),
    },
  ]);
}
