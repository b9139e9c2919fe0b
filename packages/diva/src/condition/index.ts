export { allPatches } from "./allPatches.ts"
export { averagePool } from "./averagePool.ts"
export { classOnly } from "./classOnly.ts"
export {
  noText,
  textByCondition,
  textMean,
  textPerPosition,
  type TextAndTokens,
  type TextCombination,
} from "./combineText.ts"
export { type Condition, type ConditionInputs, type DrawIndices, type ImageFeatures } from "./condition.ts"
export { randomPatches, type PatchCount } from "./randomPatches.ts"
export { topPatches } from "./topPatches.ts"
export { layerTokens, towerTokens, type TokenSource } from "./tokenSource.ts"
