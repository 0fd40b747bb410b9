import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { MenuEntry } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { type FormState, useForm } from "./context";
import {
  add,
  canUnwrap,
  duplicate,
  type Edit,
  isListed,
  moveTo,
  remove,
  setTarget,
  unwrap,
  wrap,
} from "./edit";
import type { Node } from "./outline";
import { isStrategy, type Strategy } from "./strategies";
import { targetWords } from "./words";

const apply = (form: FormState, edit: Edit | null) =>
  edit && form.change(edit.document, null, edit.select);

/** What can be done to a node, for its card, the inspector and the keys alike. */
export function useNodeActions() {
  const { t } = useTranslation();
  const form = useForm();
  return {
    move: (node: Node, by: number) => apply(form, moveTo(form.document, node, node.index + by)),
    moveTo: (node: Node, to: number) => apply(form, moveTo(form.document, node, to)),
    canMove: (node: Node, by: number) => moveTo(form.document, node, node.index + by) !== null,
    duplicate: (node: Node) => isListed(node) && apply(form, duplicate(form.document, node)),
    remove: (node: Node) => {
      if (!isListed(node)) return;
      apply(form, remove(form.document, node));
      notify(t("form.removed", { name: targetWords(node, t) }), {
        undo: { label: t("undo"), run: form.undo },
      });
    },
    wrap: (node: Node, strategy: Strategy) => apply(form, wrap(form.document, node, strategy)),
    unwrap: (node: Node) => apply(form, unwrap(form.document, node)),
    add: (parent: Node) => apply(form, add(form.document, parent, nextTarget(form, parent))),
    replace: (node: Node, name: string) => form.change(setTarget(form.document, node, name)),
  };
}

export type NodeActions = ReturnType<typeof useNodeActions>;

/** A target that this strategy does not have yet, to begin with. */
export function nextTarget({ facts, slug }: FormState, parent: Node): string {
  const taken = new Set(
    parent.children.map(({ what }) => (what.kind === "name" ? what.name : what.kind)),
  );
  const names = [
    ...facts.models.map(({ id }) => id),
    ...facts.configs.filter((each) => each.slug !== slug).map((each) => `@${each.slug}`),
  ];
  return names.find((name) => !taken.has(name)) ?? names[0] ?? "";
}

/** Strategies worth offering around a single target. */
const AROUND: Strategy[] = [
  "fallback",
  "cost_optimized",
  "latency_optimized",
  "ab_test",
  "cascade",
  "ensemble",
];

export function nodeMenu(node: Node, actions: NodeActions, t: TFunction) {
  const items: MenuEntry[] = [];
  if (isListed(node)) {
    if (actions.canMove(node, -1)) {
      items.push({
        label: t("form.moveUp"),
        icon: "arrow-u",
        shortcut: "Alt ↑",
        run: () => actions.move(node, -1),
      });
    }
    if (actions.canMove(node, 1)) {
      items.push({
        label: t("form.moveDown"),
        icon: "arrow-d",
        shortcut: "Alt ↓",
        run: () => actions.move(node, 1),
      });
    }
    items.push(
      { label: t("form.duplicate"), icon: "copy", run: () => actions.duplicate(node) },
      "separator",
    );
  }
  if (!node.rule) {
    for (const strategy of AROUND) {
      items.push({
        label: t("form.wrapIn", { strategy: t(`strategy.${strategy}.name`) }),
        icon: WRAP_ICON[strategy],
        run: () => actions.wrap(node, strategy),
      });
    }
  }
  if (canUnwrap(node)) {
    items.push({ label: t("form.unwrap"), icon: "back", run: () => actions.unwrap(node) });
  }
  if (isListed(node)) {
    items.push("separator", {
      label: t("form.remove"),
      icon: "trash",
      danger: true,
      shortcut: "Del",
      run: () => actions.remove(node),
    });
  }
  return items;
}

const WRAP_ICON = {
  single: "single",
  fallback: "fallback",
  cost_optimized: "cost",
  latency_optimized: "latency",
  ensemble: "ensemble",
  ab_test: "abtest",
  cascade: "cascade",
  custom_rules: "rules",
} as const;

/** May another target be added below it? */
export function takesMore(node: Node): boolean {
  if (node.readOnly || node.what.kind !== "strategy" || !isStrategy(node.what.strategy))
    return false;
  return node.what.strategy !== "single" && !node.children.some(({ rule }) => rule);
}
