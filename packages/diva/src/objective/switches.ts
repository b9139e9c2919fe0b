/**
 * Points at which the paper, the README and the code of the original disagree, or where the code itself offers a choice,
 * apart from those that are values of their own in `Method`. The first value of each is what the original code does, and the
 * default; all are written to the manifest. Numbers in brackets are the rows of the table of disagreements in `docs/method.md`.
 */
export interface Switches {
  /**
   * [8] What the VAE sees. `imagenetStatistics`: images normalised with OpenAI's mean and std are "un-normalised" with
   * ImageNet's, range about −0.87…0.85. `correct`: pixels mapped to [−1, 1].
   */
  readonly vaeInput: "imagenetStatistics" | "correct"
  /**
   * [15] How the image tower's pixels are normalised in training. `openaiStatistics`: as OpenAI's, for every tower.
   * `towerStatistics`: as the tower was made and is evaluated, which differs for SigLIP's: −1…1.
   */
  readonly towerPixels: "openaiStatistics" | "towerStatistics"
  /**
   * [16] How training images become as small as the tower's input. `aliased`: bilinear from the two nearest pixels on each axis.
   * `antialiased`: bilinear over all pixels that an output stands for, as pictures are shrunk for evaluation.
   */
  readonly towerResize: "aliased" | "antialiased"
  /**
   * [6] Weight of each inner draw's gradient, for N images an update, A = `referenceAccumulation`, K inner draws; an image counts
   * 1/N. `reference`: A for all draws but the last, 1 for the last. `uniform`: 1. `mean`: 1/K. With K = 1 all are 1.
   */
  readonly innerWeighting: "reference" | "uniform" | "mean"
  /**
   * [6] Micro-batches that the original accumulates on each of its devices: it back-propagates all inner losses but the last as
   * they are, and divides the last by this. 5 in its launch scripts, whatever the number of devices.
   */
  readonly referenceAccumulation: number
  /** Inner draws (timestep, noise, tokens) per micro-batch. The launch scripts pass 2. */
  readonly trainSteps: number
  /** [3] The constant prompt: the template with an empty class name, or truly empty. */
  readonly prompt: "template" | "empty"
  /** [1, 2] How a condition draws patches. */
  readonly patchDraws: "withReplacement" | "withoutReplacement"
  /** [5] The map from CLIP tokens to the UNet's context: trained, or left as initialised. */
  readonly visualProjection: "trained" | "frozen"
  /** [5] Its learning rate, relative to the tower's. */
  readonly projectionRate: number
  /**
   * Updates at the beginning in which that map alone learns while the tower rests, so that the diffusion model hears tokens that it
   * understands before their gradient changes the tower. 0 in the original, whose tower learns from a random map at once.
   */
  readonly projectionWarmup: number
  /**
   * Noise of its own for every image and inner draw; the first inner draw's for all draws of an image
   * (`use_same_noise_among_timesteps`); one for all images of an update, drawn again for each inner draw; or one for all of both. Noise that
   * is shared is drawn again for every update.
   */
  readonly noise: "perInnerDraw" | "sharedByInnerDraws" | "sharedByImages" | "sharedByAll"
  /** [7] Largest global L2 norm of a gradient; `null` clips nothing. */
  readonly clipNorm: number | null
}

type Worded = { [Name in keyof Switches]: Switches[Name] extends string ? Name : never }[keyof Switches]

/** The words that switches may be, for settings and checks: that of the original's code first. */
export const switchWords = {
  vaeInput: ["imagenetStatistics", "correct"],
  towerPixels: ["openaiStatistics", "towerStatistics"],
  towerResize: ["aliased", "antialiased"],
  innerWeighting: ["reference", "uniform", "mean"],
  prompt: ["template", "empty"],
  patchDraws: ["withReplacement", "withoutReplacement"],
  visualProjection: ["trained", "frozen"],
  noise: ["perInnerDraw", "sharedByInnerDraws", "sharedByImages", "sharedByAll"],
} as const satisfies { readonly [Name in Worded]: readonly Switches[Name][] }

/** What the original code does with its launch scripts' arguments. */
export const referenceSwitches: Switches = {
  vaeInput: "imagenetStatistics",
  towerPixels: "openaiStatistics",
  towerResize: "aliased",
  innerWeighting: "reference",
  referenceAccumulation: 5,
  trainSteps: 2,
  prompt: "template",
  patchDraws: "withReplacement",
  visualProjection: "trained",
  projectionRate: 1,
  projectionWarmup: 0,
  noise: "perInnerDraw",
  clipNorm: 1,
}

/**
 * What paper and README say where the code does something else by mistake: images in the VAE's own range [8] and
 * in the tower's own [15, 16], both draws of an update counted alike [6], patches drawn without replacement [1, 2], the empty
 * prompt [3]. The projection still trains [5]: frozen
 * at random, it would pass little on.
 */
export const correctedSwitches: Switches = {
  ...referenceSwitches,
  vaeInput: "correct",
  towerPixels: "towerStatistics",
  towerResize: "antialiased",
  innerWeighting: "uniform",
  patchDraws: "withoutReplacement",
  prompt: "empty",
}
