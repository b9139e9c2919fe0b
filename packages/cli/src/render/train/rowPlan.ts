import type { PlannedPart } from "@diva/diva"
import type { Plan } from "@diva/tensor"
import { counted, columns } from "@diva/tensor"
import type { PlannedRow } from "../../train/planRow.ts"
import { renderExecution } from "./execution.ts"
import { showBytes, showCount } from "../../text/number.ts"

const showFlops = (flops: number): string => `${Number((flops / 1e9).toPrecision(4)).toLocaleString("en-US")} GFLOP`

const kernelsOf = ({ steps }: Plan): number => new Set(steps.map(({ wgsl }) => wgsl)).size

/** Where the device memory of a run lies. */
const memoryOf = ({ plan: { microStep, peakBytes, trainedParameters } }: PlannedRow) => {
  const inputs = microStep.values.filter(({ storage }) => storage.kind === "input")
  const inputBytes = inputs.reduce((sum, { bytes }) => sum + bytes, 0)
  const textureBytes = microStep.textureSlots.reduce((sum, { width, height }) => sum + 16 * width * height, 0)
  const momentumBytes = 4 * trainedParameters
  return {
    inputBytes,
    momentumBytes,
    textureBytes,
    betweenBytes: peakBytes - inputBytes - momentumBytes - textureBytes,
    peakBytes,
  }
}

/** A planned row as data. */
export const rowPlanData = (planned: PlannedRow, parts: readonly PlannedPart[] = []) => {
  const { row, request, adapter, context, parameters, plan, execution } = planned
  return {
    row,
    prior: request.prior,
    batch: request.batch,
    ...(request.memoryBudget === undefined ? {} : { memoryBudget: request.memoryBudget }),
    execution,
    frozenStorage: request.f16Frozen ? "f16" : "f32",
    adapter,
    context,
    parameters: {
      ...parameters,
      trained: plan.trainedParameters,
      frozen: plan.frozenParameters,
    },
    flops: plan.microStep.flops,
    dispatches: plan.microStep.steps.length,
    kernels: kernelsOf(plan.microStep),
    memory: memoryOf(planned),
    ...(parts.length === 0 ? {} : { parts }),
  }
}

const partLines = (parts: readonly PlannedPart[]): readonly string[] =>
  columns(
    parts.map(({ name, passes, parameters, flops }) => [
      `  ${name}`,
      `${showCount(parameters)} parameters`,
      showFlops(flops),
      passes,
    ]),
    ["left", "right", "right", "left"],
  )

const headline = ({ row, title, request: { prior, batch, f16Frozen }, adapter }: PlannedRow): string =>
  `${row} (${title}) with ${prior}, one micro-step of ${batch} ${batch === 1 ? "image" : "images"}` +
  `${f16Frozen ? ", frozen weights in f16" : ""}, planned for ${adapter}`

/** A planned row as a page of text. */
export const renderRowPlan = (planned: PlannedRow, parts: readonly PlannedPart[]): string => {
  const { context, parameters, plan } = planned
  const memory = memoryOf(planned)
  const rows = [
    ["context", `${counted(context.tokens, "token")} of ${context.width}`],
    ["CLIP", `${showCount(parameters.clip)} parameters, ${showCount(parameters.imageTower)} in the image tower`],
    ["trained", `${showCount(plan.trainedParameters)} parameters: image tower and projection of its tokens`],
    ["frozen", `${showCount(plan.frozenParameters)} parameters: UNet and VAE encoder`],
    ["text encoder", `${showCount(parameters.textEncoder)} parameters, once before the first step`],
    [
      "micro-step",
      `${counted(plan.microStep.steps.length, "dispatch", "dispatches")} of ${counted(kernelsOf(plan.microStep), "kernel")}`,
    ],
    ["arithmetic", showFlops(plan.microStep.flops)],
    ["computed", renderExecution(planned.execution)],
    [
      "peak memory",
      `${showBytes(memory.peakBytes)}: weights and sums ${showBytes(memory.inputBytes)}, momentum ${showBytes(memory.momentumBytes)}, ` +
        `staged textures ${showBytes(memory.textureBytes)}, between steps ${showBytes(memory.betweenBytes)}`,
    ],
  ]
  return [headline(planned), "", ...columns(rows, ["left", "left"]), "", ...partLines(parts)].join("\n")
}

/** All rows as a table. */
export const renderRowTable = (rows: readonly PlannedRow[]): string => {
  const [first] = rows
  const heading = ["row", "tokens", "width", "CLIP", "trained", "arithmetic", "peak memory", "dispatches", "kernels"]
  const lines = rows.map(({ row, context, parameters, plan }) => [
    row,
    String(context.tokens),
    String(context.width),
    showCount(parameters.clip),
    showCount(plan.trainedParameters),
    showFlops(plan.microStep.flops),
    showBytes(plan.peakBytes),
    showCount(plan.microStep.steps.length),
    String(kernelsOf(plan.microStep)),
  ])
  const alignments = heading.map((_, i) => (i === 0 ? "left" : "right") as "left" | "right")
  return [
    ...(first === undefined
      ? []
      : [
          `one micro-step of ${first.request.batch}, ${first.request.prior}, frozen weights in ${first.request.f16Frozen ? "f16" : "f32"}, planned for ${first.adapter}`,
          "",
        ]),
    ...columns([heading, ...lines], alignments),
  ].join("\n")
}
