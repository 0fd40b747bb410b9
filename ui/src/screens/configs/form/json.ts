import type { JsonValue } from "@/bindings/serde_json/JsonValue";

export type Json = JsonValue;
export type Tree = { [key: string]: Json };

export const isTree = (value: Json | undefined): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isList = (value: Json | undefined): value is Json[] => Array.isArray(value);

/** The parts of a JSON pointer, unescaped. */
export function partsOf(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function below(pointer: string, ...keys: (string | number)[]): string {
  return [
    pointer,
    ...keys.map((key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1")),
  ].join("/");
}

export function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf("/")));
}

export function lastOf(pointer: string): string {
  return partsOf(pointer).at(-1) ?? "";
}

/** Is `pointer` at `at`, or somewhere inside of it? */
export function within(pointer: string, at: string): boolean {
  return pointer === at || pointer.startsWith(`${at}/`);
}

export function get(value: Json | undefined, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const part of partsOf(pointer)) {
    if (isList(at)) at = at[Number(part)];
    else if (isTree(at)) at = Object.hasOwn(at, part) ? at[part] : undefined;
    else return undefined;
  }
  return at;
}

/** A copy with another value there; without the member or element where the value is undefined. */
export function put(value: Json, pointer: string, next: Json | undefined): Json {
  return putAt(value, partsOf(pointer), next) ?? null;
}

function putAt(value: Json | undefined, parts: string[], next: Json | undefined): Json | undefined {
  const [part, ...rest] = parts;
  if (part === undefined) return next;
  if (isList(value)) {
    const index = Number(part);
    const made = putAt(value[index], rest, next);
    return made === undefined
      ? value.filter((_, at) => at !== index)
      : [...value.slice(0, index), made, ...value.slice(index + 1)];
  }
  const tree = isTree(value) ? value : {};
  const made = putAt(tree[part], rest, next);
  const { [part]: _, ...others } = tree;
  // A key that is there keeps its place.
  return made === undefined ? others : { ...tree, [part]: made };
}
