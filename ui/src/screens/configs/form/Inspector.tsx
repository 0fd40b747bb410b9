import type { TFunction } from "i18next";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { Button, IconButton } from "@/components/Button";
import { Input, Select } from "@/components/Field";
import { percent } from "@/components/format";
import { StrategyMark } from "@/components/Mark";
import { Menu } from "@/components/Overlay";
import { ConditionField } from "../rules";
import { useFindings } from "../rules/findings";
import { nextTarget, nodeMenu, takesMore, useNodeActions } from "./actions";
import { useForm } from "./context";
import { changeStrategy, inPlace, isListed, setCondition, setMessage, setTarget } from "./edit";
import { useFaults } from "./faults";
import { FieldRow } from "./fields/FieldRow";
import { isShown, SpecField } from "./fields/SpecField";
import { below, get, isTree, within } from "./json";
import { type Node, parentNode, shares } from "./outline";
import { Problems } from "./Problems";
import { pointerOf } from "./problems";
import {
  ENTRY_FIELDS,
  FIELDS,
  type FieldSpec,
  isStrategy,
  MOVE_ON,
  SLOTS,
  STRATEGIES,
  type Strategy,
} from "./strategies";
import { TargetPicker } from "./TargetPicker";
import { targetWords, titleOf } from "./words";

/** The fields of the selected node. */
export function Inspector() {
  const { t } = useTranslation();
  const { selected } = useForm();
  const hasRules = selected.children.some(({ rule }) => rule) && !selected.readOnly;
  return (
    <aside
      className={`panel fm-inspector ${hasRules ? "is-wide" : ""}`}
      aria-label={t("form.inspector")}
    >
      <Head node={selected} />
      <div className="scroll grow" key={selected.id}>
        {selected.readOnly ? <Foreign node={selected} /> : <Own node={selected} />}
      </div>
    </aside>
  );
}

function Head({ node }: { node: Node }) {
  const { t } = useTranslation();
  const actions = useNodeActions();
  const listed = isListed(node);
  const menu = node.readOnly || node.role === "root" ? [] : nodeMenu(node, actions, t);
  return (
    <div className="panel-head">
      {listed && node.within && SLOTS[node.within as Strategy]?.ordered && (
        <span className="ordinal">{node.index + 1}</span>
      )}
      <h2 className="truncate">{headOf(node, t)}</h2>
      <span className="grow" />
      {listed && (
        <>
          <IconButton
            icon="arrow-u"
            label={t("form.moveUp")}
            shortcut="Alt ↑"
            disabled={!actions.canMove(node, -1)}
            onClick={() => actions.move(node, -1)}
          />
          <IconButton
            icon="arrow-d"
            label={t("form.moveDown")}
            shortcut="Alt ↓"
            disabled={!actions.canMove(node, 1)}
            onClick={() => actions.move(node, 1)}
          />
          <IconButton icon="trash" label={t("form.remove")} onClick={() => actions.remove(node)} />
        </>
      )}
      {menu.length > 0 && (
        <Menu
          items={menu}
          trigger={<IconButton icon="more" label={t("form.moreFor", { name: titleOf(node, t) })} />}
        />
      )}
    </div>
  );
}

/** The root is shown for its strategy: the request itself has no fields. */
function headOf(node: Node, t: TFunction): string {
  return node.role === "root" && node.what.kind === "strategy"
    ? t(`strategy.${node.what.strategy}.name`, node.what.strategy)
    : titleOf(node, t);
}

/** What stands in another config is changed there. */
function Foreign({ node }: { node: Node }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const form = useForm();
  const config = node.of ? form.facts.config(`@${node.of}`) : undefined;
  return (
    <div className="section fm-fields">
      <p className="mono truncate" title={targetWords(node, t)}>
        {targetWords(node, t)}
      </p>
      <p className="fs-2 t-2">
        {node.of
          ? t("form.foreign", { slug: node.of, version: config?.active_version })
          : t("form.inText")}
      </p>
      {node.of && (
        <div>
          <Button icon="external" onClick={() => navigate(`/configs/${node.of}`)}>
            {t("form.openConfig", { name: `@${node.of}` })}
          </Button>
        </div>
      )}
    </div>
  );
}

