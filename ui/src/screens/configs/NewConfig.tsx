import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useActions } from "@/app/actions";
import { TopBar } from "@/app/TopBar";
import { useDo, useOp } from "@/backend/react";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { Button, IconButton } from "@/components/Button";
import { Field, Input, Select } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { ProviderMark, StrategyMark } from "@/components/Mark";
import { Banner } from "@/components/State";

type Strategy = "single" | "fallback";
const STRATEGIES: Strategy[] = ["single", "fallback"];
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function NewConfig({ copyOf }: { copyOf?: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [slug, setSlug] = useState(copyOf ? `${copyOf}-copy`.slice(0, 63) : "");
  const [touched, setTouched] = useState(false);
  const [strategy, setStrategy] = useState<Strategy>("fallback");
  const [chosen, setChosen] = useState<string[]>([]);
  const taken = useOp("list_configs", { archived: true, limit: 200 }).data?.data;
  const original = useOp("get_config", { slug: copyOf ?? "" }, { enabled: Boolean(copyOf) });
  const targets = useTargets();
  const picked = withDefaults(strategy, chosen, targets);
  const create = useDo("create_config", {
    refreshes: ["list_configs"],
    onSuccess: (config) => navigate(`/configs/${config.slug}/form`),
  });
  const problem = slugProblem(slug, taken?.map((config) => config.slug) ?? []);
  const reason =
    (problem && t(`configs.create.${problem}`, { slug })) ||
    (!copyOf && targets.length === 0 && t("configs.create.noTargets"));
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    setTouched(true);
    if (reason) return;
    const document = copyOf ? original.data?.document : newDocument(strategy, picked);
    if (document === undefined) return;
    const message = copyOf ? t("configs.create.copied", { slug: copyOf }) : undefined;
    create.mutate({ slug, document, message });
  };
  useActions([
    {
      id: "create",
      group: "page",
      label: t("configs.create.submit", { slug }),
      icon: "plus",
      shortcut: "Ctrl+Enter",
      run: submit,
    },
  ]);
  return (
    <>
      <TopBar
        crumb={{ label: t("nav.configs"), to: "/configs" }}
        title={copyOf ? t("configs.create.copyTitle", { slug: copyOf }) : t("configs.new")}
        actions={
          <>
            <Button variant="ghost" onClick={() => navigate("/configs")}>
              {t("cancel")}
            </Button>
            <Button variant="primary" reason={reason} onClick={() => submit()}>
              {problem ? t("configs.create.submitUnnamed") : t("configs.create.submit", { slug })}
            </Button>
          </>
        }
      />
      <div className="body scroll">
        <form className="new-config" onSubmit={submit}>
          {create.error && <Banner tone="bad" title={create.error.message} />}
          <Field
            label={t("configs.create.slug")}
            error={touched && problem ? t(`configs.create.${problem}`, { slug }) : undefined}
            help={problem ? t("configs.create.slugHelp") : t("configs.create.free", { slug })}
          >
            {({ id, describedBy, invalid }) => (
              <Input
                id={id}
                aria-describedby={describedBy}
                invalid={invalid}
                mono
                autoFocus
                prefix="@"
                value={slug}
                onBlur={() => setTouched(slug !== "")}
                onChange={(event) => setSlug(event.target.value.replace(/^@/, "").toLowerCase())}
              />
            )}
          </Field>
          {!copyOf && (
            <>
              <Gallery value={strategy} onChange={setStrategy} targets={targets} />
              <Targets
                strategy={strategy}
                targets={targets}
                picked={picked}
                onChange={setChosen}
                own={slug}
              />
            </>
          )}
          <button type="submit" hidden />
        </form>
      </div>
    </>
  );
}

function slugProblem(slug: string, taken: string[]): "empty" | "shape" | "taken" | null {
  if (slug === "") return "empty";
  if (!SLUG.test(slug)) return "shape";
  return taken.includes(slug) ? "taken" : null;
}

/** Everything that a document may name: models of enabled providers, then other configs. */
function useTargets(): string[] {
  const models = useOp("list_models", {}).data?.data ?? [];
  const configs = useOp("list_configs", {}).data?.data ?? [];
  return [...models.map((row) => row.id), ...configs.map((config) => `@${config.slug}`)];
}

const LEAST = { single: 1, fallback: 2 };

function withDefaults(strategy: Strategy, chosen: string[], targets: string[]): string[] {
  const least = LEAST[strategy];
  const count = strategy === "single" ? 1 : Math.max(chosen.length, least);
  return Array.from(
    { length: count },
    (_, index) => chosen[index] ?? targets[index] ?? targets[0] ?? "",
  );
}

function newDocument(strategy: Strategy, picked: string[]): JsonValue {
  if (strategy === "single") return { strategy, model: picked[0] ?? "" };
  return { strategy, attempts: picked.map((model) => ({ model })) };
}

