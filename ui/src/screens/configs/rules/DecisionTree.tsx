import {
  type CSSProperties,
  memo,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { Segmented } from "@/components/Field";
import { count, money } from "@/components/format";
import { Icon } from "@/components/Icon";
import { ProviderMark, StrategyMark } from "@/components/Mark";
import i18n from "@/i18n";
import type { Action, OutlineRule } from "./outline";
import { percentLabel } from "./rulesHits";
import { type Recorded, type Share, type Shares, sharesOf, type Weight } from "./shares";

/** Offsets in the program. */
export type Place = { from: number; to: number };

type Props = {
  rules: OutlineRule[];
  /** Rules of the active version with their figures; null while they are not known. */
  recorded: Recorded[] | null;
  version: number;
  /** Places in the program that have an error. */
  errors: Place[];
  strategyOf: (slug: string) => string | undefined;
  /** The rule that the tried request matched. */
  taken: number | null;
  onRule: (rule: OutlineRule) => void;
};

/** Where the requests go: a condition to the left, its target to the right, bands as wide as traffic. */
export const DecisionTree = memo(function DecisionTree(props: Props) {
  const { t } = useTranslation();
  const [weight, setWeight] = useState<Weight>("requests");
  const { rules, recorded, version } = props;
  const shares = useMemo(() => sharesOf(rules, recorded, weight), [rules, recorded, weight]);
  const note = shares ? (weight === "requests" ? "byRequests" : "byCost") : "even";
  return (
    <section className="tree" aria-label={t("rules.tree.title")}>
      <div className="tree-head">
        <h2>{t("rules.tree.title")}</h2>
        <span className="t-3 fs-2 truncate">{t(`rules.tree.${note}`)}</span>
        <span className="grow" />
        {sharesOf(rules, recorded) && (
          <Segmented<Weight>
            label={t("rules.tree.weigh")}
            value={weight}
            options={[
              { value: "requests", label: t("rules.tree.requests") },
              { value: "cost", label: t("rules.tree.cost") },
            ]}
            onChange={setWeight}
          />
        )}
      </div>
      {rules.length === 0 ? (
        <p className="tree-empty t-3 fs-2">{t("rules.tree.empty")}</p>
      ) : (
        <ol className={shares ? "tree-rows" : "tree-rows is-even"}>
          {rules.map((rule, index) => (
            <Row
              key={rule.index}
              rule={rule}
              share={shares?.rules[index] ?? null}
              even={1 / rules.length}
              weight={weight}
              goesOn={goesOn(shares, rules.length, index)}
              last={index === rules.length - 1}
              taken={index === props.taken}
              wrong={wrongIn(rule, props.errors)}
              version={version}
              strategyOf={props.strategyOf}
              onRule={props.onRule}
            />
          ))}
        </ol>
      )}
      {shares && shares.gone.share > 0 && (
        <p className="tree-gone t-3 fs-2">
          {t("rules.tree.gone", {
            percent: percentLabel(shares.gone),
            version,
          })}
        </p>
      )}
    </section>
  );
});

type Flow = { share: number; percent: number | null };

/** What no rule so far has taken, after the rule at `index`. Even shares where nothing is known. */
export function goesOn(shares: Shares | null, rules: number, index: number): Flow {
  if (!shares) return { share: (rules - 1 - index) / rules, percent: null };
  const later = shares.rules.slice(index + 1);
  return {
    share: later.reduce((sum, { share }) => sum + share, 0),
    percent: later.reduce((sum, { percent }) => sum + percent, 0),
  };
}

type RowProps = Pick<Props, "version" | "strategyOf" | "onRule"> & {
  rule: OutlineRule;
  share: Share | null;
  /** The band's width where no share is known. */
  even: number;
  weight: Weight;
  goesOn: Flow;
  last: boolean;
  taken: boolean;
  wrong: Place[];
};

const wrongIn = (rule: OutlineRule, errors: Place[]) =>
  errors.filter(({ from }) => rule.from <= from && from < rule.to);

/** Typing makes every rule anew and moves those below it; a row is drawn anew only where it shows something else. */
const Row = memo(
  DrawnRow,
  (a, b) => a.onRule === b.onRule && a.strategyOf === b.strategyOf && drawnOf(a) === drawnOf(b),
);

/** What a row shows and leads to, wherever in the program its rule stands. */
function drawnOf({ rule, wrong, onRule, strategyOf, ...rest }: RowProps): string {
  const { index, line, from, condition, action } = rule;
  const at = condition && { text: condition.text, from: condition.from - from };
  const marks = wrong.map((place) => [place.from - from, place.to - from]);
  return JSON.stringify([index, line, at, action, marks, rest]);
}

function DrawnRow(props: RowProps) {
  const { t } = useTranslation();
  const { rule, share, goesOn: rest, taken, wrong } = props;
  const never = share?.state === "never" ? " is-never" : "";
  const width = share ? share.share : props.even;
  const style = { "--n": width, "--rest": rest.share } as CSSProperties;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (taken) row.current?.scrollIntoView({ block: "nearest" });
  }, [taken]);
  return (
    <li ref={row} className={taken ? "tree-row is-taken" : "tree-row"} style={style}>
      <button
        type="button"
        className={`cond${never}${wrong.length > 0 ? " is-error" : ""}`}
        onClick={() => props.onRule(rule)}
      >
        <span className="ordinal">{rule.index + 1}</span>
        {rule.condition ? (
          <code className="truncate" title={rule.condition.text}>
            {marked(rule.condition, wrong)}
          </code>
        ) : (
          <span className="t-2">{t("rules.tree.else")}</span>
        )}
      </button>
      <Branch width={width} {...props} />
      <Target {...props} never={never} />
      {!props.last && (
        <div className="trunk">
          <i aria-hidden="true" />
          <span>
            {rest.percent === null
              ? t("rules.tree.goOnNow")
              : t("rules.tree.goOn", {
                  percent: percentLabel({ share: rest.share, percent: rest.percent }),
                })}
          </span>
        </div>
      )}
    </li>
  );
}

