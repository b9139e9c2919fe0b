import { add, cast, clamp, expand, fill, floor, logistic, mul, sliceAxis, type Tensor } from "@diva/tensor"
import { titled, type Titled } from "../titled.ts"

/** Random numbers of an inner draw, one for each sample of the micro-batch, functions of the run's key and the sample's place. */
export interface TimestepInputs {
  readonly batch: number
  /** Steps of the noise schedule: 1000. */
  readonly steps: number
  /** Number of the inner draw, from 0. */
  readonly inner: number
  /** Whole numbers in [0, bound): i32 [batch]. */
  readonly integers: (bound: number) => Tensor
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

/** Uniform, one for the whole micro-batch: the original's `rand_timestep_equal_int`. */
export const timestepPerBatch: TimestepSampling = titled("perBatch", ({ integers, steps, batch }: TimestepInputs) =>
  expand(sliceAxis(integers(steps), 0, 0, 1), [batch]),
)

/** The number of the inner draw: the original without `random_timestep_per_iteration`. */
export const timestepByDraw: TimestepSampling = titled("innerIndex", ({ batch, inner }: TimestepInputs) =>
  fill([batch], inner, "i32"),
)

/** Uniform in low, …, high − 1, one for each sample. */
export const timestepsBetween = (low: number, high: number): TimestepSampling =>
  titled(`between(${low}, ${high})`, ({ integers }: TimestepInputs) => add(integers(high - low), low))

/**
 * ⌊steps · logistic(mean + deviation·n)⌋, n standard normal: steps in the middle are drawn more often.
 * Source: Esser et al., arXiv 2403.03206, §3.1.
 */
export const logitNormalTimesteps = (mean = 0, deviation = 1): TimestepSampling =>
  titled(`logitNormal(${mean}, ${deviation})`, ({ normals, steps }: TimestepInputs) => {
    const share = logistic(add(mul(normals(), deviation), mean))
    return cast(clamp(floor(mul(share, steps)), 0, steps - 1), "i32")
  })
