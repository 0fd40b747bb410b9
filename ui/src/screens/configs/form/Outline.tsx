import type { TFunction } from "i18next";
import {
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Button, IconButton } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { Menu } from "@/components/Overlay";
import { nodeMenu, takesMore, useNodeActions } from "./actions";
import { Card, useIsAdded } from "./Card";
import { useForm } from "./context";
import { isListed } from "./edit";
import { get, isTree } from "./json";
import { findNode, type Node, shares, slugOf } from "./outline";
import { isError } from "./problems";
import { SLOTS } from "./strategies";
import { DEFAULT_TIMEOUT_MS, footOf, moveOn, targetWords, timeoutOf, titleOf } from "./words";

type Open = { isOpen: (node: Node) => boolean; toggle: (node: Node) => void };

/** The document from the request down to who answers, as a tree that is walked by keys. */
export function Outline({ onEdit }: { onEdit: () => void }) {
  const { t } = useTranslation();
  const form = useForm();
  const tree = useRef<HTMLUListElement>(null);
  const [shut, setShut] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const drag = useDrag();
  const open: Open = {
    // What a reference leads to is shown when asked for.
    isOpen: (node) => (isReference(node) ? shown.has(node.id) : !shut.has(node.id)),
    toggle: (node) =>
      isReference(node) ? setShown(toggled(shown, node.id)) : setShut(toggled(shut, node.id)),
  };
  const onKeyDown = useTreeKeys(tree, open, onEdit);
  const { id } = form.selected;
  useEffect(() => {
    // A card that was just added stands below what is in view.
    const card = tree.current && itemOf(tree.current, id)?.querySelector(":scope > .ol-card");
    card?.scrollIntoView({ block: "nearest" });
    // What was moved or removed had the focus: it goes where the selection went.
    const focused = document.activeElement;
    if (focused?.getAttribute("role") !== "treeitem") return;
    if (!tree.current?.contains(focused)) return;
    itemOf(tree.current, id)?.focus();
  }, [id]);
  return (
    <ul
      ref={tree}
      className="fm-tree"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a tree of lists is the pattern for it
      role="tree"
      aria-label={t("form.outline", { slug: form.slug })}
      onKeyDown={onKeyDown}
    >
      <Item node={form.root} level={1} open={open} drag={drag} />
    </ul>
  );
}

function itemOf(tree: HTMLElement, id: string) {
  const items = [...tree.querySelectorAll<HTMLElement>("[role=treeitem]")];
  return items.find(({ dataset }) => dataset.id === id);
}