function Gallery(props: {
  value: Strategy;
  onChange: (value: Strategy) => void;
  targets: string[];
}) {
  const { t } = useTranslation();
  return (
    <div className="strats" role="radiogroup" aria-label={t("configs.create.strategy")}>
      {STRATEGIES.map((strategy) => (
        <button
          key={strategy}
          type="button"
          role="radio"
          aria-checked={props.value === strategy}
          className={`strat ${props.value === strategy ? "is-selected" : ""}`}
          onClick={() => props.onChange(strategy)}
        >
          <span className="st-top">
            <StrategyMark strategy={strategy} />
            <strong>{t(`strategy.${strategy}.name`)}</strong>
            <code>{strategy}</code>
          </span>
          <span className="st-desc">{t(`strategy.${strategy}.sentence`)}</span>
          <span className="canvas mini" aria-hidden="true">
            {strategy === "single" ? <SingleDrawing /> : <FallbackDrawing />}
          </span>
        </button>
      ))}
    </div>
  );
}

function Box(props: { at: [number, number, number]; children: ReactNode }) {
  const [left, top, width] = props.at;
  return (
    <span className="gn" style={{ left, top, width }}>
      {props.children}
    </span>
  );
}

function SingleDrawing() {
  return (
    <>
      <svg className="edges" aria-hidden="true">
        <path className="edge" d="M96 66H164" />
        <path className="edge-head" d="M164 62l6 4-6 4z" />
      </svg>
      <Box at={[12, 54, 84]}>
        <StrategyMark strategy="single" />
        @a
      </Box>
      <Box at={[170, 54, 140]}>gpt-4o</Box>
    </>
  );
}

function FallbackDrawing() {
  return (
    <>
      <svg className="edges" aria-hidden="true">
        <path className="edge" d="M84 28H150" />
        <path className="edge-head" d="M150 24l6 4-6 4z" />
        <path className="edge-off" d="M172 40V56a8 8 0 0 0 8 8h4" />
        <path className="edge-head" d="M184 60l6 4-6 4z" />
        <path className="edge-off" d="M206 76V92a8 8 0 0 0 8 8h4" />
        <path className="edge-head" d="M218 96l6 4-6 4z" />
      </svg>
      <Box at={[12, 16, 72]}>
        <StrategyMark strategy="fallback" />
        @a
      </Box>
      <Box at={[156, 16, 116]}>
        <b>1</b>gpt-4o
      </Box>
      <Box at={[190, 52, 116]}>
        <b>2</b>sonnet-4-5
      </Box>
      <Box at={[224, 88, 96]}>
        <b>3</b>@cheap
      </Box>
    </>
  );
}

function Targets(props: {
  strategy: Strategy;
  targets: string[];
  picked: string[];
  own: string;
  onChange: (picked: string[]) => void;
}) {
  const { t } = useTranslation();
  const { picked, onChange, strategy } = props;
  if (props.targets.length === 0) {
    return <Banner tone="warn" title={t("configs.create.noTargets")} />;
  }
  const options = props.targets
    .filter((target) => target !== `@${props.own}`)
    .map((target) => ({ value: target, label: target }));
  return (
    <fieldset className="targets">
      <legend className="section-title">
        {t(strategy === "single" ? "configs.create.model" : "configs.create.attempts")}
      </legend>
      {picked.map((target, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an attempt is its place in the order
        <div className="row" key={index}>
          {strategy === "fallback" && <span className="ordinal">{index + 1}</span>}
          <TargetMark target={target} />
          <Select
            mono
            className="grow"
            label={t("configs.create.attempt", { n: index + 1 })}
            value={target}
            options={options}
            onChange={(next) => onChange(picked.map((old, at) => (at === index ? next : old)))}
          />
          {strategy === "fallback" && picked.length > LEAST.fallback && (
            <IconButton
              icon="x"
              label={t("configs.create.dropAttempt", { n: index + 1 })}
              onClick={() => onChange(picked.filter((_, at) => at !== index))}
            />
          )}
        </div>
      ))}
      {strategy === "fallback" && (
        <Button
          size="sm"
          variant="ghost"
          icon="plus"
          onClick={() => onChange([...picked, props.targets[picked.length] ?? picked[0] ?? ""])}
        >
          {t("configs.create.addAttempt")}
        </Button>
      )}
    </fieldset>
  );
}

function TargetMark({ target }: { target: string }) {
  const configs = useOp("list_configs", {}).data?.data ?? [];
  if (!target.startsWith("@")) return <ProviderMark name={target.split("/")[0] ?? ""} />;
  const config = configs.find((each) => `@${each.slug}` === target);
  return config ? <StrategyMark strategy={config.strategy} /> : <Icon name="configs" />;
}
