import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ProviderMark, StrategyMark } from "@/components/Mark";
import { nameOf, type Plan, type Step, type Target } from "./plan";
import { type Placed, staircase } from "./staircase";

const WIDTH = 342;
const SHOWN = 5;
const CANDIDATES = 4;
/** A name of more characters does not fit beside the request. */
const SHORT_NAME = 14;

type Props = {
  slug: string;
  plan: Plan;
  /** What the referenced configs do, as far as that is known by now. */
  known: ReadonlyMap<string, Plan>;
};

/** From the request to who answers. Its words are a list, so it reads aloud as one. */
export function Graph({ slug, plan, known }: Props) {
  const { t } = useTranslation();
  const steps = plan.steps.slice(0, SHOWN);
  const inner = steps.map(({ target }) => membersOf(target, known));
  const conditions = steps.slice(0, -1).map((step) => conditionOf(plan, step, t));
  const beside =
    steps.length <= 2 && steps.every(({ target }) => nameOf(target).length <= SHORT_NAME);
  const rows = inner.map((members) => members.length);
  const at = staircase({ width: WIDTH, rows, conditions, beside });
  const more = plan.steps.length - steps.length;
  return (
    <>
      <div className="canvas demo" style={{ height: at.height }}>
        <svg className="edges" aria-hidden="true">
          {at.edges.map((edge) => (
            <g key={edge.path}>
              <path className={edge.dashed ? "edge-off" : "edge"} d={edge.path} />
              <path className="edge-head" d={edge.head} />
            </g>
          ))}
        </svg>
        <ol className="contents" aria-label={t("start.graph.label", { slug })}>
          <li className="node" style={box(at.request)}>
            <div className="node-head">{t("start.graph.request")}</div>
          </li>
          {at.nodes.map((place, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts are known by their order
            <li key={index} className="contents">
              {index > 0 && <Condition at={at.words[index - 1]} text={conditions[index - 1]} />}
              <div className="node" style={box(place)}>
                <Head
                  target={(steps[index] as Step).target}
                  ordinal={steps.length > 1 ? index + 1 : null}
                  known={known}
                />
                <Members targets={inner[index] ?? []} known={known} />
              </div>
            </li>
          ))}
        </ol>
      </div>
      {more > 0 && <p className="side-note side-more">{t("start.graph.more", { count: more })}</p>}
    </>
  );
}

function Condition({ at, text }: { at?: { x: number; y: number; width: number }; text?: string }) {
  if (!at || !text) return null;
  return (
    <span className="edge-text" style={{ left: at.x, top: at.y, width: at.width }}>
      {text}
    </span>
  );
}

function Head(props: { target: Target; ordinal: number | null; known: Props["known"] }) {
  const { target, ordinal, known } = props;
  return (
    <div className="node-head">
      {ordinal !== null && <span className="ordinal">{ordinal}</span>}
      <Named target={target} known={known} />
    </div>
  );
}

function Members({ targets, known }: { targets: Target[]; known: Props["known"] }) {
  return targets.map((target, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: members are known by their order
    <div key={index} className="node-row">
      <Named target={target} known={known} />
    </div>
  ));
}

function Named({ target, known }: { target: Target; known: Props["known"] }) {
  const { t } = useTranslation();
  const name = nameOf(target);
  if (target.kind === "model") {
    return (
      <>
        <ProviderMark name={target.provider} />
        <span className="mono truncate" title={name}>
          {name}
        </span>
      </>
    );
  }
  if (target.kind === "inline") {
    return (
      <>
        <StrategyMark strategy={target.plan.strategy} />
        <span className="truncate">{t(`strategy.${target.plan.strategy}.name`)}</span>
      </>
    );
  }
  return (
    <>
      <StrategyMark strategy={known.get(target.slug)?.strategy ?? "single"} />
      <Link className="mono truncate" to={`/configs/${target.slug}/form`} title={name}>
        {name}
      </Link>
    </>
  );
}

/** One level of what a nested target can call. Deeper ones are a link away. */
function membersOf(target: Target, known: Props["known"]): Target[] {
  const plan = target.kind === "inline" ? target.plan : null;
  const shown = target.kind === "config" ? known.get(target.slug) : plan;
  return (shown?.steps ?? []).slice(0, CANDIDATES).map((step) => step.target);
}

type Translate = ReturnType<typeof useTranslation>["t"];

/** `on 429, 5xx, timeout (2000 ms) or connection` */
function conditionOf(plan: Plan, step: Step, t: Translate): string {
  if (plan.strategy !== "fallback" && plan.strategy !== "cascade") {
    return t(`start.graph.beside.${plan.strategy}`);
  }
  const classes = plan.moveOn.map((each) =>
    each === "timeout" && step.timeoutMs
      ? t("start.graph.timeout", { ms: step.timeoutMs })
      : t(`start.graph.class.${each}`, each),
  );
  if (classes.length < 2) return t("start.graph.on", { classes: classes[0] ?? "" });
  const last = classes.at(-1);
  return t("start.graph.onOr", { classes: classes.slice(0, -1).join(", "), last });
}

const box = ({ x, y, width, height }: Placed) => ({ left: x, top: y, width, height });
