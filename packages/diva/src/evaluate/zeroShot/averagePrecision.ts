import { bootstrap, type BootstrapOptions } from "../statistics/bootstrap.ts"
import type { Estimate } from "../statistics/interval.ts"
import type { ScoreTable } from "./ranks.ts"

/** Images by falling score of a class; equal scores keep the order of the images. */
const ordered = ({ rows, columns, values }: ScoreTable, column: number): Uint32Array =>
  Uint32Array.from({ length: rows }, (_, i) => i).toSorted(
    (a, b) => values[b * columns + column]! - values[a * columns + column]! || a - b,
  )

/** Average precision of one class where image i was drawn times[i] times; 0 where no image has the class. */
const averagePrecision = (order: Uint32Array, has: (image: number) => boolean, times: Uint32Array): number => {
  let [seen, found, sum] = [0, 0, 0]
  for (const image of order) {
    const count = times[image]!
    const positive = has(image)
    for (let i = 0; i < count; i++) {
      seen++
      if (positive) sum += ++found / seen
    }
  }
  return found === 0 ? 0 : sum / found
}

const timesOf = (rows: number, units: Uint32Array): Uint32Array => {
  const times = new Uint32Array(rows)
  for (const unit of units) times[unit]!++
  return times
}

/**
 * Mean over all classes of the average precision: Σ over an image of the class of (images of the class up to it / images up
 * to it) / images of the class, in order of falling score. `targets`: [images, classes], 1 where an image has the class.
 * A class without images counts as 0. Source: LAION-AI/CLIP_benchmark metrics/zeroshot_classification.py.
 */
export const meanAveragePrecision = (
  logits: ScoreTable,
  targets: ArrayLike<number>,
  options: BootstrapOptions = {},
): Estimate => {
  const { rows, columns } = logits
  const orders = Array.from({ length: columns }, (_, column) => ordered(logits, column))
  const statistic = (units: Uint32Array): number => {
    const times = timesOf(rows, units)
    const all = orders.map((order, c) => averagePrecision(order, (i) => targets[i * columns + c]! > 0, times))
    return all.reduce((sum, x) => sum + x, 0) / columns
  }
  return bootstrap(rows, statistic, { resamples: 1000, ...options })
}
