import type { ReactNode } from "react";
import { StrategyMark } from "@/components/Mark";
import type { Strategy } from "./form/strategies";
import type { Cast } from "./templates";

type Props = { strategy: Strategy; slug: string; cast: Cast };

/** What a strategy does, drawn with the targets that a new config would have. */
export function Drawing(props: Props) {
  const [a = "a", b = a, c = b] = props.cast.models.map(short);
  const [low = a, mid = b, high = c] = props.cast.cheap.map(short);
  const hub = props.slug.length <= SHORT_SLUG ? `@${props.slug || "new"}` : "";
  switch (props.strategy) {
    case "single":
      return (
        <>
          <Edges lines={["M96 64H164"]} heads={[[164, 64]]} />
          <Hub at={[12, 52, 84]} strategy="single" text={hub} />
          <Box at={[170, 52, 154]} text={a} />
        </>
      );
    case "fallback":
      return (
        <>
          <Edges
            lines={["M84 28H152"]}
            dashed={["M172 40V58a6 6 0 0 0 6 6h4", "M202 76V94a6 6 0 0 0 6 6h4"]}
            heads={[
              [150, 28],
              [180, 64],
              [210, 100],
            ]}
          />
          <Hub at={[12, 16, 72]} strategy="fallback" text={hub} />
          <Limit at={[119, 28]}>60 s</Limit>
          <Box at={[156, 16, 138]} n={1} text={a} />
          <Box at={[186, 52, 138]} n={2} text={b} />
          <Box at={[216, 88, 108]} n={3} text={c} />
        </>
      );
    case "cost_optimized":
      return (
        <Fan
          strategy="cost_optimized"
          hub={hub}
          names={[low, mid, high]}
          taken={0}
          hints={props.cast.prices}
        />
      );
    case "latency_optimized":
      return <Fan strategy="latency_optimized" hub={hub} names={[a, b, c]} taken={1} hints={[]} />;
    case "ensemble":
      return (
        <>
          <Edges
            lines={[
              "M40 64C66 64 66 28 88 28",
              "M40 64H88",
              "M40 64C66 64 66 100 88 100",
              "M228 28C247 28 247 64 258 64",
              "M228 64H258",
              "M228 100C247 100 247 64 258 64",
            ]}
            heads={[
              [86, 28],
              [86, 64],
              [86, 100],
              [256, 64],
            ]}
          />
          <Box at={[12, 52, 28]} strategy="ensemble" />
          {[a, b, c].map((name, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: members are known by their place
            <Box key={at} at={[92, 16 + at * 36, 136]} text={name} />
          ))}
          <Box at={[262, 52, 62]} text="answer" />
        </>
      );
    case "ab_test":
      return (
        <>
          <Edges
            lines={["M94 64C140 64 140 88 182 88"]}
            thick={["M94 64C140 64 140 40 182 40"]}
            heads={[
              [180, 40],
              [180, 88],
            ]}
          />
          <Hub at={[12, 52, 82]} strategy="ab_test" text={hub} />
          <Limit at={[138, 42]}>80%</Limit>
          <Limit at={[138, 88]}>20%</Limit>
          <Box at={[186, 28, 138]} text={a} />
          <Box at={[186, 76, 138]} text={b} />
        </>
      );
    case "cascade":
      return (
        <>
          <Edges
            lines={["M40 40H66", "M198 40H260"]}
            dashed={["M130 52V82a6 6 0 0 0 6 6h26"]}
            heads={[
              [64, 40],
              [258, 40],
              [160, 88],
            ]}
          />
          <Box at={[12, 28, 28]} strategy="cascade" />
          <Box at={[70, 28, 128]} n={1} text={low} />
          <Limit at={[229, 40]}>accept</Limit>
          <Box at={[264, 28, 60]} text="answer" />
          <span className="edge-text" style={{ left: 140, top: 57 }}>
            else
          </span>
          <Box at={[166, 76, 158]} n={2} text={low === a ? b : a} />
        </>
      );
    case "custom_rules":
      return (
        <>
          <Edges
            lines={["M190 28H230", "M190 64H230", "M190 100H230"]}
            dashed={["M30 40V52", "M30 76V88"]}
            heads={[
              [228, 28],
              [228, 64],
              [228, 100],
            ]}
          />
          <Box at={[12, 16, 178]} n={1} text={'tenant == "enterprise"'} />
          <Box at={[12, 52, 178]} n={2} text="budget.used_pct >= 0.9" />
          <Box at={[12, 88, 178]} n={3} text="else" />
          <Box at={[234, 16, 90]} text={a} />
          <Box at={[234, 52, 90]} text={low} />
          <Box at={[234, 88, 90]} text={b} />
        </>
      );
  }
}

/** A longer one does not fit beside the mark. */
const SHORT_SLUG = 5;

const short = (name: string) => name.slice(name.indexOf("/") + 1).replace(/^claude-/, "");

function Fan(props: {
  strategy: Strategy;
  hub: string;
  names: string[];
  taken: number;
  hints: string[];
}) {
  const lines = ["M84 64C135 64 135 28 182 28", "M84 64H182", "M84 64C135 64 135 100 182 100"];
  return (
    <>
      <Edges
        lines={lines.filter((_, at) => at === props.taken)}
        dashed={lines.filter((_, at) => at !== props.taken)}
        heads={[
          [180, 28],
          [180, 64],
          [180, 100],
        ]}
      />
      <Hub at={[12, 52, 72]} strategy={props.strategy} text={props.hub} />
      {props.names.map((name, at) => (
        <Box
          // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their place
          key={at}
          at={[186, 16 + at * 36, 138]}
          text={name}
          hint={props.hints[at]}
          on={at === props.taken}
        />
      ))}
    </>
  );
}

/** The config itself; only its mark where the slug does not fit. */
function Hub(props: { at: [number, number, number]; strategy: Strategy; text: string }) {
  const [left, top, width] = props.at;
  const at: typeof props.at = props.text ? props.at : [left + width - MARK_WIDTH, top, MARK_WIDTH];
  return <Box at={at} strategy={props.strategy} text={props.text || undefined} />;
}

const MARK_WIDTH = 28;

function Edges(props: {
  lines: string[];
  dashed?: string[];
  thick?: string[];
  heads: [number, number][];
}) {
  return (
    <svg className="edges" aria-hidden="true">
      {props.lines.map((d) => (
        <path key={d} className="edge" d={d} />
      ))}
      {props.thick?.map((d) => (
        <path key={d} className="edge" d={d} style={{ strokeWidth: 4 }} />
      ))}
      {props.dashed?.map((d) => (
        <path key={d} className="edge-off" d={d} />
      ))}
      {props.heads.map(([x, y]) => (
        <path key={`${x} ${y}`} className="edge-head" d={`M${x} ${y - 4}l6 4-6 4z`} />
      ))}
    </svg>
  );
}

function Box(props: {
  at: [left: number, top: number, width: number];
  n?: number;
  strategy?: Strategy;
  text?: string;
  hint?: string;
  on?: boolean;
}) {
  const [left, top, width] = props.at;
  return (
    <span className={`gn ${props.on ? "on" : ""}`} style={{ left, top, width }}>
      {props.strategy && <StrategyMark strategy={props.strategy} />}
      {props.n && <b>{props.n}</b>}
      {props.text && <span className="truncate">{props.text}</span>}
      {props.hint && <i>{props.hint}</i>}
    </span>
  );
}

function Limit(props: { at: [number, number]; children: ReactNode }) {
  return (
    <span className="edge-label" style={{ left: props.at[0], top: props.at[1] }}>
      {props.children}
    </span>
  );
}
