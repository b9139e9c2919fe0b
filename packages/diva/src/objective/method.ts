import { textByCondition, type TextCombination } from "../condition/combineText.ts"
import type { Condition } from "../condition/condition.ts"
import { randomPatches } from "../condition/randomPatches.ts"
import { towerTokens, type TokenSource } from "../condition/tokenSource.ts"
import type { DivaModels } from "./divaModels.ts"
import { mse, type Loss } from "./loss.ts"
import { linearProjection, type Projection } from "./projection.ts"
import type { Regulariser } from "./regulariser.ts"
import { referenceSwitches, type Switches } from "./switches.ts"
import { timestepPerSample, type TimestepSampling } from "./timesteps.ts"

/** The method as a value: every part can be exchanged for another, and stands in the manifest under its title. */
export interface Method {
  readonly models: DivaModels
  /** Which tokens of the image tower conditions are made of. */
  readonly tokens: TokenSource
  readonly condition: Condition
  readonly projection: Projection
  readonly textCombination: TextCombination
  readonly loss: Loss
  readonly timesteps: TimestepSampling
  readonly regularisers: readonly Regulariser[]
  /** Which reading of the paper is meant where it and the code disagree. */
  readonly switches: Switches
  /** Images whose gradients make one update, however they are split into micro-batches. */
  readonly imagesPerUpdate: number
}

/** The original's method for any models: the condition is that of OpenAI's, which rows exchange. */
export const referenceMethod = (models: DivaModels): Method => ({
  models,
  tokens: towerTokens,
  condition: randomPatches(76),
  projection: linearProjection,
  textCombination: textByCondition,
  loss: mse,
  timesteps: timestepPerSample,
  regularisers: [],
  switches: referenceSwitches,
  imagesPerUpdate: 640,
})
