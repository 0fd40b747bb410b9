import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { Button, IconButton } from "@/components/Button";
import { keyLabel, Pill } from "@/components/Label";
import { StrategyMark } from "@/components/Mark";
import { Menu } from "@/components/Overlay";
import { Fault, LoadFault, Skeleton } from "@/components/State";
import { TabBar } from "@/components/Tabs";
import { notify } from "@/components/toast";
import { useActivate, useConfigMenu } from "./actions";
import { Conflict } from "./Conflict";
import { putDraft } from "./drafts";
import { Form } from "./form/Form";
import { dropFaults } from "./form/faults";
import { useHistory } from "./form/history";
import { SaveVersion } from "./SaveVersion";
import { Source } from "./Source";
import { type ConfigState, useConfig } from "./useConfig";
import { useDraftText } from "./useDraftText";
import { previouslyActive } from "./versions/history";
import { Versions } from "./versions/Versions";

type Props = { slug: string; tab: "form" | "source" | "versions"; from?: string; to?: string };

export function ConfigPage(props: Props) {
  const { t } = useTranslation();
  const { slug } = props;
  const [, navigate] = useLocation();
  const { state, error, retry } = useConfig(slug);
  if (!state) {
    return (
      <>
        <TopBar crumb={{ label: t("nav.configs"), to: "/configs" }} title={`@${slug}`} slug />
        {error?.code === "not_found" ? (
          <Fault
            title={t("configs.missing", { slug })}
            actions={
              <Button onClick={() => navigate("/configs")}>{t("configs.backToList")}</Button>
            }
          >
            {error.message}
          </Fault>
        ) : error ? (
          <LoadFault error={error} retry={retry} />
        ) : (
          <Skeleton rows={12} height={20} />
        )}
      </>
    );
  }
  return <Loaded {...props} state={state} />;
}

function Loaded({ slug, tab, from, to, state }: Props & { state: ConfigState }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [saving, setSaving] = useState(false);
  const menu = useConfigMenu();
  const activate = useActivate(slug);
  const { config, versions, draft } = state;
  const previous = previouslyActive(versions, config.active_version);
  const goBack =
    previous &&
    t(previous < config.active_version ? "versions.rollBackTo" : "versions.makeVersionActive", {
      version: previous,
    });
  const compare = () => navigate(`/configs/${slug}/versions/${state.base.number}/draft`);
  const discard = () => {
    putDraft(slug, null);
    dropFaults(slug);
    notify(t("draft.discarded"), {
      undo: { label: t("undo"), run: () => putDraft(slug, draft) },
    });
  };
  useActions([
    ...(draft
      ? [
          {
            id: "draft.diff",
            group: "page" as const,
            label: t("draft.compare"),
            icon: "diff" as const,
            shortcut: "Ctrl+D",
            run: compare,
          },
          {
            id: "draft.discard",
            group: "page" as const,
            label: t("draft.discard"),
            icon: "trash" as const,
            run: discard,
          },
        ]
      : []),
    ...(previous
      ? [
          {
            id: "rollback",
            group: "page" as const,
            label: String(goBack),
            icon: "undo" as const,
            run: () => activate(previous),
          },
        ]
      : []),
    ...menu(config).flatMap((entry) =>
      entry === "separator"
        ? []
        : [
            {
              id: `config.menu.${entry.label}`,
              group: "page" as const,
              label: `${entry.label}`,
              hint: `@${slug}`,
              icon: entry.icon,
              run: entry.run,
            },
          ],
    ),
  ]);
  return (
    <>
      <TopBar
        crumb={{ label: t("nav.configs"), to: "/configs" }}
        mark={<StrategyMark strategy={config.strategy} />}
        title={`@${slug}`}
        slug
        actions={
          <>
            {tab === "versions" && previous && (
              <Button icon="undo" onClick={() => activate(previous)}>
                {goBack}
              </Button>
            )}
            {tab !== "versions" && draft && (
              <Button icon="diff" onClick={compare}>
                {t("draft.diff")}
              </Button>
            )}
            {(tab !== "versions" || draft) && (
              <SaveVersion slug={slug} state={state} open={saving} onOpenChange={setSaving} />
            )}
            <Menu
              items={[
                ...(draft
                  ? [{ label: t("draft.discard"), icon: "trash" as const, run: discard }]
                  : []),
                ...menu(config),
              ]}
              trigger={<IconButton icon="more" label={t("configs.more", { slug })} />}
            />
          </>
        }
      >
        <Pill tone="ok" dot>
          {t("versions.activePill", { version: config.active_version })}
        </Pill>
        {draft && <DraftPill state={state} />}
      </TopBar>
      <div className="subbar">
        <TabBar
          label={t("configs.tabs")}
          value={tab}
          items={[
            { value: "form", label: t("form.tab") },
            { value: "source", label: t("configs.source") },
            { value: "versions", label: t("configs.versions"), count: config.latest_version },
          ]}
          onChange={(next) => navigate(`/configs/${slug}/${next}`)}
        />
        <span className="grow" />
        {tab !== "versions" && <UndoRedo slug={slug} state={state} />}
      </div>
      <Conflict slug={slug} state={state} onOverwrite={() => setSaving(true)} />
      {tab === "form" ? (
        <Form slug={slug} state={state} />
      ) : tab === "source" ? (
        <Source slug={slug} state={state} />
      ) : (
        <Versions slug={slug} state={state} from={from} to={to} />
      )}
    </>
  );
}

/** One history for every tab: what was typed in one is undone in the other. */
function UndoRedo({ slug, state }: { slug: string; state: ConfigState }) {
  const { t } = useTranslation();
  const { undo, redo } = useDraftText(slug, state);
  const { canUndo, canRedo } = useHistory(slug);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
      if (!isUndo || event.altKey || event.defaultPrevented) return;
      // A field that is no part of the draft, such as the message of a save, undoes what was typed in it.
      const field = (event.target as Element).closest?.("input, textarea, [contenteditable=true]");
      if (field && !field.closest(".fm-body")) return;
      event.preventDefault();
      if (event.shiftKey) redo();
      else undo();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
  useActions([
    {
      id: "draft.undo",
      group: "page",
      label: t("form.undo"),
      icon: "back",
      run: undo,
    },
    {
      id: "draft.redo",
      group: "page",
      label: t("form.redo"),
      icon: "forth",
      run: redo,
    },
  ]);
  return (
    <>
      <IconButton
        icon="back"
        label={t("form.undo")}
        shortcut={keyLabel("Ctrl Z")}
        disabled={!canUndo}
        onClick={undo}
      />
      <IconButton
        icon="forth"
        label={t("form.redo")}
        shortcut={keyLabel("Ctrl Shift Z")}
        disabled={!canRedo}
        onClick={redo}
      />
    </>
  );
}

function DraftPill({ state }: { state: ConfigState }) {
  const { t } = useTranslation();
  const version = state.base.number;
  if (state.document === undefined) return <Pill tone="draft">{t("draft.notJson")}</Pill>;
  if (!state.diff) return <Pill tone="draft">{t("draft.pill")}</Pill>;
  return (
    <Pill tone="draft">{t("draft.changes", { count: state.diff.changes.length, version })}</Pill>
  );
}
