import i18n from "@/i18n";
import { type Known, seen, wordOf } from "./known";

/** Name, type, one sentence, an example, and what recorded traffic shows. Null for what is no word. */
export function card(known: Known, name: string): HTMLElement | null {
  const tag = name.startsWith("tags.") ? name.slice("tags.".length) : null;
  const word = wordOf(known, name);
  if (!word && !(tag && known.words)) return null;
  const dom = document.createElement("div");
  dom.className = "tip ed-tip rules-card";
  const head = dom.appendChild(document.createElement("div"));
  head.className = "rules-card-head";
  head.appendChild(document.createElement("code")).textContent = name;
  const type = word?.type ?? "string";
  head.appendChild(document.createElement("span")).textContent = i18n.t(`rules.type.${type}`, type);
  dom.appendChild(document.createElement("p")).textContent =
    word?.doc ?? i18n.t("rules.tagDoc", { key: tag });
  line("rules.seen", seen(known.words, name) ?? (tag ? i18n.t("rules.neverSeen") : null));
  line("rules.example", word?.example || (tag ? `${tag} == "…"` : null), true);
  return dom;

  function line(label: string, value: string | null, code = false) {
    if (!value) return;
    const row = dom.appendChild(document.createElement("div"));
    row.className = "rules-card-row";
    row.appendChild(document.createElement("span")).textContent = i18n.t(label);
    row.appendChild(document.createElement(code ? "code" : "span")).textContent = value;
  }
}

/** For a target: what it is. */
export function targetCard(known: Known, name: string): HTMLElement | null {
  const target = known.targets.find((each) => each.name === name.replace(/:\d+$/, ""));
  if (!target) return null;
  const dom = document.createElement("div");
  dom.className = "tip ed-tip rules-card";
  const head = dom.appendChild(document.createElement("div"));
  head.className = "rules-card-head";
  head.appendChild(document.createElement("code")).textContent = name;
  head.appendChild(document.createElement("span")).textContent = target.detail;
  return dom;
}