/** The condition with what is wrong underlined, where it is written on one line. */
function marked({ text, from }: { text: string; from: number }, wrong: Place[]): ReactNode {
  const first = wrong.find((place) => place.from >= from && place.to <= from + text.length);
  if (!first) return text;
  const [start, end] = [first.from - from, first.to - from];
  return (
    <>
      {text.slice(0, start)}
      <span className="squiggle">{text.slice(start, end)}</span>
      {text.slice(end)}
    </>
  );
}

function Branch(props: RowProps & { width: number }) {
  const { t } = useTranslation();
  const { share, rule, version, weight, strategyOf } = props;
  const hue = hueOf(rule.action, strategyOf);
  const drawn = share?.state === "never" || share?.state === "unknown" ? "is-dashed" : "";
  return (
    <div className={`branch ${hue}`}>
      {share && (
        <span className={share.state === "never" ? "yes t-warn" : "yes"}>
          {share.state === "unknown" ? (
            t("rules.hits.new")
          ) : (
            <>
              <strong>{percentLabel(share)}</strong> {amount(share)}
            </>
          )}
        </span>
      )}
      <i aria-hidden="true" className={`band ${drawn}`} />
    </div>
  );

  function amount({ state, requests, cost }: Share) {
    if (state === "never") return t("rules.hits.never");
    const figure = weight === "requests" ? count(requests) : money(cost);
    return state === "changed" ? t("rules.hits.with", { requests: figure, version }) : figure;
  }
}

const strategyName = (use: JsonValue) => {
  const strategy = strategyIn(use);
  return strategy ? i18n.t(`strategy.${strategy}.name`, strategy) : "JSON";
};

function Target(props: RowProps & { never: string }) {
  const { t } = useTranslation();
  const { rule, strategyOf, never } = props;
  const { action } = rule;
  if (!action) return <div className="target is-never t-3">{t("rules.tree.missing")}</div>;
  if ("block" in action) {
    return (
      <div className={`target${never}`} title={action.block}>
        <span className="t-bad">
          <Icon name="fail" />
        </span>
        <span className="truncate">{t("rules.tree.blocked", { message: action.block })}</span>
      </div>
    );
  }
  const name = targetName(action.use);
  const slug = slugOf(name);
  return (
    <div className={`target${never}`}>
      {mark(action.use, name, strategyOf)}
      {name ? (
        <code className="truncate" title={name}>
          {name}
        </code>
      ) : (
        <span className="truncate">
          {t("rules.tree.inline", { strategy: strategyName(action.use) })}
        </span>
      )}
      {slug && (
        <Link
          className="icon-btn"
          href={`/configs/${slug}`}
          aria-label={t("rules.tree.open", { slug })}
        >
          <Icon name="external" size="xs" />
        </Link>
      )}
    </div>
  );
}

/** The name of a target in each of its forms; null for a strategy written in place. */
function targetName(use: JsonValue): string | null {
  if (typeof use === "string") return use;
  const { model } = (use ?? {}) as { model?: unknown };
  return typeof model === "string" ? model : null;
}

function strategyIn(use: JsonValue): string | null {
  const { strategy } = (use ?? {}) as { strategy?: unknown };
  return typeof strategy === "string" ? strategy : null;
}

const slugOf = (name: string | null) =>
  name?.startsWith("@") ? name.slice(1).split(":")[0] : null;

function mark(use: JsonValue, name: string | null, strategyOf: Props["strategyOf"]) {
  const slug = slugOf(name);
  if (slug) return <StrategyMark strategy={strategyOf(slug) ?? "single"} />;
  if (name) return <ProviderMark name={name.split("/")[0] ?? name} />;
  return <StrategyMark strategy={strategyIn(use) ?? "single"} />;
}

const HUES: Record<string, string> = {
  cost_optimized: "cost",
  latency_optimized: "latency",
  ab_test: "abtest",
  custom_rules: "rules",
};

/** The class that gives a band the hue of where it leads. */
function hueOf(action: Action | null, strategyOf: Props["strategyOf"]): string {
  if (!action) return "s-rules";
  if ("block" in action) return "s-blocked";
  const name = targetName(action.use);
  const slug = slugOf(name);
  if (name && !slug) return `p-${name.split("/")[0]}`;
  const strategy = (slug ? strategyOf(slug) : strategyIn(action.use)) ?? "single";
  return `s-${HUES[strategy] ?? strategy}`;
}
