import { bootstrap, type BootstrapOptions } from "../statistics/bootstrap.ts"
import type { Estimate } from "../statistics/interval.ts"
import { wilson } from "../statistics/wilson.ts"
import { bestOf, rankOf, type ScoreTable } from "./ranks.ts"

/** What became of each image: all that scores of a classification need. */
export interface Classified {
  readonly classes: number
  /** The right class of each image. */
  readonly labels: readonly number[]
  /** The class chosen for it: the one with the largest logit, the first of several. */
  readonly predictions: readonly number[]
  /** How many classes were ranked before the right one. */
  readonly ranks: readonly number[]
}

/** Classifies images by their logits: [images, classes]. */
export const classify = (logits: ScoreTable, labels: readonly number[]): Classified => ({
  classes: logits.columns,
  labels,
  predictions: labels.map((_, row) => bestOf(logits, row)),
  ranks: labels.map((label, row) => rankOf(logits, row, label)),
})

/** Several parts of one data set, one after the other. */
export const joinClassified = (parts: readonly Classified[]): Classified => ({
  classes: parts[0]?.classes ?? 0,
  labels: parts.flatMap(({ labels }) => labels),
  predictions: parts.flatMap(({ predictions }) => predictions),
  ranks: parts.flatMap(({ ranks }) => ranks),
})

/** Share of images whose right class is among the first k. */
export const topK = ({ ranks }: Classified, k: number): Estimate =>
  wilson(ranks.filter((rank) => rank < k).length, ranks.length)

/** Mean over the classes that have images of the share of their images that is recognised. */
const meanRecall = ({ classes, labels, predictions }: Classified, units: Uint32Array): number => {
  const [found, count] = [new Float64Array(classes), new Float64Array(classes)]
  for (const unit of units) {
    const label = labels[unit]!
    count[label]!++
    if (predictions[unit] === label) found[label]!++
  }
  let [sum, present] = [0, 0]
  for (let c = 0; c < classes; c++)
    if (count[c]! > 0) {
      sum += found[c]! / count[c]!
      present++
    }
  return sum / present
}

/**
 * Mean per-class recall. Classes without images do not count, as in scikit-learn's balanced accuracy, which CLIP_benchmark
 * reports under this name.
 */
export const meanPerClassRecall = (classified: Classified, options: BootstrapOptions = {}): Estimate =>
  bootstrap(classified.labels.length, (units) => meanRecall(classified, units), { resamples: 1000, ...options })
