import { syntaxTree } from "@codemirror/language";
import { hoverTooltip } from "@codemirror/view";
import i18n from "@/i18n";
import { placeAt, propertyName } from "./place";
import { FAILURE_CLASSES, keysAt, STRATEGIES } from "./schema";

/** What a key, a strategy or a failure class means, where the pointer rests. */
export const hoverDocs = hoverTooltip((view, position) => {
  const { state } = view;
  const node = syntaxTree(state).resolveInner(position, 1);
  const text = state.sliceDoc(node.from, node.to).replace(/^"|"$/g, "");
  const place = placeAt(state, node.to);
  const found = describe(node.name, text);
  if (!found) return null;
  return {
    pos: node.from,
    end: node.to,
    above: true,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "tip ed-tip";
      const title = dom.appendChild(document.createElement("code"));
      title.textContent = text;
      dom.appendChild(document.createElement("span")).textContent = found;
      return { dom };
    },
  };

  function describe(kind: string, word: string): string | null {
    if (kind === "PropertyName" && node.parent) {
      const name = propertyName(state, node.parent);
      const key = keysAt(place.shape).find((each) => each.name === name);
      return key ? i18n.t(`document.key.${key.doc}`) : null;
    }
    if (kind !== "String") return null;
    if ((STRATEGIES as readonly string[]).includes(word))
      return i18n.t(`strategy.${word}.sentence`);
    return FAILURE_CLASSES.includes(word) ? i18n.t(`document.class.${word}`) : null;
  }
});
