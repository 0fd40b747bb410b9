import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import { useOp } from "@/backend/react";
import type { Diagnostic } from "@/bindings/types";
import { Icon } from "@/components/Icon";
import { keyLabel } from "@/components/Label";
import { notify } from "@/components/toast";
import { ChangeList } from "./ChangeList";
import { Editor, type EditorHandle } from "./editor/Editor";
import { keysAt } from "./editor/schema";
import { useStep } from "./editor/useStep";
import { type ConfigState, parseJson } from "./useConfig";
import { useDraftText } from "./useDraftText";

type Props = { slug: string; state: ConfigState };
type Cursor = { line: number; column: number; shape: string | null };

/** The document as it is stored. */
export function JsonSource({ slug, state }: Props) {
  const { t } = useTranslation();
  const editor = useRef<EditorHandle>(null);
  const [cursor, setCursor] = useState<Cursor>({ line: 1, column: 1, shape: null });
  const names = useNames(slug);
  const diagnostics = state.validation?.diagnostics ?? [];
  const draft = useDraftText(slug, state);
  const step = useStep("source", state.text);
  const format = () => {
    const parsed = parseJson(state.text);
    if (parsed === undefined) return notify(t("source.formatNotJson"), { tone: "fault" });
    editor.current?.replaceAll(state.validation?.formatted ?? JSON.stringify(parsed, null, 2));
  };
  useActions([
    {
      id: "format",
      group: "page",
      label: t("source.format"),
      icon: "code",
      shortcut: "Ctrl+Shift+F",
      run: format,
    },
    {
      id: "problem.next",
      group: "page",
      label: t("source.nextProblem"),
      icon: "error",
      shortcut: "F8",
      run: () => editor.current?.nextProblem(),
    },
  ]);
  return (
    <div className="body">
      <section className="source grow" aria-label={t("source.label", { slug })}>
        <Editor
          ref={editor}
          text={state.text}
          diagnostics={state.validated ? diagnostics : null}
          names={names}
          label={t("source.label", { slug })}
          onChange={(text) => draft.write(text, step())}
          onCursor={setCursor}
        />
        <StatusBar
          diagnostics={diagnostics}
          cursor={cursor}
          onNext={() => editor.current?.nextProblem()}
          onFormat={format}
        />
      </section>
      <Aside state={state} shape={cursor.shape} />
    </div>
  );
}

/** What a target may be: models, and every config but this one. */
function useNames(slug: string): string[] {
  const models = useOp("list_models", {}).data?.data ?? [];
  const configs = useOp("list_configs", {}).data?.data ?? [];
  return [
    ...models.map((row) => row.id),
    ...configs.filter((each) => each.slug !== slug).map((each) => `@${each.slug}`),
  ];
}

function StatusBar(props: {
  diagnostics: Diagnostic[];
  cursor: Cursor;
  onNext: () => void;
  onFormat: () => void;
}) {
  const { t } = useTranslation();
  const errors = props.diagnostics.filter((each) => each.severity === "error").length;
  const warnings = props.diagnostics.length - errors;
  return (
    <div className="ed-status">
      <span role="status" className="row">
        {errors > 0 && (
          <span className="row row-1 t-bad">
            <Icon name="error" size="xs" />
            {t("source.errors", { count: errors })}
          </span>
        )}
        {warnings > 0 && (
          <span className="row row-1 t-warn">
            <Icon name="warn" size="xs" />
            {t("source.warnings", { count: warnings })}
          </span>
        )}
        {props.diagnostics.length === 0 && (
          <span className="row row-1">
            <Icon name="pass" size="xs" />
            {t("source.noProblems")}
          </span>
        )}
      </span>
      <span className="grow" />
      {props.diagnostics.length > 0 && (
        <button type="button" onClick={props.onNext}>
          <kbd>F8</kbd> {t("source.nextProblemShort")}
        </button>
      )}
      <button type="button" onClick={props.onFormat} title={keyLabel("Ctrl Shift F")}>
        {t("source.format")}
      </button>
      <span>{t("source.position", props.cursor)}</span>
    </div>
  );
}

function Aside({ state, shape }: { state: ConfigState; shape: string | null }) {
  const { t } = useTranslation();
  const keys = keysAt(shape);
  return (
    <aside className="panel source-aside" aria-label={t("source.aside")}>
      <div className="scroll grow">
        <section className="section">
          <h2 className="section-title">
            {t("source.changes", { version: state.base.number })}
            {state.draft && state.diff && (
              <span className="aside">{state.diff.changes.length}</span>
            )}
          </h2>
          {state.draft && state.diff && state.diff.changes.length > 0 ? (
            <ChangeList diff={state.diff} />
          ) : (
            <p className="fs-2 t-3">
              {t(state.document === undefined ? "source.changesNotJson" : "source.noChanges")}
            </p>
          )}
        </section>
        <section className="section">
          <h2 className="section-title">
            {t("source.keys")}
            <span className="aside mono">{shape ?? ""}</span>
          </h2>
          <dl className="key-list">
            {keys.map((key) => (
              <div key={key.name}>
                <dt>
                  <code>{key.name}</code>
                  <span className="type">{t(`document.type.${key.type}`)}</span>
                </dt>
                <dd>{t(`document.key.${key.doc}`)}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </aside>
  );
}
