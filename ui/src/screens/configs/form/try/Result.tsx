import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DryRunResult, Trace, TraceStep } from "@/bindings/types";
import { Button } from "@/components/Button";
import { duration, money } from "@/components/format";
import { Icon } from "@/components/Icon";
import { StrategyMark } from "@/components/Mark";
import { useForm } from "../context";
import { get } from "../json";

/** Who would answer and why, or what keeps it from being known. */
export function Result({ answer, fault }: { answer: DryRunResult | null; fault: string | null }) {
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
        <p className="truncate" title={answer?.explanation}>
          {answer && <Sentence text={answer.explanation} />}
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
