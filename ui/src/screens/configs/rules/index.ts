export type { Finding } from "../editor/problems";
export { ConditionField } from "./ConditionField";
export { findingsAt } from "./findings";
export { RulesEditor, type RulesHandle } from "./RulesEditor";
