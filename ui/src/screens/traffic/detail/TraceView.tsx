import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { LogDetail, Trace, TraceAttempt, TraceStep } from "@/bindings/types";
import {
  capitalised,
  count,
  dateTime,
  duration,
  isUnpriced,
  money,
  NONE,
  timeOfDay,
} from "@/components/format";
import { Chip, Pill } from "@/components/Label";
import { ProviderMark, StrategyMark } from "@/components/Mark";
import { isDowngraded, statusPill } from "../row";
import { useKindOf } from "../useKindOf";
import { Waterfall } from "./Waterfall";

/** What happened to this request, and why. */
export function TraceView({ log }: { log: LogDetail }) {
  const { t } = useTranslation();
  const { trace } = log;
  const [first, ...nested] = trace.steps;
  return (
    <>
      <div className="section">
        <p className="row verdict">
          <Pill tone={statusPill(log.status)}>{log.status}</Pill>
          <strong>{verdict(log, t)}</strong>
        </p>
        {log.error_message && <p className="explain t-bad">{log.error_message}</p>}
        <Figures log={log} />
      </div>
      {(first || trace.attempts.length > 0) && (
        <div className="section">
          {first && <Step step={first} />}
          {nested.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps are known by their order
            <Step key={index} step={step} nested />
          ))}
          {trace.attempts.length > 0 && <Waterfall trace={trace} />}
          {trace.decision && first?.reason !== trace.decision.reason && (
            <p className="explain decision">{sentence(trace.decision.reason)}</p>
          )}
        </div>
      )}
      {trace.steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are known by their order
        <Rejected key={index} step={step} attempts={trace.attempts} />
      ))}
      <div className="section">
        <Facts log={log} />
      </div>
    </>
  );
}

const HUNG_UP = 499;

const isPassedOn = ({ resolved }: LogDetail) => resolved === "passthrough";

function verdict(log: LogDetail, t: TFunction): string {
  const time = duration(log.latency_ms);
  const { attempts } = log.trace;
  const answers = answersTaken(log.trace);
  const [answer] = answers;
  if (log.status === HUNG_UP) return t("traffic.verdict.hungUp", { time });
  if (log.status < 400 && answer) {
    // Which of several answers of one model was taken, the trace does not say.
    if (answers.length > 1 || log.attempts <= 1) {
      return t("traffic.verdict.answered", { model: answer.model, time });
    }
    const several = attempts.filter(isAnswer).length > 1;
    return t(several ? "traffic.verdict.taken" : "traffic.verdict.attempt", { n: answer.n, time });
  }
  if (log.attempts > 0) return t("traffic.verdict.failed", { count: log.attempts, time });
  return (isPassedOn(log) && passedOn(log, t)) || t("traffic.verdict.refused", { time });
}

/** What came of passing it on; null where the proxy itself said no. */
function passedOn(log: LogDetail, t: TFunction): string | null {
  const { provider, status, error_class: fault } = log;
  if (!provider) return null;
  if (status >= 400 && (!fault || fault.startsWith("http_"))) {
    return t("traffic.verdict.passedError", { provider, status });
  }
  if (!fault) return t("traffic.verdict.passed", { provider });
  // Between a provider's key that is missing and an answer that broke off, the status tells.
  const refused = status >= 400 && status < 500;
  const time = duration(log.latency_ms);
  return refused ? null : t("traffic.verdict.passedBroken", { provider, time });
}

const JUDGED = "asked as the judge";

const isAnswer = ({ outcome, reason }: TraceAttempt) => outcome === "ok" && reason !== JUDGED;

/** Answers that may be the one that the caller got: of votes, those of the target that won. */
function answersTaken({ attempts, decision }: Trace): TraceAttempt[] {
  const answers = attempts.filter(isAnswer);
  if (!decision?.target) return answers.slice(-1);
  return answers.filter(({ target }) => target === decision.target);
}

