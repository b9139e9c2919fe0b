import { bytesWanted, parseBytes, priorNames, rowNames } from "@diva/diva"
import type { ClipRow } from "@diva/models"
import { showPlan, type KnownAdapter } from "@diva/tensor"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { progressLine } from "../screen/progressLine.ts"
import { renderRowPlan, renderRowTable, rowPlanData } from "../render/train/rowPlan.ts"
import { renderEstimates, renderKernels } from "../render/train/stepEstimates.ts"
import { sayBegun } from "../screen/sayBegun.ts"
import { Screen } from "../screen/screen.ts"
import { adapterNames, estimateRow } from "../train/estimateRow.ts"
import { defaultLimits, planLimits, type PlanLimits } from "../train/planLimits.ts"
import { planRow, planRowParts, type PlannedRow, type RowRequest } from "../train/planRow.ts"
import { dryRunFlag, json, notBelow } from "../flags/flags.ts"

const flags = {
  row: Flag.Literals("row", rowNames).pipe(
    Flag.withDescription("The published model to plan for; a table of all of them by default"),
    Flag.optional,
  ),
  prior: Flag.Literals("sd-config", priorNames).pipe(
    Flag.withDescription("The diffusion model (sd-2-1-base)"),
    Flag.withDefault("sd-2-1-base" as const),
  ),
  batch: Flag.Int("batch").pipe(
    Flag.withDescription("Images in a micro-batch (1; with --adapter each of 1, 4 and 16)"),
    notBelow(1),
    Flag.optional,
  ),
  adapter: Flag.Literals("adapter", adapterNames).pipe(
    Flag.withDescription(
      "A known adapter, present or not: what its cost model expects a step to take, in each precision",
    ),
    Flag.optional,
  ),
  by: Flag.Literals("by", ["family", "kernel"]).pipe(
    Flag.withDescription(
      "With --adapter: total times and dispatches by family of kernels, or by what each kernel computes",
    ),
    Flag.withDefault("family" as const),
  ),
  f16Frozen: Flag.Boolean("f16-frozen").pipe(
    Flag.withDescription("Store the UNet's and the VAE's weights in half precision"),
    Flag.withDefault(false),
  ),
  memoryBudget: Flag.String("memory-budget").pipe(
    Flag.withDescription(
      "Device memory a run may take, such as 8GiB: plans the fastest way to compute a step within it",
    ),
    Flag.filter(
      (text) => parseBytes(text) !== null,
      (text) => `${text} is not ${bytesWanted}`,
    ),
    Flag.map((text) => parseBytes(text)!),
    Flag.optional,
  ),
  portable: Flag.Boolean("portable").pipe(
    Flag.withDescription("Plan for WebGPU's default limits instead of this machine's adapter"),
    Flag.withDefault(false),
  ),
  steps: Flag.Boolean("steps").pipe(
    Flag.withDescription("List every dispatch, and where memory goes (needs --row)"),
    Flag.withDefault(false),
  ),
  // Planning computes nothing; the flag that every command has is accepted and changes nothing.
  dryRun: dryRunFlag("Changes nothing: planning never computes"),
  json,
} as const

const one = Effect.fnUntraced(function* (
  row: ClipRow,
  request: RowRequest,
  limits: PlanLimits,
  shown: { readonly steps: boolean; readonly json: boolean },
) {
  const screen = yield* Screen
  yield* sayBegun(`planning ${row} …`, shown.json)
  const planned = yield* planRow(row, request, limits)
  const parts = yield* planRowParts(planned, limits)
  if (shown.json) return yield* screen.print(JSON.stringify(rowPlanData(planned, parts), null, 2))
  yield* screen.print(renderRowPlan(planned, parts))
  if (shown.steps) yield* screen.print(`\n${showPlan(planned.plan.microStep)}`)
})

const all = Effect.fnUntraced(function* (request: RowRequest, limits: PlanLimits, asJson: boolean) {
  const screen = yield* Screen
  const progress = yield* progressLine(asJson)
  const planned: PlannedRow[] = []
  for (const [done, row] of rowNames.entries()) {
    yield* progress.show({ done, total: rowNames.length, label: row })
    planned.push(yield* planRow(row, request, limits))
  }
  yield* progress.clear
  yield* screen.print(
    asJson ? JSON.stringify({ rows: planned.map((each) => rowPlanData(each)) }, null, 2) : renderRowTable(planned),
  )
})

/** Batches to estimate where none is named. */
const estimatedBatches = [1, 4, 16]

const expected = Effect.fnUntraced(function* (
  row: ClipRow,
  request: Omit<RowRequest, "batch">,
  adapter: KnownAdapter,
  batches: readonly number[],
  shown: { readonly by: "family" | "kernel"; readonly json: boolean },
) {
  const screen = yield* Screen
  const progress = yield* progressLine(shown.json)
  const estimates = yield* estimateRow(row, request, adapter, batches, (done, total, label) =>
    progress.show({ done, total, label }),
  )
  yield* progress.clear
  const title = `${row} with ${request.prior} on ${adapter}`
  yield* screen.print(
    shown.json
      ? JSON.stringify({ row, prior: request.prior, adapter, estimates }, null, 2)
      : (shown.by === "kernel" ? renderKernels : renderEstimates)(title, estimates),
  )
})

/** `diva plan`: what a full-size training step takes, without running it. */
export const plan = Command.make(
  "plan",
  flags,
  Effect.fn("plan")(function* ({
    row,
    prior,
    batch,
    adapter,
    f16Frozen,
    memoryBudget,
    portable,
    steps,
    by,
    json: asJson,
  }) {
    const given = Option.isSome(memoryBudget) ? { memoryBudget: memoryBudget.value } : {}
    if (Option.isSome(adapter)) {
      const planned = Option.getOrElse(row, () => "openai-l14-224" as const)
      const batches = Option.isSome(batch) ? [batch.value] : estimatedBatches
      return yield* expected(planned, { prior, f16Frozen, ...given }, adapter.value, batches, { by, json: asJson })
    }
    const limits = portable ? defaultLimits : yield* planLimits
    const request = { prior, batch: Option.getOrElse(batch, () => 1), f16Frozen, ...given }
    yield* Option.isSome(row) ? one(row.value, request, limits, { steps, json: asJson }) : all(request, limits, asJson)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Plan one full-size micro-step (both noise draws, forward and backward) of the published models: parameters, arithmetic, " +
      "predicted peak memory, dispatches and distinct kernels for this machine's adapter, or WebGPU's default limits where " +
      "there is none. Needs no weights and computes nothing.",
  ),
  Command.withShortDescription("See what a full-size training step takes"),
  Command.withExamples([
    { command: "diva plan", description: "All eight rows" },
    {
      command: "diva plan --row openai-l14-224 --f16-frozen",
      description: "One row, its parts, frozen weights halved",
    },
    {
      command: "diva plan --row openai-l14-224 --memory-budget 7GiB",
      description: "How a step is computed within 7 GiB, and what it then costs",
    },
    { command: "diva plan --row dfn-h14-378 --batch 2 --steps", description: "Every dispatch of a step" },
    {
      command: "diva plan --adapter nvidia-h200",
      description: "What a step is expected to take on a card this machine lacks, by family, precision and batch",
    },
    {
      command: "diva plan --adapter nvidia-h200 --batch 1 --by kernel",
      description: "Where its dispatches and milliseconds go, kernel by kernel",
    },
  ]),
)
