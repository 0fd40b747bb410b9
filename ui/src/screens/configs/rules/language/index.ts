import {
  continuedIndent,
  delimitedIndent,
  HighlightStyle,
  indentNodeProp,
  LanguageSupport,
  LRLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { styleTags, Tag, tags } from "@lezer/highlight";
import { parser } from "./rules.grammar";

/** `tenant`, `tags.tenant`: what the caller sent along, as against what Modelux knows itself. */
const tagName = Tag.define(tags.variableName);
/** Where a request may go. */
const target = Tag.define();

const configured = parser.configure({
  props: [
    styleTags({
      "if else then use block and or not in contains starts_with ends_with matches": tags.keyword,
      "Boolean/... Null/...": tags.bool,
      Comment: tags.lineComment,
      String: tags.string,
      Number: tags.number,
      "VariableName Member/PropertyName Tags": tags.variableName,
      "TagName TagMember/PropertyName": tagName,
      "FunctionName TargetFunction MethodName": tags.function(tags.name),
      "Key/String": tags.propertyName,
      Target: target,
      "CompareOp AndOp OrOp Bang TimesOp PlusOp Minus ? :": tags.operator,
      "( ) [ ] { } . ,": tags.punctuation,
    }),
    indentNodeProp.add({
      Rule: continuedIndent({ except: /^\s*(?:else|if)\b/ }),
      "List Array": delimitedIndent({ closing: "]" }),
      Object: delimitedIndent({ closing: "}" }),
      "Arguments Parenthesized": delimitedIndent({ closing: ")" }),
    }),
  ],
});

const languageData = {
  commentTokens: { line: "#" },
  closeBrackets: { brackets: ["(", "[", "{", '"', "'"] },
  indentOnInput: /^\s*(?:else|[\])}])$/,
};

const program = LRLanguage.define({ name: "rules", parser: configured, languageData });
const condition = LRLanguage.define({
  name: "rules condition",
  parser: configured.configure({ top: "Condition" }),
  languageData,
});

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.lineComment, class: "tk-c" },
    { tag: tags.string, class: "tk-s" },
    { tag: tags.number, class: "tk-n" },
    { tag: [tags.keyword, tags.bool], class: "tk-w" },
    { tag: tags.variableName, class: "tk-v" },
    { tag: [tagName, tags.propertyName], class: "tk-k" },
    { tag: tags.function(tags.name), class: "tk-f" },
    { tag: target, class: "tk-slug" },
    { tag: [tags.operator, tags.punctuation], class: "tk-p" },
  ]),
);

/** A whole program, or the condition of one rule alone. */
export function rulesLanguage(top: "program" | "condition"): LanguageSupport {
  return new LanguageSupport(top === "program" ? program : condition, [colours]);
}

export const programParser = program.parser;
