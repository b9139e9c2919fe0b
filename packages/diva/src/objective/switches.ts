import type { TextCombination } from "../condition/combineText.ts"

/**
 * Every point at which the paper, the README and the code of the original disagree, or where the code itself offers a
 * choice. The first value of each is what the original code does, and the default; all are written to the manifest.
 * Numbers in brackets are the rows of the table of disagreements in `docs/method.md`.
 */
export interface Switches {
  /**
   * [8] What the VAE sees. `imagenetStatistics`: images normalised with OpenAI's mean and std are "un-normalised" with
   * ImageNet's, range about −0.87…0.85. `correct`: pixels mapped to [−1, 1].
   */
  readonly vaeInput: "imagenetStatistics" | "correct"
  /**
   * [6] Weight of each inner draw's gradient, A micro-batches accumulated, K inner draws. `reference`: 1 for all but the
   * last, 1/A for the last. `uniform`: 1/A. `mean`: 1/(A·K). With K = 1 all are 1/A.
   */
  readonly innerWeighting: "reference" | "uniform" | "mean"
  /** Inner draws (timestep, noise, tokens) per micro-batch. The launch scripts pass 2. */
  readonly trainSteps: number
  /** Error of the noise prediction, over all elements. */
  readonly loss: "mse" | "l1"
  /** [4] How the constant text embedding joins the visual tokens. */
  readonly textCombination: TextCombination
  /** [3] The constant prompt: the template with an empty class name, or truly empty. */
  readonly prompt: "template" | "empty"
  /** [1, 2] How a condition draws patches. */
  readonly patchDraws: "withReplacement" | "withoutReplacement"
  /** [5] The linear map from CLIP tokens to the UNet's context: trained at the tower's rate, or left as initialised. */
  readonly visualProjection: "trained" | "frozen"
  /**
   * One timestep per sample; one for the whole micro-batch (`rand_timestep_equal_int`); or the number of the inner draw
   * (`random_timestep_per_iteration` off).
   */
  readonly timesteps: "perSample" | "perBatch" | "innerIndex"
  /** One noise per inner draw, or the first inner draw's noise for all (`use_same_noise_among_timesteps`). */
  readonly noise: "perInnerDraw" | "sharedByInnerDraws"
  /** [7] Largest global L2 norm of a gradient; `null` clips nothing. */
  readonly clipNorm: number | null
}

/** What the original code does with its launch scripts' arguments. */
export const referenceSwitches: Switches = {
  vaeInput: "imagenetStatistics",
  innerWeighting: "reference",
  trainSteps: 2,
  loss: "mse",
  textCombination: "byCondition",
  prompt: "template",
  patchDraws: "withReplacement",
  visualProjection: "trained",
  timesteps: "perSample",
  noise: "perInnerDraw",
  clipNorm: 1,
}
