import type { Json } from "./json";
import { type Node, outline } from "./outline";

/** For each node of a draft, the one of the version it was edited from; absent for what was added. */
export type Pairs = ReadonlyMap<string, Node>;

export function pairs(draft: Node, base: Json | undefined): Pairs {
  const found = new Map<string, Node>();
  if (base !== undefined) pair(draft, outline(base), found);
  return found;
}

function pair(draft: Node, base: Node, found: Map<string, Node>) {
  found.set(draft.id, base);
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

function keyOf({ what, condition }: Node): string {
  const target =
    what.kind === "name" ? what.name : what.kind === "strategy" ? what.strategy : what.kind;
  return `${condition ?? ""}|${target}`;
}
