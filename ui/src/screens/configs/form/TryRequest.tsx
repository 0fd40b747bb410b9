import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import { useDebounced } from "@/app/useDebounced";
import { useBackend, useOp } from "@/backend/react";
import type { DryRunResult, Trace, TraceStep } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { Input, Select } from "@/components/Field";
import { ago, count, duration, money } from "@/components/format";
import { Icon } from "@/components/Icon";
import { Chip } from "@/components/Label";
import { StrategyMark } from "@/components/Mark";
import { Popover } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { type ConfigState, parseJson } from "../useConfig";
import { useForm } from "./context";
import { useFaults } from "./faults";
import { get, isTree } from "./json";
import {
  FIRST_SAMPLE,
  isEstimated,
  modelsIn,
  OUTCOMES,
  rangeOf,
  requestFor,
  type Sample,
  tagsIn,
} from "./try";

/** An older server does not explain yet. */
export type Answer = Omit<DryRunResult, "explanation"> & { explanation?: string | null };

type Props = {
  state: ConfigState;
  onAnswer: (answer: Answer | null) => void;
  /** One line until it is wanted, where there is more to see above it. */
  startsClosed?: boolean;
};

const PAUSE_MS = 250;
/** What was tried of a config stays while the window is open. */
const samples = new Map<string, Sample>();
const OPEN = "modelux.try";

/** What would happen to a request with this draft, without calling anybody. */
export function TryRequest({ state, onAnswer, startsClosed = false }: Props) {
  const { t } = useTranslation();
  const { slug } = useForm();
  const remembered = startsClosed ? `${OPEN}.rules` : OPEN;
  const [open, setOpen] = useState(
    () => (localStorage.getItem(remembered) ?? (startsClosed ? "closed" : "open")) === "open",
  );
  const [sample, setSample] = useState<Sample>(() => samples.get(slug) ?? FIRST_SAMPLE);
  const change = (next: Partial<Sample>) => {
    const merged = { ...sample, ...next };
    samples.set(slug, merged);
    setSample(merged);
  };
  const show = (next: boolean) => {
    localStorage.setItem(remembered, next ? "open" : "closed");
    setOpen(next);
  };
  useActions([
    {
      id: "try",
      group: "page",
      label: t("form.try.title"),
      icon: "play",
      shortcut: "t",
      run: () => {
        show(true);
        setTimeout(() =>
          document.querySelector<HTMLElement>(".fm-try input:not([disabled])")?.focus(),
        );
      },
    },
  ]);
  return (
    <section className="fm-try" aria-label={t("form.try.title")}>
      <div className="fm-try-head">
        <h2>{t("form.try.title")}</h2>
        <span className="t-3 fs-2 truncate">{t("form.try.local")}</span>
        <span className="grow" />
        {open && <Recorded sample={sample} onChange={change} />}
        <IconButton
          icon={open ? "chev-d" : "chev-u"}
          label={t(open ? "form.try.close" : "form.try.open")}
          aria-expanded={open}
          onClick={() => show(!open)}
        />
      </div>
      {open && <Opened {...{ state, sample, onAnswer }} onChange={change} />}
    </section>
  );
}

type Change = (next: Partial<Sample>) => void;

function Opened({
  state,
  sample,
  onChange,
  onAnswer,
}: Props & { sample: Sample; onChange: Change }) {
  const { run, reason } = useAnswer(state, sample);
  const answer = reason === null ? (run.data ?? null) : null;
  useEffect(() => onAnswer(answer), [answer, onAnswer]);
  useEffect(() => () => onAnswer(null), [onAnswer]);
  return (
    <>
      <SampleFields sample={sample} onChange={onChange} />
      <Result answer={answer} fault={reason ?? run.error?.message ?? null} />
    </>
  );
}

/** Asks again whenever the draft or the sample is another one and has come to rest. */
function useAnswer(state: ConfigState, sample: Sample) {
  const { t } = useTranslation();
  const { slug } = useForm();
  const settled = useDebounced(sample, PAUSE_MS);
  const faults = useFaults(slug).size;
  const errors =
    faults +
    (state.validation?.diagnostics.filter(({ severity }) => severity === "error").length ?? 0);
  const range = rangeOf(settled);
  const isFit = errors === 0 && range === null;
  const ready = state.validated && isFit && state.validation?.valid === true;
  const input = {
    request: requestFor(slug, settled),
    slug,
    ...(state.draft && { document: parseJson(state.text) }),
    ...(settled.assume.length > 0 && { assume: settled.assume }),
  };
  const run = useOp("dry_run", input, {
    enabled: ready,
    retry: false,
    gcTime: 10_000,
    placeholderData: (previous) => previous,
  });
  const reason =
    errors > 0
      ? t("form.try.mend", { count: errors })
      : range && t("form.try.outOfRange", { field: t(`form.try.${range.field}`) });
  return { run, reason: reason ?? null };
}