function Own({ node }: { node: Node }) {
  const { t } = useTranslation();
  const { problems } = useForm();
  const known = node.what.kind === "strategy" && isStrategy(node.what.strategy);
  const loose = (problems.get(node.id) ?? []).filter(({ path }) => !hasField(node, path));
  return (
    <>
      {loose.length > 0 && (
        <section className="section">
          <Problems list={loose} />
        </section>
      )}
      {node.role === "rule" && <Rule node={node} />}
      {node.role !== "root" && <TargetSection node={node} />}
      {node.role === "attempt" && <MovesOn node={node} />}
      {node.what.kind === "strategy" && <StrategySection node={node} />}
      {!known && node.role === "root" && (
        <section className="section">
          <p className="fs-2 t-2">{t("form.chooseStrategy")}</p>
        </section>
      )}
    </>
  );
}

/** Is the problem shown at a field already? */
function hasField(node: Node, path: string): boolean {
  if (path === node.at && node.role !== "root" && node.what.kind !== "strategy") return true;
  const entry = ENTRY_FIELDS[node.role].some(({ key }) => within(path, below(node.path, key)));
  const { what } = node;
  const own =
    what.kind === "strategy" &&
    isStrategy(what.strategy) &&
    [...FIELDS[what.strategy].map(({ key }) => key), "strategy"].some((key) =>
      within(path, below(node.at, key)),
    );
  return entry || own || (node.role === "rule" && within(path, below(node.path, "if")));
}

function Rule({ node }: { node: Node }) {
  const { t } = useTranslation();
  const form = useForm();
  const pointer = node.rule ? node.path : below(node.path, "if");
  const was = form.pairs.get(node.id);
  const before = was?.condition ?? "";
  // Those of a program are placed in the whole of it, and stand above.
  const findings = useFindings(form.diagnostics, node.rule ? NOWHERE : pointer);
  if (node.condition === null || node.condition === undefined) {
    return (
      <section className="section">
        <p className="fs-2 t-2">{t("form.elseText")}</p>
      </section>
    );
  }
  const set = (text: string) =>
    form.change(setCondition(form.document, node, text), `${node.id}/if`);
  return (
    <section className="section fm-fields">
      <FieldRow
        label={t("form.field.if")}
        pointer={pointer}
        changed={was !== undefined && before !== node.condition}
        was={{ value: before, words: before }}
        onReset={() => set(before)}
        group
        quiet
      >
        {() => (
          <ConditionField
            label={t("form.field.if")}
            scope="request"
            slug={form.slug}
            diagnostics={findings}
            value={node.condition ?? ""}
            onChange={set}
          />
        )}
      </FieldRow>
    </section>
  );
}

/** Who is called here, and with what options. */
function TargetSection({ node }: { node: Node }) {
  const { t } = useTranslation();
  const [more, setMore] = useState(false);
  const specs = ENTRY_FIELDS[node.role];
  const entry = (spec: FieldSpec) => node.entry[spec.key];
  const rare = specs.filter((spec) => RARE.has(spec.key));
  const faults = useFaults(useForm().slug);
  const isOpen =
    more ||
    rare.some(
      (spec) => entry(spec) !== undefined || faults.has(pointerOf(node, spec.key, "entry")),
    );
  return (
    <section className="section fm-fields">
      {node.what.kind === "block" ? <Message node={node} /> : <TargetField node={node} />}
      {specs
        .filter(({ key }) => !RARE.has(key))
        .filter(({ key }) => !(key === "timeout_ms" && node.role === "model"))
        .map((spec) => (
          <SpecField
            key={spec.key}
            node={node}
            spec={spec}
            of="entry"
            aside={
              spec.key === "weight" && node.role === "variant" ? <Share node={node} /> : undefined
            }
          />
        ))}
      {isOpen
        ? rare.map((spec) => <SpecField key={spec.key} node={node} spec={spec} of="entry" />)
        : rare.length > 0 && (
            <div>
              <Button size="sm" variant="ghost" icon="chev-r" onClick={() => setMore(true)}>
                {t("form.more")}
              </Button>
            </div>
          )}
    </section>
  );
}

/** No pointer of a document reads so. */
const NOWHERE = "nowhere";

const RARE = new Set(["idle_timeout_ms", "params", "credential"]);

function Share({ node }: { node: Node }) {
  const form = useForm();
  const siblings = parentNode(form.root, node.id)?.children ?? [];
  return <>{percent(shares(siblings).get(node.id) ?? 0, 1)}</>;
}

function Message({ node }: { node: Node }) {
  const { t } = useTranslation();
  const form = useForm();
  const message = node.what.kind === "block" ? node.what.message : "";
  return (
    <FieldRow label={t("form.field.block")} pointer={below(node.at, "block")} changed={false}>
      {({ id, describedBy, invalid }) => (
        <Input
          id={id}
          aria-describedby={describedBy}
          invalid={invalid}
          value={message}
          onChange={({ target }) =>
            form.change(setMessage(form.document, node, target.value), `${node.id}/block`)
          }
        />
      )}
    </FieldRow>
  );
}

