import type { BenchmarkReport } from "../zeroShot/benchmarkReport.ts"
import { listedBenchmarks, listedClassification, type ListedBenchmark } from "../zeroShot/benchmarkList.ts"
import { bootstrap } from "../statistics/bootstrap.ts"
import { scaled, type Estimate } from "../statistics/interval.ts"

/** One line of the zero-shot table, in percent; undefined where a model was not scored. */
export interface BenchmarkRow {
  readonly title: string
  readonly dataset: string
  readonly metric: string
  readonly before: Estimate | undefined
  readonly after: Estimate | undefined
  /** After − before in points; with an interval over images where both were scored on the same ones. */
  readonly difference: Estimate | undefined
}

/** A mean over benchmarks, with how many there are. */
export interface MeanRow {
  readonly title: string
  readonly count: number
  readonly before: number | undefined
  readonly after: number | undefined
}

export interface BenchmarkTable {
  readonly rows: readonly BenchmarkRow[]
  readonly means: readonly MeanRow[]
  /** Listed benchmarks that neither model was scored on. */
  readonly missing: readonly string[]
}

const percent = (report: BenchmarkReport | undefined, metric: string): Estimate | undefined => {
  const found = report?.metrics[metric]
  return found === undefined ? undefined : scaled(100, found)
}

const isRight = ([label, prediction]: readonly [number, number]): number => (label === prediction ? 1 : 0)

/** Paired over images where both classified the same ones; otherwise nothing is known but the difference itself. */
const differenceOf = (
  { metric }: ListedBenchmark,
  before: BenchmarkReport | undefined,
  after: BenchmarkReport | undefined,
): Estimate | undefined => {
  const [a, b] = [percent(before, metric), percent(after, metric)]
  if (before === undefined || after === undefined || a === undefined || b === undefined) return undefined
  const isPaired =
    metric === "acc1" &&
    before.imagesSha256 === after.imagesSha256 &&
    before.predictions.length === after.predictions.length
  if (!isPaired)
    return {
      value: b.value - a.value,
      count: b.count,
      interval: { low: Number.NaN, high: Number.NaN },
      method: "not paired",
    }
  const points = after.predictions.map((each, i) => 100 * (isRight(each) - isRight(before.predictions[i]!)))
  return bootstrap(points.length, (units) => units.reduce((sum, i) => sum + points[i]!, 0) / units.length, {
    resamples: 1000,
  })
}

const defaultMetric: Readonly<Record<BenchmarkReport["task"], string>> = {
  classification: "acc1",
  multilabel: "mean_average_precision",
  retrieval: "text_retrieval_recall@1",
}

const unlisted = (reports: readonly BenchmarkReport[]): readonly ListedBenchmark[] => {
  const listed = new Set(listedBenchmarks.map(({ dataset }) => dataset))
  const others = new Map(reports.map(({ dataset, task }) => [dataset, defaultMetric[task]]))
  return [...others]
    .filter(([dataset]) => !listed.has(dataset))
    .map(([dataset, metric]) => ({ title: dataset, dataset, metric }))
}

const meanOf = (title: string, rows: readonly BenchmarkRow[]): MeanRow => {
  const complete = rows.filter(({ before, after }) => before !== undefined || after !== undefined)
  const mean = (side: "before" | "after"): number | undefined =>
    complete.length > 0 && complete.every((row) => row[side] !== undefined)
      ? complete.reduce((sum, row) => sum + row[side]!.value, 0) / complete.length
      : undefined
  return { title, count: complete.length, before: mean("before"), after: mean("after") }
}

/**
 * The table of the method's zero-shot benchmarks: one row for each that a model was scored on, then others, and means over
 * classification and retrieval. A mean stands only where a side was scored on all benchmarks it is over.
 */
export const benchmarkTable = (
  before: readonly BenchmarkReport[],
  after: readonly BenchmarkReport[],
): BenchmarkTable => {
  const find = (reports: readonly BenchmarkReport[], name: string) => reports.find(({ dataset }) => dataset === name)
  const rowOf = (listed: ListedBenchmark): BenchmarkRow => {
    const [a, b] = [find(before, listed.dataset), find(after, listed.dataset)]
    const { title, dataset, metric } = listed
    return {
      title,
      dataset,
      metric,
      before: percent(a, metric),
      after: percent(b, metric),
      difference: differenceOf(listed, a, b),
    }
  }
  const all = listedBenchmarks.map(rowOf)
  const isThere = ({ before: a, after: b }: BenchmarkRow): boolean => a !== undefined || b !== undefined
  return {
    rows: [...all.filter(isThere), ...unlisted([...before, ...after]).map(rowOf)],
    means: [
      meanOf("mean of classification", all.slice(0, listedClassification)),
      meanOf("mean of retrieval", all.slice(listedClassification)),
    ],
    missing: all.filter((row) => !isThere(row)).map(({ title }) => title),
  }
}
