import type { JsonValue } from "@/bindings/serde_json/JsonValue";

export type Merged = {
  document: JsonValue;
  /** JSON pointers where both sides changed the same thing; there `mine` was kept. */
  contested: string[];
};

type Tree = { [key: string]: JsonValue };
type Maybe = JsonValue | undefined;

/** Puts `mine` (an edit of `base`) onto `theirs` (another edit of `base`). */
export function merge(base: JsonValue, mine: JsonValue, theirs: JsonValue): Merged {
  const contested: string[] = [];
  const document = mergeAt(base, mine, theirs, "", contested) ?? null;
  return { document, contested };
}

function mergeAt(
  base: Maybe,
  mine: Maybe,
  theirs: Maybe,
  path: string,
  contested: string[],
): Maybe {
  if (same(mine, base) || same(mine, theirs)) return theirs;
  if (same(theirs, base)) return mine;
  if (isTree(mine) && isTree(theirs)) {
    const from = isTree(base) ? base : {};
    return mergeKeys(from, mine, theirs, path, contested);
  }
  // Lists of one length are edited in place; anything else has no safe pairing of elements.
  if (isList(base) && isList(mine) && isList(theirs)) {
    if (base.length === mine.length && base.length === theirs.length) {
      return mine.map(
        (each, index) =>
          mergeAt(base[index], each, theirs[index], `${path}/${index}`, contested) ?? null,
      );
    }
  }
  contested.push(path);
  return mine;
}

function mergeKeys(base: Tree, mine: Tree, theirs: Tree, path: string, contested: string[]): Tree {
  const out: Tree = {};
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const value = mergeAt(base[key], mine[key], theirs[key], `${path}/${key}`, contested);
    if (value !== undefined) out[key] = value;
  }
  return out;
}

const isTree = (value: Maybe): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: Maybe): value is JsonValue[] => Array.isArray(value);

/** Equal as documents: the order of keys does not count. */
export function same(a: Maybe, b: Maybe): boolean {
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((each, index) => same(each, b[index]));
  }
  if (isTree(a) && isTree(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]))
    );
  }
  return a === b;
}
