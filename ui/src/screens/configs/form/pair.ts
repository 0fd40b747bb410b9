import type { Json } from "./json";
import { flatten, type Node, outline } from "./outline";

/** For each node of a draft, the one of the version it was edited from; absent for what was added. */
export type Pairs = ReadonlyMap<string, Node>;

export function pairs(draft: Node, base: Json | undefined): Pairs {
  const found = new Map<string, Node>();
  if (base !== undefined) pair(draft, outline(base), found);
  return found;
}

function pair(draft: Node, base: Node, found: Map<string, Node>) {
  found.set(draft.id, base);
  const wrapped = wrappedIn(draft, base);
  if (wrapped) return pair(wrapped, base, found);
  const free = [...base.children];
  const take = (matches: (each: Node) => boolean) => {
    const at = free.findIndex(matches);
    return at < 0 ? undefined : free.splice(at, 1)[0];
  };
  const unmatched: Node[] = [];
  for (const child of draft.children) {
    const same = take((each) => each.role === child.role && keyOf(each) === keyOf(child));
    if (same) pair(child, same, found);
    else unmatched.push(child);
  }
  // Another target in the same place is a change of that target, not a new one.
  for (const child of unmatched) {
    const same = take(({ role, index }) => role === child.role && index === child.index);
    if (same) pair(child, same, found);
  }
}

/** Where another strategy took its place: the old one further in, if it is still there. */
function wrappedIn(draft: Node, base: Node): Node | undefined {
  const { what } = base;
  if (what.kind !== "strategy" || draft.what.kind !== "strategy") return undefined;
  if (what.strategy === draft.what.strategy) return undefined;
  const same = (each: Node) =>
    each.what.kind === "strategy" && each.what.strategy === what.strategy;
  return flatten(draft).find((each) => !each.readOnly && same(each));
}

function keyOf({ what, condition }: Node): string {
  const target =
    what.kind === "name" ? what.name : what.kind === "strategy" ? what.strategy : what.kind;
  return `${condition ?? ""}|${target}`;
}
