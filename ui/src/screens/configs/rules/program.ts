import { jsonLanguage } from "@codemirror/lang-json";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { layOut } from "../form/layout";

type Document = { [key: string]: JsonValue };

/** The program of a draft: both forms mean the same. */
export type Program =
  | { form: "text"; rules: string; document: Document }
  | { form: "list"; rules: JsonValue[]; document: Document };

/** Of a document whose outermost strategy is custom_rules; else null. */
export function programOf(document: JsonValue | undefined): Program | null {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return null;
  const { strategy, rules } = document as Document;
  if (strategy !== "custom_rules") return null;
  if (Array.isArray(rules)) return { form: "list", rules, document: document as Document };
  const text = typeof rules === "string" ? rules : "";
  return { form: "text", rules: text, document: document as Document };
}

/** Is it custom_rules, as far as can be told of a text that may be no JSON at this moment? */
export function looksLikeRules(source: string): boolean {
  return /^\s*\{[^{}[\]]*"strategy"\s*:\s*"custom_rules"/.test(source);
}

/** The draft with other rules. All else stays as it is written, spaces too. */
export function withRules(source: string, rules: string | JsonValue[]): string {
  const value = typeof rules === "string" ? JSON.stringify(rules) : layOut(rules, 1);
  const object = jsonLanguage.parser.parse(source).topNode.getChild("Object");
  for (const property of object?.getChildren("Property") ?? []) {
    const name = property.getChild("PropertyName");
    const old = property.lastChild;
    if (!name || !old || old === name) continue;
    if (source.slice(name.from, name.to) !== '"rules"') continue;
    return source.slice(0, old.from) + value + source.slice(old.to);
  }
  const document = JSON.parse(source) as Document;
  return layOut({ ...document, rules });
}
