import { add, cast, clamp, expand, fill, floor, iota, logistic, mul, raise, sliceAxis, type Tensor } from "@diva/tensor"
import { from0, requireNumber } from "../requireNumber.ts"
import { titled, type Titled } from "../titled.ts"

/** Random numbers of an inner draw, one for each sample of the micro-batch, functions of the run's key and the sample's place. */
export interface TimestepInputs {
  readonly batch: number
  /** Steps of the noise schedule: 1000. */
  readonly steps: number
  /** Inner draws of an image. */
  readonly draws: number
  /** Number of the inner draw, from 0. */
  readonly inner: number
  /** Whole numbers in [0, bound): i32 [batch]. */
  readonly integers: (bound: number) => Tensor
  /** The same, one for all inner draws of an image. */
  readonly sharedIntegers: (bound: number) => Tensor
  /** Standard normal: f32 [batch]. */
  readonly normals: () => Tensor
}

/** How the timesteps of an inner draw are chosen: i32 [batch] in [0, steps). Any function will do. */
export interface TimestepSampling extends Titled {
  (inputs: TimestepInputs): Tensor
}

/** Uniform, one for each sample. The original's. */
export const timestepPerSample: TimestepSampling = titled("perSample", ({ integers, steps }: TimestepInputs) =>
  integers(steps),
)

/** The first image's of what is drawn for each, for the whole micro-batch. */
const ofFirst = (drawn: Tensor, batch: number): Tensor => expand(sliceAxis(drawn, 0, 0, 1), [batch])

/** Uniform, one for the whole micro-batch. */
export const timestepPerBatch: TimestepSampling = titled("perBatch", ({ integers, steps, batch }: TimestepInputs) =>
  ofFirst(integers(steps), batch),
)

/** The number of the inner draw: the original without `random_timestep_per_iteration`. */
export const timestepByDraw: TimestepSampling = titled("innerIndex", ({ batch, inner }: TimestepInputs) =>
  fill([batch], inner, "i32"),
)

const invalidSteps = (rule: string, remedy: string): never =>
  raise({ _tag: "InvalidAttribute", op: "timesteps", attribute: "steps", rule, remedy })

const isStep = (step: number): boolean => Number.isSafeInteger(step) && step >= 0

/**
 * Uniform in low, …, high − 1, one for each sample. Throws `InvalidAttribute` for bounds that leave no step, or that the schedule
 * does not have.
 */
export const timestepsBetween = (low: number, high: number): TimestepSampling => {
  if (!isStep(low) || !isStep(high) || low >= high)
    return invalidSteps(
      `there is no timestep from ${low} to below ${high}`,
      "give two whole numbers, the smaller first",
    )
  return titled(`between(${low}, ${high})`, ({ integers, steps }: TimestepInputs) =>
    high <= steps
      ? add(integers(high - low), low)
      : invalidSteps(`there is no timestep ${high - 1}`, `give bounds from 0 to ${steps}`),
  )
}

/**
 * ⌊steps · logistic(mean + deviation·n)⌋, n standard normal: steps in the middle are drawn more often.
 * Source: Esser et al., arXiv 2403.03206, §3.1.
 */
export const logitNormalTimesteps = (mean = 0, deviation = 1): TimestepSampling => {
  requireNumber("logitNormal", "deviation", deviation, from0)
  return titled(`logitNormal(${mean}, ${deviation})`, ({ normals, steps }: TimestepInputs) => {
    const share = logistic(add(mul(normals(), deviation), mean))
    return cast(clamp(floor(mul(share, steps)), 0, steps - 1), "i32")
  })
}

/** The given steps, one for each inner draw, from the first again where there are more draws. Throws `InvalidAttribute` for steps that the schedule does not have. */
export const fixedTimesteps = (...wanted: readonly number[]): TimestepSampling =>
  titled(`fixed(${wanted.join(", ")})`, ({ batch, inner, steps }: TimestepInputs) => {
    const strange = wanted.find((step) => !Number.isInteger(step) || step < 0 || step >= steps)
    if (wanted.length === 0 || strange !== undefined)
      return invalidSteps(
        wanted.length === 0 ? "no timestep is given" : `there is no timestep ${strange}`,
        `give whole numbers from 0 to ${steps - 1}`,
      )
    return fill([batch], wanted[inner % wanted.length]!, "i32")
  })

/** Steps from one to the next where `count` are spread evenly over the schedule. */
const intervalOf = (steps: number, count: number): number =>
  count <= steps
    ? Math.floor(steps / count)
    : invalidSteps(`${count} timesteps cannot be spread over ${steps}`, "draw fewer, or another sampling")

/**
 * An image's K inner draws spread evenly over the schedule: s + k·⌊steps/K⌋ for draw k, s uniform in [0, ⌊steps/K⌋), one for each
 * image. Source: Prabhudesai et al., arXiv 2311.16102; Diffusion-TTA `rand_timestep_equal_int`, where a batch is one image's draws.
 */
export const evenTimestepsOfDraws: TimestepSampling = titled(
  "evenByDraw",
  ({ sharedIntegers, steps, draws, inner }: TimestepInputs) => {
    const interval = intervalOf(steps, draws)
    return add(sharedIntegers(interval), inner * interval)
  },
)

/**
 * The B images of a micro-batch spread evenly over the schedule: s + b·⌊steps/B⌋ for image b, s uniform in [0, ⌊steps/B⌋), one for
 * each inner draw. Source: DIVA `rand_timestep_equal_int`, where a batch is one draw of several images.
 */
export const evenTimestepsOfBatch: TimestepSampling = titled(
  "evenByImage",
  ({ integers, steps, batch }: TimestepInputs) => {
    const interval = intervalOf(steps, batch)
    return add(ofFirst(integers(interval), batch), mul(iota([batch], 0), interval))
  },
)
