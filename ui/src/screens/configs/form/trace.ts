import type { Trace, TraceAttempt, TraceCandidate, TraceRule } from "@/bindings/types";
import { flatten, type Node } from "./outline";

/** What a tried request did at a node. */
export type NodeOutcome = {
  attempts: TraceAttempt[];
  candidate?: TraceCandidate;
  rule?: TraceRule;
  /** A rule that was tried before the one that matched. */
  didNotMatch?: boolean;
  onPath: boolean;
};

export type Lit = {
  outcomes: ReadonlyMap<string, NodeOutcome>;
  trace: Trace;
};

/** Finds the nodes that a trace speaks of. A trace has names, not places: they are matched in order. */
export function lightUp(root: Node, trace: Trace): Lit {
  const nodes = flatten(root);
  const outcomes = new Map<string, NodeOutcome>();
  const at = (node: Node) => {
    const found = outcomes.get(node.id) ?? { attempts: [], onPath: false };
    outcomes.set(node.id, found);
    return found;
  };
  const passedOver = steps(nodes, trace, at);
  attempts(
    nodes.filter((node) => !passedOver.has(node)),
    trace,
    at,
  );
  const lead = (node: Node): boolean => {
    const led = node.children.map(lead).includes(true);
    if (led) at(node).onPath = true;
    return at(node).onPath;
  };
  if (trace.steps.length > 0) at(root).onPath = true;
  lead(root);
  return { outcomes, trace };
}

type At = (node: Node) => NodeOutcome;

/** Lights what was decided; gives the nodes under rules that were not taken. */
function steps(nodes: Node[], trace: Trace, at: At): ReadonlySet<Node> {
  const passedOver = new Set<Node>();
  let free = nodes.filter(({ children, what }) => children.length > 0 || what.kind === "strategy");
  for (const step of trace.steps) {
    const found = free.find((node) => strategyOf(node) === step.strategy);
    if (!found) continue;
    free = free.filter((node) => node !== found);
    at(found).onPath = true;
    for (const candidate of step.candidates) {
      const child = found.children.find((each) => names(each, candidate.target));
      if (child) at(child).candidate = candidate;
    }
    const rule = step.rule && found.children[step.rule.index];
    if (rule) {
      Object.assign(at(rule), { rule: step.rule, onPath: true });
      const index = found.children.indexOf(rule);
      for (const tried of found.children.slice(0, index)) at(tried).didNotMatch = true;
      const others = found.children.filter((each) => each !== rule).flatMap(flatten);
      for (const other of others) passedOver.add(other);
      free = free.filter((node) => !passedOver.has(node));
    }
    const variant = found.children.find(
      ({ role, entry }) =>
        role === "variant" && step.variant !== undefined && entry.label === step.variant,
    );
    if (variant) at(variant).onPath = true;
  }
  return passedOver;
}

/** The strategy that runs at a node: written in place, or of the config that it refers to. */
function strategyOf(node: Node): string | null {
  if (node.what.kind === "strategy") return node.what.strategy;
  return node.children[0]?.within ?? null;
}

function attempts(nodes: Node[], trace: Trace, at: At) {
  const leaves = nodes.filter(
    ({ what, children }) => what.kind === "name" && children.length === 0,
  );
  const taken = new Set<Node>();
  for (const attempt of trace.attempts) {
    const named = leaves.filter((node) => names(node, attempt.target));
    const again = named.findLast((node) => taken.has(node));
    const found = named.find((node) => !taken.has(node)) ?? again;
    if (!found) continue;
    taken.add(found);
    const outcome = at(found);
    outcome.attempts.push(attempt);
    if (attempt.outcome !== "skipped") outcome.onPath = true;
  }
}

function names({ what }: Node, target: string): boolean {
  if (what.kind !== "name") return false;
  return target === what.name || (!what.name.includes("/") && target.endsWith(`/${what.name}`));
}