const figures = ({ from, to }: { from: number; to: number }) => ({
  from: count(from),
  to: count(to),
});

type LabelledProps = {
  label: string;
  aside?: ReactNode;
  help?: ReactNode;
  fault?: string;
  children: (ids: { id: string; describedBy?: string; invalid: boolean }) => ReactNode;
};

function Labelled({ label, aside, help, fault, children }: LabelledProps) {
  const id = useId();
  const note = fault || help ? `${id}-note` : undefined;
  return (
    <div className="field">
      <div className="field-label">
        <label htmlFor={id}>{label}</label>
        {aside && <span className="aside">{aside}</span>}
      </div>
      {children({ id, describedBy: note, invalid: Boolean(fault) })}
      {note && (
        <p id={note} className={`field-help ${fault ? "t-bad" : ""}`} role={fault && "alert"}>
          {fault ?? help}
        </p>
      )}
    </div>
  );
}

function SampleFields({ sample, onChange }: { sample: Sample; onChange: Change }) {
  const { t } = useTranslation();
  const { slug } = useForm();
  const off = sample.recorded !== null;
  const range = rangeOf(sample);
  const note = (field: "inputTokens" | "maxOutput") => {
    if (range?.field === field) return { fault: t("form.fault.range", figures(range)) };
    const estimated = field === "inputTokens" && isEstimated(sample);
    return { help: estimated ? t("form.try.estimated") : undefined };
  };
  const byPrompt = sample.by === "prompt";
  return (
    <div className={`fm-try-form ${byPrompt && !off ? "has-prompt" : ""}`}>
      <Labelled label={t("form.try.model")}>
        {({ id }) => <Input id={id} mono readOnly value={`@${slug}`} />}
      </Labelled>
      {sample.recorded ? (
        <div className="field fm-recorded">
          <div className="field-label">{t("form.try.recordedLabel")}</div>
          <span className="input">
            <Chip
              onRemove={() => onChange({ recorded: null })}
              removeLabel={t("form.try.dropRecorded")}
            >
              {sample.recorded.id}
            </Chip>
            {sample.recorded.tokens !== null && (
              <span className="t-3">
                {t("form.try.tokens", { n: count(sample.recorded.tokens) })}
              </span>
            )}
          </span>
        </div>
      ) : (
        <>
          <Labelled
            label={t(byPrompt ? "form.try.prompt" : "form.try.inputTokens")}
            aside={
              <button
                type="button"
                className="fm-link"
                onClick={() => onChange({ by: byPrompt ? "tokens" : "prompt" })}
              >
                {t(byPrompt ? "form.try.asTokens" : "form.try.asText")}
              </button>
            }
            {...note("inputTokens")}
          >
            {({ id, describedBy, invalid }) =>
              byPrompt ? (
                <Input
                  id={id}
                  value={sample.prompt}
                  onChange={({ target }) => onChange({ prompt: target.value })}
                />
              ) : (
                <Input
                  id={id}
                  mono
                  inputMode="numeric"
                  invalid={invalid}
                  aria-describedby={describedBy}
                  value={sample.tokens}
                  onChange={({ target }) => onChange({ tokens: target.value })}
                />
              )
            }
          </Labelled>
          <Labelled label={t("form.try.maxOutput")} {...note("maxOutput")}>
            {({ id, describedBy, invalid }) => (
              <Input
                id={id}
                mono
                inputMode="numeric"
                invalid={invalid}
                aria-describedby={describedBy}
                value={sample.maxOutput}
                onChange={({ target }) => onChange({ maxOutput: target.value })}
              />
            )}
          </Labelled>
          <Tags tags={sample.tags} onChange={(tags) => onChange({ tags })} />
          <div className="field">
            <div className="field-label" id="fm-needs">
              {t("form.try.needs")}
            </div>
            <div className="fm-needs" role="group" aria-labelledby="fm-needs">
              {(["stream", "tools", "json"] as const).map((need) => (
                <button
                  key={need}
                  type="button"
                  className="fm-need"
                  aria-pressed={sample[need]}
                  onClick={() => onChange({ [need]: !sample[need] })}
                >
                  {t(`form.try.need.${need}`)}
                </button>
              ))}
            </div>
          </div>
        </>
      )}
      <Assume sample={sample} onChange={onChange} />
    </div>
  );
}

