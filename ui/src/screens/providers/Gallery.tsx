import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProviderKind } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Input } from "@/components/Field";
import { ProviderMark } from "@/components/Mark";

/** In the order in which people look for them. */
const GROUPS = ["maker", "host", "local", "custom"] as const;

type Props = {
  kinds: ProviderKind[];
  chosen: string | undefined;
  onChoose: (kind: string) => void;
};

/** Every kind of provider, by who runs it; a few letters are enough to find one. */
export function Gallery({ kinds, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const found = kinds.filter((kind) => matches(kind, text));
  const groups = GROUPS.map((name) => ({
    name,
    kinds: found.filter(({ group }) => group === name),
  })).filter((group) => group.kinds.length > 0);
  const order = groups.flatMap((group) => group.kinds);
  const reached = order.some(({ kind }) => kind === chosen) ? chosen : order[0]?.kind;
  const move = (by: number) => {
    const at = order.findIndex(({ kind }) => kind === reached);
    const next = order[(at + by + order.length) % order.length];
    if (!next) return;
    onChoose(next.kind);
    list.current?.querySelector<HTMLElement>(`[data-kind="${next.kind}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(by);
  };
  return (
    <div className="gallery">
      <Input
        type="search"
        icon="search"
        aria-label={t("providers.new.search")}
        placeholder={t("providers.new.search")}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && order[0]) {
            event.preventDefault();
            onChoose(order[0].kind);
          }
          if (event.key === "Escape" && text !== "") {
            event.stopPropagation();
            setText("");
          }
        }}
      />
      <div
        className="kind-list"
        role="radiogroup"
        aria-label={t("providers.new.kind")}
        ref={list}
        onKeyDown={onKeyDown}
      >
        {groups.map((group) => (
          <div key={group.name} className="kind-group">
            <p className="kind-head" aria-hidden="true">
              {t(`providers.new.group.${group.name}`)}
            </p>
            {group.kinds.map((each) => (
              <button
                key={each.kind}
                type="button"
                role="radio"
                aria-checked={each.kind === chosen}
                tabIndex={each.kind === reached ? 0 : -1}
                data-kind={each.kind}
                className="kind"
                onClick={() => onChoose(each.kind)}
              >
                <ProviderMark name={each.kind} />
                <span className="grow truncate">{each.display_name}</span>
                {each.group === "local" && (
                  <span className="t-3 fs-1">{t("providers.new.noKey")}</span>
                )}
              </button>
            ))}
          </div>
        ))}
      </div>
      {order.length === 0 && (
        <div className="no-kind" role="status">
          <p className="fs-2 t-2">{t("providers.new.noMatch", { text: text.trim() })}</p>
          <Button
            size="sm"
            onClick={() => {
              setText("");
              onChoose("openai_compatible");
            }}
          >
            {t("providers.new.useCompatible")}
          </Button>
        </div>
      )}
    </div>
  );
}

function matches({ kind, display_name, base_url }: ProviderKind, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return `${kind} ${display_name} ${base_url ?? ""}`.toLowerCase().includes(wanted);
}
