export { allPatches } from "./allPatches.ts"
export { averagePool } from "./averagePool.ts"
export { classOnly } from "./classOnly.ts"
export { combinationFor, combineText, type TextCombination } from "./combineText.ts"
export {
  titled,
  titleOf,
  type Condition,
  type ConditionInputs,
  type DrawIndices,
  type ImageFeatures,
} from "./condition.ts"
export { randomPatches, type PatchCount } from "./randomPatches.ts"
