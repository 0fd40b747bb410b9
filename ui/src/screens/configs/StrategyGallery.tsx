import { type KeyboardEvent, type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import { StrategyMark } from "@/components/Mark";
import { Drawing } from "./Drawing";
import { STRATEGIES } from "./form/strategies";
import { type Cast, STRATEGY_OF, type Start, TEMPLATES } from "./templates";

type Props = {
  /** Null where the config starts from something else. */
  value: Start | null;
  slug: string;
  cast: Cast | null;
  onChange: (start: Start) => void;
  /** Other ways to start. */
  children: ReactNode;
};

const NOBODY: Cast = { models: [], cheap: [], prices: [], tier: "" };
const STARTS: Start[] = [...STRATEGIES, ...TEMPLATES];

/** Every strategy, drawn with the models that there are; below, what people often want of one. */
export function StrategyGallery({ value, slug, cast, onChange, children }: Props) {
  const { t } = useTranslation();
  const group = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = STARTS.indexOf(value ?? "fallback") + by;
    const next = STARTS[(at + STARTS.length) % STARTS.length] as Start;
    onChange(next);
    group.current?.querySelector<HTMLElement>(`[data-start=${next}]`)?.focus();
  };
  useActions(
    STRATEGIES.map((strategy, index) => ({
      id: `start.${strategy}`,
      group: "page" as const,
      label: t("configs.create.startAs", { strategy: t(`strategy.${strategy}.name`) }),
      strategy,
      shortcut: String(index + 1),
      run: () => onChange(strategy),
    })),
  );
  const radio = (start: Start) => ({
    type: "button" as const,
    role: "radio",
    "data-start": start,
    "aria-checked": value === start,
    tabIndex: (value ?? "fallback") === start ? 0 : -1,
    onClick: () => onChange(start),
  });
  return (
    <div ref={group} role="radiogroup" aria-label={t("configs.create.strategy")} onKeyDown={move}>
      <div className="strats">
        {STRATEGIES.map((strategy, index) => (
          <button
            key={strategy}
            {...radio(strategy)}
            className={`strat ${value === strategy ? "is-selected" : ""}`}
          >
            <span className="st-top">
              <StrategyMark strategy={strategy} />
              <strong>{t(`strategy.${strategy}.name`)}</strong>
              <code>{strategy}</code>
              <kbd>{index + 1}</kbd>
            </span>
            <span className="st-desc">{t(`strategy.${strategy}.sentence`)}</span>
            <span className="canvas st-drawing" aria-hidden="true">
              <Drawing strategy={strategy} slug={slug} cast={cast ?? NOBODY} />
            </span>
          </button>
        ))}
        {children}
      </div>
      <h2 className="section-title templates-title">{t("configs.create.templates")}</h2>
      <div className="templates">
        {TEMPLATES.map((template) => (
          <button
            key={template}
            {...radio(template)}
            className={`template ${value === template ? "is-selected" : ""}`}
          >
            <StrategyMark strategy={STRATEGY_OF[template]} size="lg" />
            <span>
              <strong>{t(`configs.template.${template}.name`)}</strong>
              <span className="t-2">{t(`configs.template.${template}.sentence`)}</span>
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}
