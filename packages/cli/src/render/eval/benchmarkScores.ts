import { columns } from "@diva/tensor"
import { scaled, type BenchmarkReport } from "@diva/diva"
import { showEstimate } from "./estimate.ts"
import { showCount } from "../../text/number.ts"
import type { Style } from "../../text/style.ts"

const units: Readonly<Record<BenchmarkReport["task"], string>> = {
  classification: "images",
  multilabel: "images",
  retrieval: "queries",
}

/** Scores of one data set: percent, 95 % interval, how many images or queries. */
export const renderBenchmark = (
  { subject, dataset, split, task, rule, metrics, skipped, promptSource }: BenchmarkReport,
  style: Style,
): string => {
  const rows = Object.entries(metrics).map(([name, estimate]) => [
    name,
    showEstimate(scaled(100, estimate)),
    `of ${showCount(estimate.count)} ${units[task]}`,
  ])
  return [
    style.strong(`${dataset}, ${split}`) +
      style.faint(`  ${subject.model}, ${rule}, prompts from ${promptSource}, ${subject.adapter}`),
    ...columns(rows, ["left", "left", "left"]),
    ...(skipped.length === 0 ? [] : [`${skipped.length} skipped: ${skipped.slice(0, 3).join("; ")}`]),
    style.faint("percent [95 % interval]"),
  ].join("\n")
}