function toggled(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

const isReference = ({ what, children }: Node) => what.kind === "name" && children.length > 0;

/** Arrows walk and fold, Alt with arrows moves, Delete removes, Enter goes to the fields. */
function useTreeKeys(
  tree: React.RefObject<HTMLUListElement | null>,
  open: Open,
  onEdit: () => void,
) {
  const form = useForm();
  const actions = useNodeActions();
  const focus = (id: string) => tree.current && itemOf(tree.current, id)?.focus();
  const go = (by: number) => {
    const items = [...(tree.current?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? [])];
    const at = items.findIndex(({ dataset }) => dataset.id === form.selected.id);
    items[Math.max(0, Math.min(items.length - 1, at + by))]?.focus();
  };
  return (event: KeyboardEvent) => {
    const on = (event.target as HTMLElement).closest<HTMLElement>("[role=treeitem]");
    if (event.target !== on) return;
    const node = findNode(form.root, on?.dataset.id ?? "") ?? form.root;
    const foldable = node.children.length > 0;
    const moves: Record<string, () => unknown> = event.altKey
      ? { ArrowUp: () => actions.move(node, -1), ArrowDown: () => actions.move(node, 1) }
      : {
          ArrowUp: () => go(-1),
          ArrowDown: () => go(1),
          Home: () => go(-9999),
          End: () => go(9999),
          ArrowRight: () => {
            if (foldable && !open.isOpen(node)) open.toggle(node);
            else if (node.children[0]) focus(node.children[0].id);
          },
          ArrowLeft: () => {
            if (foldable && open.isOpen(node) && node.role !== "root") return open.toggle(node);
            const parent = on?.parentElement?.closest<HTMLElement>("[role=treeitem]");
            parent?.focus();
          },
          Enter: onEdit,
          Delete: () => actions.remove(node),
        };
    const run = moves[event.key];
    if (!run || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    run();
  };
}

type ItemProps = { node: Node; parent?: Node; level: number; open: Open; drag: Drag };

function Item({ node, parent, level, open, drag }: ItemProps) {
  const { t } = useTranslation();
  const form = useForm();
  const isOpen = open.isOpen(node);
  const foldable = node.children.length > 0 && node.role !== "root";
  const selected = form.selected.id === node.id;
  const outcome = form.lit?.outcomes.get(node.id);
  const below = litBelow(node, parent, form.lit?.outcomes);
  const select = (event: MouseEvent | React.FocusEvent) => {
    const own = (event.target as HTMLElement).closest("[role=treeitem]") === event.currentTarget;
    if (own && !selected) form.select(node.id);
  };
  const classes = [
    "ol-item",
    node.role === "root" && "is-root",
    outcome?.onPath && "is-path",
    below && "is-path-below",
    drag.over === node.id && "is-drop",
  ];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys of all its items
    <li
      role="treeitem"
      className={classes.filter(Boolean).join(" ")}
      aria-level={level}
      aria-expanded={node.children.length > 0 ? isOpen || node.role === "root" : undefined}
      aria-selected={selected}
      aria-label={useItemLabel(node)}
      aria-posinset={node.index + 1}
      aria-setsize={node.count}
      tabIndex={selected ? 0 : -1}
      data-id={node.id}
      onClick={select}
      onFocus={select}
      {...drag.target(node)}
    >
      {node.role === "root" ? <Request slug={form.slug} /> : <Edge node={node} parent={parent} />}
      <div className="ol-card" {...drag.source(node)}>
        <Card
          node={node}
          head={
            <>
              {node.what.kind === "name" && slugOf(node.what.name) && (
                <Link
                  className="icon-btn"
                  to={`/configs/${slugOf(node.what.name)}`}
                  aria-label={t("form.openConfig", { name: node.what.name })}
                  title={t("form.openConfig", { name: node.what.name })}
                  tabIndex={-1}
                >
                  <Icon name="external" size="sm" />
                </Link>
              )}
              {foldable && (
                <IconButton
                  icon={isOpen ? "chev-u" : "chev-d"}
                  label={t(isOpen ? "form.fold" : "form.unfold")}
                  tabIndex={-1}
                  onClick={() => open.toggle(node)}
                />
              )}
              {!node.readOnly && node.role !== "root" && <Actions node={node} />}
            </>
          }
        />
      </div>
      {(isOpen || node.role === "root") && (node.children.length > 0 || takesMore(node)) && (
        <ul role="group" className="ol-group">
          {node.children.map((child) => (
            <Item key={child.id} {...{ open, drag }} node={child} parent={node} level={level + 1} />
          ))}
          {takesMore(node) && <Add parent={node} />}
        </ul>
      )}
    </li>
  );
}

/** Does the way of the tried request go past this one, to a sibling further down? */
function litBelow(
  node: Node,
  parent: Node | undefined,
  outcomes: ReadonlyMap<string, { onPath: boolean }> | undefined,
): boolean {
  const later = parent?.children.slice(parent.children.indexOf(node) + 1) ?? [];
  return later.some(({ id }) => outcomes?.get(id)?.onPath);
}

function useItemLabel(node: Node): string {
  const { t } = useTranslation();
  const form = useForm();
  const problems = form.problems.get(node.id) ?? [];
  const foot = form.lit ? footOf(node, form.lit.outcomes.get(node.id), t) : null;
  const timeout = timeoutOf(node);
  const parts = [
    node.role === "root" ? t("form.request", { slug: form.slug }) : titleOf(node, t),
    node.condition ? t("form.ifWords", { condition: node.condition }) : null,
    targetWords(node, t),
    timeout !== null ? `${timeout} ms` : null,
    useIsAdded(node) ? t("form.added") : null,
    ...problems.map(
      (each) => `${t(isError(each) ? "form.error" : "form.warning")}: ${each.message}`,
    ),
    foot?.text,
  ];
  return parts.filter(Boolean).join(", ");
}

function Request({ slug }: { slug: string }) {
  const { t } = useTranslation();
  return (
    <div className="ol-request">
      <span className="fw-5">{t("form.requestWord")}</span>
      <span className="mono t-3">@{slug}</span>
    </div>
  );
}

/** The line to a card, with the limit or share that governs it. */
function Edge({ node, parent }: { node: Node; parent?: Node }) {
  const { t } = useTranslation();
  const form = useForm();
  const { pill, isPreset, text } = useEdgeWords(node, parent, t);
  const lit = form.lit?.outcomes.get(node.id)?.onPath;
  return (
    <>
      <span className={`ol-line ${pill || text ? "has-words" : ""}`} aria-hidden="true" />
      {(pill || text) && (
        <span className={`ol-words ${lit ? "is-path" : ""}`} aria-hidden="true">
          {pill && (
            <span className={`fm-limit ${lit ? "is-path" : ""} ${isPreset ? "is-preset" : ""}`}>
              {pill}
            </span>
          )}
          {text && <span className="truncate">{text}</span>}
        </span>
      )}
    </>
  );
}

function useEdgeWords(
  node: Node,
  parent: Node | undefined,
  t: TFunction,
): { pill?: ReactNode; isPreset?: boolean; text?: ReactNode } {
  const { document } = useForm();
  if (!parent) return {};
  const raw =
    parent.readOnly || parent.what.kind !== "strategy" ? undefined : get(document, parent.at);
  const strategy = isTree(raw) ? raw : undefined;
  const timeout = timeoutOf(node);
  switch (node.role) {
    case "attempt":
      return {
        pill: `${timeout ?? DEFAULT_TIMEOUT_MS} ms`,
        isPreset: timeout === null,
        text: node.index > 0 && t("form.on", { what: moveOn(strategy, t) }),
      };
    case "step": {
      const accept = parent.children[node.index - 1]?.entry.accept;
      return {
        pill: timeout === null ? undefined : `${timeout} ms`,
        text:
          node.index > 0 &&
          t(accept ? "form.notAccepted" : "form.on", { what: moveOn(strategy, t) }),
      };
    }
    case "variant": {
      const share = shares(parent.children).get(node.id) ?? 0;
      return { pill: `${Number((share * 100).toFixed(1))}%` };
    }
    case "member": {
      const { weight } = node.entry;
      return typeof weight === "number" ? { pill: t("form.weightOf", { weight }) } : {};
    }
    case "judge":
      return { text: t("form.judges") };
    case "rule":
      return { text: node.index > 0 && node.condition === null ? t("form.elseWord") : undefined };
    case "model":
      return typeof strategy?.timeout_ms === "number" ? { pill: `${strategy.timeout_ms} ms` } : {};
    default:
      return timeout === null ? {} : { pill: `${timeout} ms` };
  }
}

function Actions({ node }: { node: Node }) {
  const { t } = useTranslation();
  const actions = useNodeActions();
  const items = nodeMenu(node, actions, t);
  if (items.length === 0) return null;
  return (
    <Menu
      items={items}
      trigger={
        <IconButton
          icon="more"
          label={t("form.moreFor", { name: titleOf(node, t) })}
          tabIndex={-1}
        />
      }
    />
  );
}

function Add({ parent }: { parent: Node }) {
  const { t } = useTranslation();
  const actions = useNodeActions();
  const strategy = parent.what.kind === "strategy" ? parent.what.strategy : "";
  const { role } = SLOTS[strategy as keyof typeof SLOTS];
  return (
    <li role="none" className="ol-item ol-add">
      <span className="ol-line" aria-hidden="true" />
      <Button size="sm" variant="ghost" icon="plus" onClick={() => actions.add(parent)}>
        {t(`form.add.${role}`)}
      </Button>
    </li>
  );
}

/** Dragging a card to another place among its siblings. The keys and buttons do the same. */
function useDrag() {
  const actions = useNodeActions();
  const [dragged, setDragged] = useState<Node | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const isSibling = (node: Node) =>
    dragged !== null &&
    dragged.id !== node.id &&
    isListed(node) &&
    node.role === dragged.role &&
    parentPath(node) === parentPath(dragged);
  const end = () => {
    setDragged(null);
    setOver(null);
  };
  return {
    over,
    source: (node: Node) =>
      isListed(node) && node.count > 1
        ? {
            draggable: true,
            onDragStart: (event: DragEvent) => {
              event.stopPropagation();
              event.dataTransfer.effectAllowed = "move";
              event.dataTransfer.setData("text/plain", targetWordsPlain(node));
              setDragged(node);
            },
            onDragEnd: end,
          }
        : {},
    target: (node: Node) => ({
      onDragOver: (event: DragEvent) => {
        if (!isSibling(node)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(node.id);
      },
      onDrop: (event: DragEvent) => {
        if (!isSibling(node) || !dragged) return;
        event.preventDefault();
        event.stopPropagation();
        actions.moveTo(dragged, node.index);
        end();
      },
    }),
  };
}

type Drag = ReturnType<typeof useDrag>;

const parentPath = (node: Node) => node.path.slice(0, node.path.lastIndexOf("/"));

const targetWordsPlain = ({ what }: Node) => (what.kind === "name" ? what.name : what.kind);