function TargetField({ node }: { node: Node }) {
  const { t } = useTranslation();
  const form = useForm();
  const name = node.what.kind === "name" ? node.what.name : "";
  const was = form.pairs.get(node.id);
  const before = was?.what.kind === "name" ? was.what.name : "";
  const changed = before !== "" && before !== name;
  const isStrategyHere = node.what.kind === "strategy";
  const set = (next: string) => form.change(setTarget(form.document, node, next));
  return (
    <FieldRow
      label={t(isStrategyHere ? "form.field.replace" : "form.field.target")}
      pointer={isStrategyHere || node.rule ? NOWHERE : node.at}
      changed={changed}
      was={{ value: before, words: before }}
      onReset={() => set(before)}
    >
      {({ id, describedBy, invalid }) => (
        <TargetPicker
          id={id}
          label={t("form.field.target")}
          describedBy={describedBy}
          invalid={invalid}
          changed={changed}
          value={name}
          own={form.slug}
          facts={form.facts}
          placeholder={t("form.placeholder.target")}
          onChange={set}
          onInPlace={
            isStrategyHere
              ? undefined
              : () =>
                  form.change(
                    setTarget(
                      form.document,
                      node,
                      inPlace("fallback", name, nextTarget(form, node)),
                    ),
                  )
          }
        />
      )}
    </FieldRow>
  );
}

/** The failures after which the next attempt is made: set for all of them at once. */
function MovesOn({ node }: { node: Node }) {
  const { t } = useTranslation();
  const form = useForm();
  const parent = parentNode(form.root, node.id);
  const strategy = parent && get(form.document, parent.at);
  const own = isTree(strategy) ? strategy.retry_on : undefined;
  if (!parent || node.index === node.count - 1) return null;
  return (
    <section className="section">
      <h3 className="section-title">
        {t("form.movesOn")}
        <span className="aside">{t("form.fromStrategy")}</span>
      </h3>
      <div className="row row-1 fm-moves">
        {(Array.isArray(own) ? own.map(String) : MOVE_ON).map((each) => (
          <span className="chip" key={each}>
            {each}
          </span>
        ))}
        <span className="grow" />
        <Button size="sm" variant="ghost" onClick={() => form.select(parent.id)}>
          {t("form.changeIt")}
        </Button>
      </div>
    </section>
  );
}

/** The strategy that stands here: which one, and its own fields. */
function StrategySection({ node }: { node: Node }) {
  const { t } = useTranslation();
  const form = useForm();
  const actions = useNodeActions();
  const now = node.what.kind === "strategy" ? node.what.strategy : "";
  const value = get(form.document, node.at);
  const specs = isStrategy(now) ? FIELDS[now] : [];
  const listed = specs.filter(
    (spec) => !isList(value, spec) && isShown(spec, value, get(value, below("", spec.key))),
  );
  return (
    <section className="section fm-fields">
      <FieldRow
        label={t("form.field.strategy")}
        pointer={below(node.at, "strategy")}
        changed={false}
      >
        {({ id }) => (
          <Select
            id={id}
            className="fm-select"
            label={t("form.field.strategy")}
            value={now}
            options={STRATEGIES.map((each) => ({
              value: each as string,
              label: <Named strategy={each} />,
            }))}
            onChange={(next) =>
              next !== now &&
              isStrategy(next) &&
              form.change(changeStrategy(form.document, node, next))
            }
          />
        )}
      </FieldRow>
      <p className="fs-2 t-3 fm-says">{t(`form.explain.${now}`, { defaultValue: "" })}</p>
      {listed.map((spec) => (
        <SpecField key={spec.key} node={node} spec={spec} of="strategy" />
      ))}
      {takesMore(node) && isStrategy(now) && (
        <div>
          <Button size="sm" icon="plus" onClick={() => actions.add(node)}>
            {t(`form.add.${SLOTS[now].role}`)}
          </Button>
        </div>
      )}
    </section>
  );
}

/** Rules in the list form are edited one by one, below. */
function isList(value: unknown, spec: FieldSpec): boolean {
  return spec.kind === "rules" && Array.isArray((value as { rules?: unknown } | null)?.rules);
}

function Named({ strategy }: { strategy: Strategy }): ReactNode {
  const { t } = useTranslation();
  return (
    <span className="row row-1">
      <StrategyMark strategy={strategy} />
      {t(`strategy.${strategy}.name`)}
    </span>
  );
}
