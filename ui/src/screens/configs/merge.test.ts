import { expect, test } from "vitest";
import { merge, same } from "./merge";

const base = { a: 1, list: [{ t: 1 }, { t: 2 }], keep: true };

test("changes of both sides are put together", () => {
  const mine = { ...base, a: 2 };
  const theirs = { ...base, list: [{ t: 1 }, { t: 5 }], more: "x" };
  expect(merge(base, mine, theirs)).toEqual({
    document: { a: 2, list: [{ t: 1 }, { t: 5 }], keep: true, more: "x" },
    contested: [],
  });
});

test("elements of a list that kept its length are merged one by one", () => {
  const mine = { ...base, list: [{ t: 9 }, { t: 2 }] };
  const theirs = { ...base, list: [{ t: 1 }, { t: 5 }] };
  expect(merge(base, mine, theirs).document).toMatchObject({ list: [{ t: 9 }, { t: 5 }] });
});

test("where both changed the same thing mine is kept and named", () => {
  const mine = { ...base, a: 2 };
  const theirs = { ...base, a: 3 };
  expect(merge(base, mine, theirs)).toEqual({ document: mine, contested: ["/a"] });
});

test("a key that one side removed stays removed", () => {
  const { keep: _, ...mine } = base;
  expect(merge(base, mine, { ...base, a: 7 }).document).toEqual({ ...mine, a: 7 });
});

test("the order of keys is no difference", () => {
  expect(same({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(same({ a: 1 }, { a: 1, b: undefined as never })).toBe(false);
});
