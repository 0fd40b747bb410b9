import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import { Segmented } from "@/components/Field";
import { JsonSource } from "./JsonSource";
import { looksLikeRules, programOf } from "./rules/program";
import { RulesSource } from "./rules/RulesSource";
import { SubbarEnd } from "./rules/SubbarEnd";
import { type ConfigState, parseJson } from "./useConfig";

type View = "rules" | "json";

const ITEM = "modelux.source-view";

/** The draft as text. Rules have a language of their own beside the JSON that holds them. */
export function Source({ slug, state }: { slug: string; state: ConfigState }) {
  const { t } = useTranslation();
  const [view, setView] = useState<View>(() => (localStorage.getItem(ITEM) as View) ?? "rules");
  const program = programOf(parseJson(state.text));
  const show = (next: View) => {
    localStorage.setItem(ITEM, next);
    setView(next);
  };
  const other = view === "rules" ? "json" : "rules";
  const isRules = program !== null || looksLikeRules(state.text);
  useActions(
    isRules
      ? [
          {
            id: "source.view",
            group: "page",
            label: t(`rules.view.show.${other}`),
            icon: other === "rules" ? "rules" : "code",
            run: () => show(other),
          },
        ]
      : [],
  );
  if (!isRules) return <JsonSource slug={slug} state={state} />;
  const toggle = (
    <Segmented<View>
      label={t("rules.view.label")}
      value={view}
      options={[
        { value: "rules", label: t("rules.view.rules") },
        { value: "json", label: t("rules.view.json") },
      ]}
      onChange={show}
    />
  );
  if (view === "rules") {
    return (
      <RulesSource
        slug={slug}
        state={state}
        program={program}
        toggle={toggle}
        onJson={() => show("json")}
      />
    );
  }
  return (
    <>
      <SubbarEnd>{toggle}</SubbarEnd>
      <JsonSource slug={slug} state={state} />
    </>
  );
}
