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
  if (!isObject(document)) return null;
  const { strategy, rules } = document;
  if (strategy !== "custom_rules") return null;
  if (Array.isArray(rules)) return { form: "list", rules, document };
  return { form: "text", rules: typeof rules === "string" ? rules : "", document };
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

/**
 * A list as a program, rule by rule. For a list with an error in it, which no converter takes: a
 * person must see it to mend it.
 */
export function printed(rules: JsonValue[]): string {
  const lines = rules.flatMap((item, index) => {
    const rule = isObject(item) ? item : {};
    const comment = typeof rule.comment === "string" ? rule.comment.split("\n") : [];
    const condition = typeof rule.if === "string" ? rule.if : "";
    const last = rule.else !== undefined;
    const head = last ? "else" : `${index > 0 ? "else " : ""}if ${condition} then`;
    return [...comment.map((line) => `# ${line}`), `${head} ${actionOf(rule.else ?? rule.then)}`];
  });
  return lines.map((line) => `${line}\n`).join("");
}

function actionOf(target: JsonValue | undefined): string {
  if (typeof target === "string") return `use ${target}`;
  if (isObject(target) && typeof target.block === "string") {
    return `block ${JSON.stringify(target.block)}`;
  }
  return target === undefined ? "use" : `use ${JSON.stringify(target)}`;
}

const isObject = (value: JsonValue | undefined): value is Document =>
  typeof value === "object" && value !== null && !Array.isArray(value);