function sentence(reason: string): string {
  const capital = capitalised(reason);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function Figures({ log }: { log: LogDetail }) {
  const { t } = useTranslation();
  const tokens =
    log.input_tokens === null && log.output_tokens === null
      ? NONE
      : `${count(log.input_tokens)} / ${count(log.output_tokens)}`;
  return (
    <dl className="figures">
      <Figure name={t("traffic.figure.ttft")}>{duration(log.ttft_ms)}</Figure>
      <Figure name={t("traffic.figure.tokens")}>
        {tokens}
        {log.tokens_estimated && tokens !== NONE && (
          <span className="t-3" title={t("traffic.figure.estimatedTitle")}>
            {" "}
            {t("traffic.figure.estimated")}
          </span>
        )}
      </Figure>
      <Figure name={t("traffic.figure.cost")}>
        {isUnpriced(log) ? t("traffic.unpriced") : money(log.cost_usd)}
      </Figure>
      {isPassedOn(log) ? (
        <Figure name={t("traffic.column.latency")}>{duration(log.latency_ms)}</Figure>
      ) : (
        <Figure name={t("traffic.figure.overhead")}>{overhead(log.overhead_us)}</Figure>
      )}
    </dl>
  );
}

function overhead(us: number): string {
  return us < 1000 ? `${us} µs` : duration(us / 1000);
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Step({ step, nested }: { step: TraceStep; nested?: boolean }) {
  const { t } = useTranslation();
  const version = step.version === null ? "" : ` v${step.version}`;
  return (
    <div className={nested ? "step is-nested" : "step"}>
      <h2 className="section-title">
        {nested && <StrategyMark strategy={step.strategy} />}
        {step.config ? (
          <Link to={`/configs/${step.config}/versions`} className="slug-link">
            <code className="fw-6">
              @{step.config}
              {version}
            </code>
          </Link>
        ) : (
          t("traffic.direct")
        )}
        <span className="aside">{step.strategy}</span>
      </h2>
      {step.rule && (
        <p className="explain">
          {t("traffic.rule", { n: step.rule.index + 1, line: step.rule.line })}{" "}
          <code>{step.rule.text}</code>
          <Values values={step.rule.values} />
        </p>
      )}
      {step.variant && <p className="explain">{t("traffic.variant", { name: step.variant })}</p>}
      {step.reason && <p className="explain">{sentence(step.reason)}</p>}
    </div>
  );
}

/** What the names in a rule stood for when it was decided. */
function Values({ values }: { values: Record<string, unknown> }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return null;
  return (
    <span className="chips rule-values">
      {entries.map(([name, value]) => (
        <Chip key={name}>
          {name} = {JSON.stringify(value)}
        </Chip>
      ))}
    </span>
  );
}

/** What was weighed and not taken. Attempts that were made stand in the waterfall already. */
function Rejected({ step, attempts }: { step: TraceStep; attempts: TraceAttempt[] }) {
  const { t } = useTranslation();
  const kindOf = useKindOf();
  const tried = new Set(attempts.map(({ target }) => target));
  const rejected = step.candidates.filter(({ chosen, target }) => !chosen && !tried.has(target));
  if (rejected.length === 0) return null;
  const by = step.config ? `@${step.config}` : step.strategy;
  return (
    <div className="section">
      <h2 className="section-title">
        {t("traffic.rejected", { by })}
        <span className="aside">
          {t("traffic.ofCount", { n: rejected.length, total: step.candidates.length })}
        </span>
      </h2>
      <ul className="rejected">
        {rejected.map(({ target, reason, est_cost_usd, p50_ms }) => {
          const provider = target.split("/")[0] ?? target;
          return (
            <li key={target}>
              {!target.startsWith("@") && <ProviderMark name={provider} kind={kindOf(provider)} />}
              <code className="name truncate" title={target}>
                {target.slice(target.indexOf("/") + 1)}
              </code>
              <span className="why">{reason}</span>
              {est_cost_usd != null && <span className="t-3 nowrap">{money(est_cost_usd)}</span>}
              {p50_ms != null && <span className="t-3 nowrap">p50 {duration(p50_ms)}</span>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Facts({ log }: { log: LogDetail }) {
  const { t } = useTranslation();
  const fact = (name: string, value: ReactNode, mono = true) =>
    value ? (
      <>
        <dt>{t(`traffic.fact.${name}`)}</dt>
        <dd className={mono ? "mono truncate" : undefined}>{value}</dd>
      </>
    ) : null;
  const tags = Object.entries(log.tags);
  return (
    <dl className="kv">
      {fact(
        "time",
        `${dateTime(log.time).replace(/ [\d:]+$/, "")}, ${timeOfDay(log.time, true)}`,
        false,
      )}
      {fact("app", log.app)}
      {fact("asked", log.requested_model)}
      {isDowngraded(log) && fact("answered", <span className="t-warn">{log.answered_model}</span>)}
      {fact("endpoint", log.endpoint)}
      {fact("dialect", t(`traffic.dialect.${log.dialect}`, { defaultValue: log.dialect }), false)}
      {!isPassedOn(log) &&
        fact("stream", t(log.stream ? "traffic.streamed" : "traffic.notStreamed"), false)}
      {log.cached_tokens ? fact("cached", count(log.cached_tokens), false) : null}
      {log.reasoning_tokens ? fact("reasoning", count(log.reasoning_tokens), false) : null}
      {fact("user", log.end_user)}
      {tags.length > 0 && (
        <>
          <dt>{t("traffic.fact.tags")}</dt>
          <dd className="chips">
            {tags.map(([key, value]) => (
              <Chip key={key}>
                {key}={value}
              </Chip>
            ))}
          </dd>
        </>
      )}
      {fact("conversation", log.conversation_id)}
      {fact("trace", log.trace_id)}
      {fact("errorClass", log.error_class)}
    </dl>
  );
}
