import type { Family, Way } from "../way/way.ts"
import { attentionKey, attentionProblem, type AttentionProblem } from "./problem.ts"
import { registers, registersKeys, registersQueries } from "./registers.ts"
import { matrixHalf, matrixSplit } from "./matrixForward.ts"
import { matrixHalfKeys, matrixHalfQueries, matrixSplitKeys, matrixSplitQueries } from "./matrixGradients.ts"
import { shuffled } from "./shuffled.ts"
import { shuffledKeys, shuffledQueries } from "./shuffledGradients.ts"
import { workgroup } from "./workgroup.ts"
import { workgroupKeys, workgroupQueries } from "./workgroupGradients.ts"
import { textures, texturesKeys, texturesQueries } from "./textures.ts"

const streaming = (name: string, ways: readonly Way<AttentionProblem>[]): Family<AttentionProblem> => ({
  name,
  problem: attentionProblem,
  key: attentionKey,
  ways,
})

/** Attention by streaming softmax: no matrix of tokens × tokens anywhere. */
export const attention = streaming("attention", [...textures, matrixHalf, matrixSplit, shuffled, workgroup, registers])

/** Its gradient in the queries. */
export const attentionQueries = streaming("attentionQueries", [
  ...texturesQueries,
  matrixHalfQueries,
  matrixSplitQueries,
  shuffledQueries,
  workgroupQueries,
  registersQueries,
])

/** Its gradients in keys and values. */
export const attentionKeys = streaming("attentionKeys", [
  ...texturesKeys,
  matrixHalfKeys,
  matrixSplitKeys,
  shuffledKeys,
  workgroupKeys,
  registersKeys,
])
