import type { EvaluationSubject } from "../mmvp/mmvpReport.ts"
import type { BenchmarkEvaluation } from "./evaluateBenchmark.ts"

/** Scores of one model on one data set, as this program keeps them. */
export interface BenchmarkReport extends BenchmarkEvaluation {
  readonly format: "diva-benchmark"
  readonly version: 1
  readonly subject: EvaluationSubject
  readonly split: string
  readonly promptSource: string
}

const taskNames = {
  classification: "zeroshot_classification",
  multilabel: "zeroshot_classification",
  retrieval: "zeroshot_retrieval",
} as const

/** CLIP_benchmark's own names have slashes where folders have dashes: `wds/vtab/cifar10`. */
const datasetName = (dataset: string): string => `wds/${dataset.replace(/^vtab-/, "vtab/")}`

/**
 * The same as CLIP_benchmark's result file, which its `build` command reads: dataset, model, pretrained, task, metrics as
 * shares, language. Source: LAION-AI/CLIP_benchmark cli.py.
 */
export const clipBenchmarkResult = ({ dataset, task, metrics, subject }: BenchmarkReport) => ({
  dataset: datasetName(dataset),
  model: subject.row ?? subject.flavour,
  pretrained: subject.model,
  task: taskNames[task],
  metrics: Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value])),
  language: "en",
})
