import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/components/Icon";
import { Pill } from "@/components/Label";
import { StrategyMark } from "@/components/Mark";
import { same } from "../merge";
import { useForm } from "./context";
import { dollars, type Facts } from "./facts";
import { words } from "./fields/SpecField";
import { get, isTree, type Json } from "./json";
import { NameMark } from "./NameMark";
import { type Node, parentNode, shares, slugOf } from "./outline";
import { isError, pointerOf } from "./problems";
import { ENTRY_FIELDS, FIELDS, type FieldSpec, isStrategy, MOVE_ON, SLOTS } from "./strategies";
import { footOf, summary, targetWords } from "./words";

/** New in the draft, and not only as part of something new. */
export function useIsAdded(node: Node): boolean {
  const { pairs, root } = useForm();
  if (node.readOnly || pairs.has(node.id)) return false;
  const parent = parentNode(root, node.id);
  return parent !== undefined && pairs.has(parent.id);
}

/** What stands in a card below its head, from the document alone. */
export function Card({ node, head, foot }: { node: Node; head?: ReactNode; foot?: boolean }) {
  const { t } = useTranslation();
  const form = useForm();
  const problems = form.problems.get(node.id) ?? [];
  const outcome = form.lit?.outcomes.get(node.id);
  const isAdded = useIsAdded(node);
  const state = [
    "node",
    outcome?.onPath && "is-path",
    form.lit && !outcome?.onPath && "is-off",
    form.selected.id === node.id && "is-selected",
    isAdded && "is-added",
    problems.some(isError) && "is-wrong",
    node.readOnly && "is-quiet",
  ];
  const line = form.lit && foot !== false ? footOf(node, outcome, t) : null;
  return (
    <div className={state.filter(Boolean).join(" ")}>
      <div className="node-head">
        {isOrdered(node) && <span className="ordinal">{node.index + 1}</span>}
        <Mark node={node} facts={form.facts} />
        <Name node={node} />
        {isAdded && <Pill tone="ok">{t("form.added")}</Pill>}
        {problems.length > 0 && (
          <span
            className={problems.some(isError) ? "t-bad" : "t-warn"}
            title={problems[0]?.message}
          >
            <Icon name={problems.some(isError) ? "error" : "warn"} size="sm" />
          </span>
        )}
        {head}
      </div>
      <Condition word={t("form.if")} text={node.condition} />
      <FactRow node={node} />
      <Condition word={t("form.acceptIf")} text={node.entry.accept} />
      <StrategyRows node={node} />
      <Changes node={node} />
      {line && (
        <div className={`node-foot t-${line.tone}`}>
          <Icon name={line.icon} size="sm" />
          <span className="truncate" title={line.text}>
            {line.text}
          </span>
        </div>
      )}
    </div>
  );
}

function Condition({ word, text }: { word: string; text: unknown }) {
  if (typeof text !== "string" || text === "") return null;
  return (
    <div className="node-row fm-cond">
      <span className="t-3">{word}</span>
      <code className="truncate" title={text}>
        {text}
      </code>
    </div>
  );
}

const isOrdered = ({ role, within }: Node) =>
  role !== "judge" && isStrategy(within) && SLOTS[within].ordered;

function Mark({ node, facts }: { node: Node; facts: Facts }) {
  const { what } = node;
  if (what.kind === "name") return <NameMark name={what.name} facts={facts} />;
  if (what.kind === "strategy") return <StrategyMark strategy={what.strategy} />;
  return <Icon name={what.kind === "block" ? "lock" : "warn"} size="sm" className="t-3" />;
}

function Name({ node }: { node: Node }) {
  const { t } = useTranslation();
  const text = targetWords(node, t);
  const mono = node.what.kind === "name";
  return (
    <>
      <span className={`truncate grow ${mono ? "mono" : ""}`} title={text}>
        {text}
      </span>
      {typeof node.entry.label === "string" && (
        <span className="mono t-3 fs-1 truncate fm-label">{node.entry.label}</span>
      )}
    </>
  );
}

/** Price, tier, health of a model; strategy and version of a config. */
function FactRow({ node }: { node: Node }) {
  const { t } = useTranslation();
  const { facts } = useForm();
  const { what } = node;
  if (what.kind !== "name") return null;
  const parts: ReactNode[] = [];
  const slug = slugOf(what.name);
  const config = facts.config(what.name);
  const row = slug ? undefined : facts.model(what.name);
  if (config) {
    const version = /:(\d+)$/.exec(what.name)?.[1] ?? config.active_version;
    parts.push(`${t(`strategy.${config.strategy}.name`)}, v${version}`);
  }
  const p50 = p50Of(facts, what.name);
  if (p50) parts.push(`p50 ${p50}`);
  if (row?.model.price) {
    const { input, output } = row.model.price;
    parts.push(t("form.price", { input: dollars(input), output: dollars(output) }));
  }
  if (row?.model.tier) parts.push(row.model.tier);
  const health = facts.health(what.name);
  if (health && health.state !== "closed") {
    parts.push(
      <span key="health" className="t-warn" title={health.reason}>
        {t(`form.health.${health.state}`)}
      </span>,
    );
  }
  if (parts.length === 0) return null;
  return <Parts parts={parts} className="t-3" />;
}