function Tags({ tags, onChange }: { tags: string[]; onChange: (tags: string[]) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const [focused, setFocused] = useState(false);
  const take = () => {
    const read = tagsIn(text);
    const keys = read.tags.map(keyOf);
    if (keys.length > 0) {
      onChange([...tags.filter((each) => !keys.includes(keyOf(each))), ...read.tags]);
    }
    setText(read.rest);
    setWrong(read.rest);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && text === "") onChange(tags.slice(0, -1));
  };
  return (
    <Labelled
      label={t("form.try.tags")}
      fault={wrong ? t("form.try.noTag", { tag: wrong }) : undefined}
      help={focused && t("form.try.tagsHelp")}
    >
      {({ id, describedBy, invalid }) => (
        <span className={`input fm-tags ${invalid ? "is-invalid" : ""}`}>
          {tags.map((tag) => (
            <Chip
              key={tag}
              onRemove={() => onChange(tags.filter((each) => each !== tag))}
              removeLabel={t("form.try.dropTag", { tag })}
            >
              {tag}
            </Chip>
          ))}
          <input
            id={id}
            className="mono"
            placeholder={tags.length === 0 ? "tenant=acme" : ""}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={invalid || undefined}
            aria-describedby={describedBy}
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              setWrong("");
            }}
            onKeyDown={onKeyDown}
            onFocus={() => setFocused(true)}
            onBlur={() => {
              setFocused(false);
              take();
            }}
          />
        </span>
      )}
    </Labelled>
  );
}

const keyOf = (tag: string) => tag.slice(0, tag.indexOf("="));

function Assume({ sample, onChange }: { sample: Sample; onChange: Change }) {
  const { t } = useTranslation();
  const { root } = useForm();
  const models = modelsIn(root);
  const assumed = sample.assume.filter(({ target }) => models.includes(target));
  const set = (target: string, outcome: string) => {
    const rest = sample.assume.filter((each) => each.target !== target);
    onChange({ assume: outcome === "as_is" ? rest : [...rest, { target, outcome }] });
  };
  const [first] = assumed;
  return (
    <div className="field">
      <div className="field-label">{t("form.try.assume")}</div>
      <Popover
        title={t("form.try.assumeTitle")}
        align="end"
        className="fm-assume"
        trigger={
          <button type="button" className="input fm-assumed" aria-label={t("form.try.assumeTitle")}>
            {first ? (
              <>
                <span className="mono truncate">{first.target}</span>
                <span className="t-warn">{t(`form.try.outcome.${first.outcome}`)}</span>
                {assumed.length > 1 && <span className="t-3">+{assumed.length - 1}</span>}
              </>
            ) : (
              <span className="t-3">{t("form.try.nothing")}</span>
            )}
            <Icon name="updown" size="sm" className="end" />
          </button>
        }
      >
        <div className="pop-body scroll">
          {models.length === 0 && <p className="fs-2 t-3">{t("form.try.noModels")}</p>}
          {models.map((target) => (
            <div className="row fm-assume-row" key={target}>
              <span className="mono fs-2 truncate grow" title={target}>
                {target}
              </span>
              <Select
                size="sm"
                label={t("form.try.assumeOf", { target })}
                value={assumed.find((each) => each.target === target)?.outcome ?? "as_is"}
                options={["as_is", ...OUTCOMES].map((value) => ({
                  value: value as string,
                  label: t(`form.try.outcome.${value}`),
                }))}
                onChange={(outcome) => set(target, outcome)}
              />
            </div>
          ))}
        </div>
      </Popover>
    </div>
  );
}

const RECENT = 20;

function Recorded({ sample, onChange }: { sample: Sample; onChange: Change }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      title={t("form.try.recordedTitle")}
      open={open}
      onOpenChange={setOpen}
      className="fm-recent"
      trigger={
        <Button size="sm" variant="ghost" icon="traffic" aria-pressed={sample.recorded !== null}>
          {t("form.try.recorded")}
        </Button>
      }
    >
      <Recent
        onPick={(recorded) => {
          onChange({ recorded });
          setOpen(false);
        }}
      />
    </Popover>
  );
}

