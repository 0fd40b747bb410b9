import { type ReactNode, useCallback, useDeferredValue, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import { useDebounced } from "@/app/useDebounced";
import { useBackend, useOp } from "@/backend/react";
import type { Decisions, Diagnostic } from "@/bindings/types";
import { Button } from "@/components/Button";
import { count } from "@/components/format";
import { Empty, Skeleton } from "@/components/State";
import { notify } from "@/components/toast";
import type { Finding } from "../editor/problems";
import type { ConfigState } from "../useConfig";
import { useDraftText } from "../useDraftText";
import { DecisionTree, type Place } from "./DecisionTree";
import { useFindings } from "./findings";
import { useWords } from "./known";
import { type OutlineRule, outline } from "./outline";
import { type Program, programOf } from "./program";
import { RulesEditor, type RulesHandle } from "./RulesEditor";
import { RulesStatus } from "./RulesStatus";
import { hitsOf } from "./rulesHits";
import { SubbarEnd } from "./SubbarEnd";
import { recordedRules, sharesOf } from "./shares";
import { TryRules } from "./TryRules";
import { useListText, useProgramText } from "./useProgramText";
import { Variables } from "./Variables";

type Props = {
  slug: string;
  state: ConfigState;
  /** Null while the draft is no JSON. */
  program: Program | null;
  toggle: ReactNode;
  onJson: () => void;
};

const WINDOW = "7d";
const FIGURES_FRESH_MS = 60_000;

/** The rules of a draft: program, decision tree and what conditions may read. */
export function RulesSource(props: Props) {
  const { t } = useTranslation();
  const { slug, state, program, toggle, onJson } = props;
  const draft = useDraftText(slug, state);
  const source = useProgramText(slug, program, draft);
  const decisions = useOp(
    "get_decisions",
    { config: slug, version: state.config.active_version, last: WINDOW },
    { staleTime: FIGURES_FRESH_MS, retry: false },
  ).data;
  const end = (
    <SubbarEnd>
      <HitsSummary decisions={decisions} />
      {toggle}
    </SubbarEnd>
  );
  if (!program) {
    const back = <Button onClick={onJson}>{t("rules.notJson.open")}</Button>;
    return (
      <>
        {end}
        <Empty title={t("rules.notJson.title")} action={back}>
          {t("rules.notJson.text")}
        </Empty>
      </>
    );
  }
  if (source.text === undefined) {
    return (
      <>
        {end}
        <Skeleton rows={10} height={26} />
      </>
    );
  }
  return (
    <>
      {end}
      <Shown
        {...props}
        program={program}
        source={source}
        text={source.text}
        decisions={decisions}
      />
    </>
  );
}

function HitsSummary({ decisions }: { decisions: Decisions | undefined }) {
  const { t } = useTranslation();
  if (!decisions) return null;
  const { version, requests } = decisions;
  if (requests === 0) return <span>{t("rules.hits.none")}</span>;
  return (
    <span>{t("rules.hits.summary", { version, count: requests, requests: count(requests) })}</span>
  );
}

type ShownProps = Props & {
  program: Program;
  source: ReturnType<typeof useProgramText>;
  text: string;
  decisions: Decisions | undefined;
};

function Shown(props: ShownProps) {
  const { t } = useTranslation();
  const { slug, state, program, source, text, decisions } = props;
  const editor = useRef<RulesHandle>(null);
  const [cursor, setCursor] = useState({ line: 1, column: 1 });
  const [taken, setTaken] = useState<number | null>(null);
  const backend = useBackend();
  const words = useWords();
  const strategies = useStrategies();
  const { findings, elsewhere } = useProblems(slug, state, program, text);
  // The editor never waits for what is drawn of it.
  const settled = useDeferredValue(text);
  const rules = useMemo(() => outline(settled), [settled]);
  const version = state.config.active_version;
  const recorded = useRecorded(state, decisions);
  const hits = useMemo(
    () => hitsOf(rules, sharesOf(rules, recorded), version, words ?? null),
    [rules, recorded, version, words],
  );
  const shown = useLast(findings);
  const errors = useMemo(() => errorPlaces(settled, shown), [settled, shown]);
  const strategyOf = useCallback((name: string) => strategies.get(name), [strategies]);
  const goTo = useCallback(({ line }: OutlineRule) => editor.current?.goTo(line), []);
  const never = hits.filter(({ tone }) => tone === "never");
  const convert = async () => {
    if (source.keptAs === "list") {
      source.toText();
      return notify(t("rules.form.converted"));
    }
    const answer = await backend.call("convert_rules", { rules: text }).catch(() => null);
    if (!answer?.rules) {
      return notify(t(answer ? "rules.form.listBroken" : "rules.form.failed"), { tone: "fault" });
    }
    source.toList(answer.rules);
    notify(t("rules.form.converted"));
  };
  useRulesActions(editor, source.keptAs === "list", convert);
  return (
    <div className="body">
      <div className="grow rules-page">
        <section className="rules-source" aria-label={t("rules.label", { slug })}>
          <RulesEditor
            ref={editor}
            value={text}
            onChange={source.write}
            diagnostics={findings}
            slug={slug}
            label={t("rules.label", { slug })}
            hits={hits}
            onCursor={setCursor}
          />
          <RulesStatus
            findings={shown}
            elsewhere={elsewhere}
            never={never.length}
            cursor={cursor}
            keptAs={source.keptAs}
            onNext={() => editor.current?.nextProblem()}
            onNever={() => never[0] && editor.current?.goTo(never[0].line)}
            onElsewhere={props.onJson}
            onFormat={() => editor.current?.format()}
            onConvert={convert}
          />
        </section>
        <DecisionTree
          rules={rules}
          recorded={recorded}
          version={version}
          errors={errors}
          strategyOf={strategyOf}
          taken={taken}
          onRule={goTo}
        />
        <TryRules slug={slug} state={state} document={program.document} onRule={setTaken} />
      </div>
      {words && (
        <Variables
          words={words}
          suggested={shown.find(({ suggestion }) => suggestion)?.suggestion ?? null}
          onInsert={(name) => editor.current?.insert(name)}
        />
      )}
    </div>
  );
}

/** The figures of the rules that are active now, whatever the draft made of them. */
function useRecorded(state: ConfigState, decisions: Decisions | undefined) {
  const active = useMemo(() => programOf(state.config.document), [state.config.document]);
  const listed = useListText(active?.form === "list" ? active.rules : null);
  const program = active?.form === "list" ? listed : active?.rules;
  return useMemo(
    () => (program === undefined ? null : recordedRules(program, decisions)),
    [program, decisions],
  );
}

function useRulesActions(
  editor: { current: RulesHandle | null },
  isList: boolean,
  convert: () => void,
) {
  const { t } = useTranslation();
  useActions([
    {
      id: "format",
      group: "page",
      label: t("rules.format"),
      icon: "code",
      hint: "Shift Alt F",
      run: () => editor.current?.format(),
    },
    {
      id: "problem.next",
      group: "page",
      label: t("source.nextProblem"),
      icon: "error",
      shortcut: "F8",
      run: () => editor.current?.nextProblem(),
    },
    {
      id: "rules.convert",
      group: "page",
      label: t(isList ? "rules.form.toText" : "rules.form.toList"),
      icon: "swap",
      run: convert,
    },
  ]);
}

function useStrategies(): Map<string, string> {
  const configs = useOp("list_configs", {}).data?.data;
  return useMemo(
    () => new Map((configs ?? []).map(({ slug, strategy }) => [slug, strategy])),
    [configs],
  );
}

const TYPING_PAUSE_MS = 250;

/**
 * What is wrong, placed in the program. Of a list the program's text is checked in its stead, so
 * that every place is one in what the person sees.
 */
function useProblems(slug: string, state: ConfigState, program: Program, text: string) {
  const checked = useDebounced(text, TYPING_PAUSE_MS);
  const isList = program.form === "list";
  const own = useOp(
    "validate",
    { slug, document: { ...program.document, rules: checked } },
    { enabled: isList, placeholderData: (previous) => previous, gcTime: 10_000 },
  );
  const ownIsCurrent = checked === text && !own.isPlaceholderData;
  const current: Diagnostic[] | undefined = isList
    ? ownIsCurrent
      ? own.data?.diagnostics
      : undefined
    : state.validated
      ? state.validation?.diagnostics
      : undefined;
  const findings = useFindings(current ?? null, "/rules");
  const elsewhere = (current ?? []).filter(({ path }) => path !== "/rules").length;
  return { findings, elsewhere };
}

/** The last answer that there was. */
function useLast(findings: Finding[] | null): Finding[] {
  const last = useRef<Finding[]>([]);
  if (findings) last.current = findings;
  return last.current;
}

function errorPlaces(text: string, findings: Finding[]): Place[] {
  const lines = text.split("\n");
  return findings.flatMap(({ severity, line, column = 1, length = 1 }) => {
    if (severity !== "error" || line === undefined) return [];
    const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const from = before + column - 1;
    return [{ from, to: from + length }];
  });
}
