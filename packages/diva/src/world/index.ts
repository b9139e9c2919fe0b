export { worldModels } from "./worldModels.ts"
export {
  confusedPairs,
  unselectedPairs,
  type ConfusedPairs,
  type PairsWanted,
  type PicturedPair,
} from "./worldPairs.ts"
export { patternTypes, writePairs, type PairsOrigin } from "./writePairs.ts"
export { folderHash } from "./folderHash.ts"
export { classKinds, writeClassSet, type ClassKind, type ClassSetWanted } from "./classSets.ts"
export { shippedFolder, shippedWorld, worldIn, type WorldFiles } from "./shippedWorld.ts"
export { worldSettings, worldTraining } from "./worldTraining.ts"
export { scoreInWorld, trainInWorld, worldSets, type WorldError, type WorldRun, type WorldScores } from "./worldRun.ts"
export {
  judgeScenes,
  scoreSamples,
  type SamplesError,
  type SamplesReport,
  type SamplesRequest,
  type ScenesRequest,
} from "./scoreSamples.ts"
export { heldOutNoiseError, heldOutVaeError, type HeldOut } from "./heldOut.ts"
export {
  measureModels,
  measureWorld,
  scoredModels,
  type Estimates,
  type MeasuredWorld,
  type MeasureWorld,
  type ScoredModel,
} from "./measureWorld.ts"
export {
  compareWorld,
  readWorldStatement,
  stating,
  worldStatementFile,
  type ComparedScore,
  type Stated,
  type WorldStatement,
} from "./worldStatement.ts"