function Recent({ onPick }: { onPick: (recorded: Sample["recorded"]) => void }) {
  const { t } = useTranslation();
  const backend = useBackend();
  const { slug } = useForm();
  const { data, error } = useOp("list_logs", { limit: RECENT, q: `config:${slug}` });
  const pick = async (id: string, tokens: number | null) => {
    const log = await backend.call("get_log", { id }).catch(() => null);
    const body = log?.request_body;
    const parsed = body && !body.truncated ? parseJson(body.text) : undefined;
    if (!isTree(parsed)) return notify(t("form.try.noBody"), { tone: "fault" });
    onPick({ id, body: parsed, tokens });
  };
  if (error) return <p className="pop-body t-bad">{error.message}</p>;
  if (data?.data.length === 0) return <p className="pop-body t-3">{t("form.try.noneRecorded")}</p>;
  return (
    <ul className="menu scroll fm-recent-list">
      {data?.data.map((row) => (
        <li key={row.id}>
          <button
            type="button"
            className="menu-item"
            onClick={() => void pick(row.id, row.input_tokens)}
          >
            <Status code={row.status} />
            <span className="truncate grow">{row.app}</span>
            {row.stream && <span className="t-3">{t("form.try.streamed")}</span>}
            <span className="t-3">{t("form.try.tokens", { n: count(row.input_tokens) })}</span>
            <span className="t-3 fm-ago">{ago(row.time)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Status({ code }: { code: number }) {
  return <span className={`num ${code >= 400 ? "t-bad" : "t-3"}`}>{code}</span>;
}

function Result({ answer, fault }: { answer: Answer | null; fault: string | null }) {
  const { t } = useTranslation();
  const form = useForm();
  const [why, setWhy] = useState(false);
  const total = get(form.document, "/total_budget_ms");
  const left =
    typeof total === "number" && answer?.est_latency_ms != null
      ? total - answer.est_latency_ms
      : null;
  if (fault !== null) {
    return (
      <div className="fm-try-result" role="status">
        <p className="t-3 truncate" title={fault}>
          {fault}
        </p>
      </div>
    );
  }
  return (
    <>
      <div className="fm-try-result" role="status">
        <p className="truncate" title={answer ? explain(answer) : undefined}>
          {answer && <Sentence text={explain(answer)} />}
        </p>
        {answer && (
          <>
            {answer.trace.steps.length > 0 && (
              <Button
                size="sm"
                variant="ghost"
                icon={why ? "chev-d" : "chev-r"}
                aria-expanded={why}
                onClick={() => setWhy(!why)}
              >
                {t("form.try.why")}
              </Button>
            )}
            <dl>
              <dt>{t("form.try.cost")}</dt>
              <dd>{money(answer.est_cost_usd)}</dd>
              <dt>{t("form.try.latency")}</dt>
              <dd>{duration(answer.est_latency_ms)}</dd>
              {left !== null && left >= 0 && (
                <>
                  <dt>{t("form.try.left")}</dt>
                  <dd>{duration(left)}</dd>
                </>
              )}
            </dl>
          </>
        )}
      </div>
      {why && answer && <Why trace={answer.trace} />}
    </>
  );
}

/** The backend says it in one sentence; one that does not yet says at least who answers and why. */
function explain(answer: Answer): string {
  if (answer.explanation) return answer.explanation;
  const { decision } = answer.trace;
  if (!decision) return "";
  const reason = decision.reason.charAt(0).toUpperCase() + decision.reason.slice(1);
  const target = decision.target ? `${decision.target}: ` : "";
  return `${target}${reason}${/[.!?]$/.test(reason) ? "" : "."}`;
}

/** Names and figures of the sentence stand out. */
function Sentence({ text }: { text: string }) {
  const parts = text.split(/(@[a-z0-9][a-z0-9-]*(?::\d+)?|\b[\w-]+\/[\w./:-]*\w|`[^`]+`)/);
  return parts.map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, in order
      <code key={index}>{part.replaceAll("`", "")}</code>
    ) : (
      part
    ),
  );
}

/** Every strategy entered and every target weighed, with why. */
function Why({ trace }: { trace: Trace }) {
  return (
    <ol className="fm-why scroll">
      {trace.steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are known by their order
        <Step key={index} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { step: TraceStep }) {
  const { t } = useTranslation();
  return (
    <li>
      <p className="row row-1">
        <StrategyMark strategy={step.strategy} />
        {step.config && <code>@{step.config}</code>}
        <span className="t-2">{step.reason}</span>
      </p>
      {step.rule && (
        <p className="t-2 fm-why-line">
          {t("form.try.rule", { n: step.rule.index + 1, line: step.rule.line })}{" "}
          <code>{step.rule.text}</code>
        </p>
      )}
      {step.variant && (
        <p className="t-2 fm-why-line">{t("form.try.variant", { name: step.variant })}</p>
      )}
      {step.candidates.length > 0 && (
        <ul className="fm-candidates">
          {step.candidates.map((each) => (
            <li key={each.target} className={each.chosen ? "" : "t-3"}>
              <Icon name={each.chosen ? "pass" : "minus"} size="xs" />
              <code>{each.target}</code>
              <span>{each.reason}</span>
              {each.est_cost_usd != null && <span className="num">{money(each.est_cost_usd)}</span>}
              {each.p50_ms != null && <span className="num">p50 {duration(each.p50_ms)}</span>}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
