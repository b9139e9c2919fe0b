import { meanOf } from "../evaluate/statistics/studentT.ts"
import { nothingYet, smoothedValue, smoothedWith } from "../train/smoothing.ts"
import type { RunData } from "./runData.ts"

/** A point of a curve; `low` and `high` where it is a mean with its interval. */
export interface Point {
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

/** Points on a curve at most: more cannot be told apart, and a page stays small however long a run is. */
const mostPoints = 600

/** Means of consecutive points, so that at most `most` are left. */
export const thinned = (points: readonly Point[], most = mostPoints): readonly Point[] => {
  const per = Math.ceil(points.length / most)
  if (per <= 1) return points
  return Array.from({ length: Math.ceil(points.length / per) }, (_, i) => {
    const group = points.slice(i * per, (i + 1) * per)
    const mean = (of: (point: Point) => number): number =>
      group.reduce((sum, point) => sum + of(point), 0) / group.length
    const point = { x: mean(({ x }) => x), y: mean(({ y }) => y) }
    return group.every(({ low }) => low !== undefined)
      ? { ...point, low: mean(({ low }) => low!), high: mean(({ high }) => high!) }
      : point
  })
}

/** Each value as a mean of those before it, as a run smooths its loss. */
export const smoothed = (points: readonly Point[]): readonly Point[] => {
  let mean = nothingYet
  return points.map(({ x, y }) => {
    mean = smoothedWith(mean, y)
    return { x, y: smoothedValue(mean) }
  })
}

/** What two runs must share to be repetitions of one another: everything but the seed. */
export const settingsKey = ({ manifest }: RunData): string => {
  const {
    data: { seed: _dataSeed, ...data } = {},
    seed: _seed,
    ...settings
  } = manifest.settings as Readonly<Record<string, unknown>> & { readonly data?: Readonly<Record<string, unknown>> }
  return JSON.stringify({ ...settings, data, weights: { ...manifest.weights, visualProjection: undefined } })
}

/** Runs that differ in nothing but their seed, in the order given. */
export const repetitions = (runs: readonly RunData[]): readonly (readonly RunData[])[] => {
  const groups = new Map<string, RunData[]>()
  for (const run of runs) groups.set(settingsKey(run), [...(groups.get(settingsKey(run)) ?? []), run])
  return [...groups.values()]
}

/** The mean of several curves where all have a point, with Student's 95 % interval. */
export const meanCurve = (curves: readonly (readonly Point[])[]): readonly Point[] => {
  const [first = [], ...others] = curves.map((curve) => new Map(curve.map(({ x, y }) => [x, y])))
  const shared = [...new Map(first).keys()].filter((x) => others.every((curve) => curve.has(x)))
  // Thinned first: an interval costs an integral.
  const per = Math.max(1, Math.ceil(shared.length / mostPoints))
  return shared
    .filter((_, i) => i % per === 0)
    .map((x) => {
      const { value, interval } = meanOf([new Map(first).get(x)!, ...others.map((curve) => curve.get(x)!)])
      return { x, y: value, low: interval.low, high: interval.high }
    })
}
