import { Effect } from "effect"
import type { Annotation, BenchmarkData } from "../datasets/benchmarkFolder.ts"
import { Features, type DescribedImage, type ImagesRequest } from "../features/features.ts"
import { keyOf } from "../features/vectorCache.ts"
import type { VectorTable } from "../features/vectorTable.ts"
import { stockRule } from "../rules/flavours.ts"
import type { ScoringRule } from "../rules/scoringRule.ts"
import type { Estimate } from "../statistics/interval.ts"
import { meanAveragePrecision } from "./averagePrecision.ts"
import { classify, joinClassified, meanPerClassRecall, topK, type Classified } from "./classification.ts"
import type { ScoreTable } from "./ranks.ts"
import { imageRanks, recallAt, textRanks } from "./retrieval.ts"
import { visitSimilarities } from "./similarities.ts"

export interface EvaluateBenchmark {
  readonly data: BenchmarkData
  /** How images become vectors; stock by default. */
  readonly rule?: ScoringRule
  readonly seed?: number
}

/** Scores of a data set under CLIP_benchmark's names, as shares. */
export interface BenchmarkEvaluation {
  readonly dataset: string
  readonly task: BenchmarkData["task"]
  readonly rule: string
  readonly metrics: Readonly<Record<string, Estimate>>
  readonly images: number
  readonly skipped: readonly string[]
  /** Over the bytes of all pictures that were scored, in order. */
  readonly imagesSha256: string
  /** Over class names and templates, or captions. */
  readonly textsSha256: string
  /** The right class and the chosen one of each image; empty for other tasks. */
  readonly predictions: readonly (readonly [label: number, prediction: number])[]
}

type Found<A extends Annotation> = DescribedImage<A>

const tableOf = (images: readonly Found<Annotation>[], width: number): VectorTable => {
  const values = new Float32Array(images.length * width)
  for (const [i, { vectors }] of images.entries()) values.set(vectors.values.subarray(0, width), i * width)
  return { width, values }
}

/** Prompts of every class: the class's name in each template. */
const promptsOf = ({ classnames, templates }: BenchmarkData): readonly (readonly string[])[] =>
  classnames.map((name) => templates.map((template) => template.replaceAll("{c}", name)))

interface Scored {
  readonly metrics: Readonly<Record<string, Estimate>>
  readonly texts: readonly (readonly string[])[]
  readonly predictions?: BenchmarkEvaluation["predictions"]
}

/** Below five classes everything is among the first five. */
const fewestForTop5 = 5

const scoreLabels = Effect.fnUntraced(function* (
  data: BenchmarkData,
  images: readonly Found<number>[],
  table: VectorTable,
) {
  const texts = promptsOf(data)
  const classes = yield* (yield* Features).texts(texts)
  const parts: Classified[] = []
  yield* visitSimilarities(table, classes, (part, first) => {
    parts.push(
      classify(
        part,
        images.slice(first, first + part.rows).map(({ about }) => about),
      ),
    )
  })
  const classified = joinClassified(parts)
  const scored: Scored = {
    texts,
    metrics: {
      acc1: topK(classified, 1),
      ...(data.classnames.length < fewestForTop5 ? {} : { acc5: topK(classified, 5) }),
      mean_per_class_recall: meanPerClassRecall(classified),
    },
    predictions: classified.labels.map((label, i) => [label, classified.predictions[i]!] as const),
  }
  return scored
})

const scoreTargets = Effect.fnUntraced(function* (
  data: BenchmarkData,
  images: readonly Found<readonly number[]>[],
  table: VectorTable,
) {
  const texts = promptsOf(data)
  const classes = yield* (yield* Features).texts(texts)
  const values = new Float32Array(images.length * data.classnames.length)
  yield* visitSimilarities(table, classes, (part, first) => values.set(part.values, first * part.columns))
  const logits: ScoreTable = { rows: images.length, columns: data.classnames.length, values }
  const targets = images.flatMap(({ about }) => about)
  const scored: Scored = { texts, metrics: { mean_average_precision: meanAveragePrecision(logits, targets) } }
  return scored
})

const recalls = [1, 5, 10] as const

/** Names of what a data set is scored by. */
export const metricNames = ({ task, classnames }: Pick<BenchmarkData, "task" | "classnames">): readonly string[] => {
  if (task === "retrieval") return recalls.flatMap((k) => [`image_retrieval_recall@${k}`, `text_retrieval_recall@${k}`])
  if (task === "multilabel") return ["mean_average_precision"]
  return ["acc1", ...(classnames.length < fewestForTop5 ? [] : ["acc5"]), "mean_per_class_recall"]
}

const scoreCaptions = Effect.fnUntraced(function* (images: readonly Found<readonly string[]>[], table: VectorTable) {
  const texts = images.flatMap(({ about }) => about.map((caption) => [caption]))
  const imageOf = images.flatMap(({ about }, image) => about.map(() => image))
  const first = images.map((_, image) => imageOf.indexOf(image))
  const textsOf = images.map(({ about }, image) => about.map((_, i) => first[image]! + i))
  const captions = yield* (yield* Features).texts(texts)
  const [ofImages, ofTexts]: [number[], number[]] = [[], []]
  yield* visitSimilarities(captions, table, (part, start) => {
    ofImages.push(...imageRanks(part, imageOf.slice(start, start + part.rows)))
  })
  yield* visitSimilarities(table, captions, (part, start) => {
    ofTexts.push(...textRanks(part, textsOf.slice(start, start + part.rows)))
  })
  const scored: Scored = {
    texts,
    metrics: Object.fromEntries(
      recalls.flatMap((k) => [
        [`image_retrieval_recall@${k}`, recallAt(ofImages, k)],
        [`text_retrieval_recall@${k}`, recallAt(ofTexts, k)],
      ]),
    ),
  }
  return scored
})

const scoreTask = (data: BenchmarkData, images: readonly Found<Annotation>[], table: VectorTable) => {
  if (data.task === "retrieval") return scoreCaptions(images as readonly Found<readonly string[]>[], table)
  return data.task === "multilabel"
    ? scoreTargets(data, images as readonly Found<readonly number[]>[], table)
    : scoreLabels(data, images as readonly Found<number>[], table)
}

/**
 * Scores a model on one of CLIP_benchmark's data sets. Classification: class vectors are the unit-norm means of the unit
 * vectors of a class's prompts; `acc1`, `acc5` (from five classes on), `mean_per_class_recall`, or `mean_average_precision`.
 * Retrieval: recall at 1, 5 and 10 of images for texts and of texts for images. Errors: those of `Features`.
 * Source: LAION-AI/CLIP_benchmark metrics/zeroshot_classification.py, zeroshot_retrieval.py.
 */
export const evaluateBenchmark = Effect.fn("evaluateBenchmark")(function* ({
  data,
  rule = stockRule,
  seed,
}: EvaluateBenchmark) {
  const features = yield* Features
  const request: ImagesRequest<Annotation> = { pictures: data.pictures, rule, ...(seed === undefined ? {} : { seed }) }
  const { images: all, skipped } = yield* features.images(request)
  const images = all.filter((image) => image !== undefined)
  const { metrics, texts, predictions = [] } = yield* scoreTask(data, images, tableOf(images, features.identity.width))
  const evaluation: BenchmarkEvaluation = {
    dataset: data.name,
    task: data.task,
    rule: rule.title,
    metrics,
    images: images.length,
    skipped: skipped.map(({ message }) => message),
    imagesSha256: keyOf(...images.map(({ sha256 }) => sha256)),
    textsSha256: keyOf(...texts.flat()),
    predictions,
  }
  return evaluation
})