/** Where the health of a target comes with what was measured. */
function p50Of(facts: Facts, name: string): string | null {
  const p50 = facts.health(name)?.p50_ms;
  return p50 === undefined ? null : `${(p50 / 1000).toFixed(2)} s`;
}

function Parts({ parts, className }: { parts: ReactNode[]; className?: string }) {
  return (
    <div className={`node-row ${className ?? ""}`}>
      <span className="truncate">
        {parts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one line, in order
          <span key={index}>
            {index > 0 && <i className="fm-sep" />}
            {part}
          </span>
        ))}
      </span>
    </div>
  );
}

function StrategyRows({ node }: { node: Node }) {
  const { t } = useTranslation();
  const { document } = useForm();
  if (node.what.kind !== "strategy" || !isStrategy(node.what.strategy)) return null;
  const { strategy } = node.what;
  const value = node.readOnly ? undefined : get(document, node.at);
  const facts = summary(strategy, value, t);
  const own = isTree(value) ? value.retry_on : undefined;
  const chips = "retry_on" in Object.fromEntries(FIELDS[strategy].map(({ key }) => [key, true]));
  return (
    <>
      <div className="node-row t-3">
        <span className="truncate">{t(`form.sentence.${strategy}`)}</span>
      </div>
      {chips && !node.readOnly && (
        <div className="node-row fm-chips">
          {(Array.isArray(own) ? own.map(String) : MOVE_ON).map((each) => (
            <span className="chip" key={each}>
              {each}
            </span>
          ))}
        </div>
      )}
      {facts.length > 0 && <Parts parts={facts} />}
      {strategy === "ab_test" && <ShareBar nodes={node.children} />}
    </>
  );
}

const HUES = ["blue", "amber", "green", "magenta", "teal", "rust", "olive", "slate"];

/** The shares of an A/B test, side by side. */
export function ShareBar({ nodes }: { nodes: Node[] }) {
  const share = shares(nodes);
  return (
    <div className="node-row">
      <div className="fm-shares" aria-hidden="true">
        {nodes.map((node, at) => (
          <i
            key={node.id}
            style={{
              flexGrow: share.get(node.id) ?? 0,
              background: `var(--c-${HUES[at % HUES.length]})`,
            }}
          />
        ))}
      </div>
    </div>
  );
}

/** `• Timeout 5000 → 2000 ms` for each field that differs from the version edited from. */
function Changes({ node }: { node: Node }) {
  const { t } = useTranslation();
  const { base, pairs, document } = useForm();
  const was = node.readOnly ? undefined : pairs.get(node.id);
  if (!was) return null;
  const rows: { key: string; label: string; from: string; to: string }[] = [];
  const compare = (spec: FieldSpec, from: Json | undefined, to: Json | undefined) => {
    if (same(from, to) || spec.kind === "rules") return;
    const say = (value: Json | undefined) => words(spec, value, t("form.unset"));
    rows.push({ key: spec.key, label: t(`form.field.${spec.key}`), from: say(from), to: say(to) });
  };
  const [then, now] = [was.what, node.what];
  if (then.kind === "name" && now.kind === "name" && then.name !== now.name) {
    rows.push({ key: "target", label: t("form.field.target"), from: then.name, to: now.name });
  }
  for (const spec of ENTRY_FIELDS[node.role])
    compare(spec, was.entry[spec.key], node.entry[spec.key]);
  if (now.kind === "strategy" && then.kind === "strategy" && isStrategy(now.strategy)) {
    if (now.strategy !== then.strategy) {
      const name = (each: string) => t(`strategy.${each}.name`, { defaultValue: each });
      rows.push({
        key: "strategy",
        label: t("form.field.strategy"),
        from: name(then.strategy),
        to: name(now.strategy),
      });
    } else {
      for (const spec of FIELDS[now.strategy]) {
        const [from, to] = [
          pointerOf(was, spec.key, "strategy"),
          pointerOf(node, spec.key, "strategy"),
        ];
        compare(spec, get(base.document, from), get(document, to));
      }
    }
  }
  return rows.map(({ key, label, from, to }) => (
    <div className="node-row fm-changed" key={key}>
      <i className="fm-dot" />
      <span>{label}</span>
      <span className="was truncate">{from}</span>
      <span className="truncate">{to}</span>
    </div>
  ));
}
