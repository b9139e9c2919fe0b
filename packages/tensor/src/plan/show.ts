import { showSpec } from "../shape/shape.ts"
import { showChoice } from "../text/choice.ts"
import { columns } from "../text/columns.ts"
import { shortPosition } from "../text/position.ts"
import { showBytes, showFlops } from "../text/quantity.ts"
import type { Plan, PlanStep, PlanValue } from "./plan.ts"

export interface ShowPlanOptions {
  /** Whether to say where each result was described. Default: yes. */
  readonly positions?: boolean
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)]

const inputLines = ({ inputs, values }: Plan): readonly string[] =>
  columns(
    inputs.map(({ path, value, donated, frozen }) => [
      path,
      showSpec(values[value]!.spec),
      showBytes(values[value]!.bytes),
      donated ? "donated: an output takes its buffer over" : frozen ? "frozen: the same in most runs" : "",
    ]),
    ["left", "left", "right", "left"],
  )

const storageWords = (plan: Plan, { storage }: PlanValue): string => {
  switch (storage.kind) {
    case "donated":
      return `in place of ${plan.inputs.find(({ value }) => value === storage.input)?.path ?? "an input"}`
    case "output":
      return "own buffer"
    default:
      return storage.kind
  }
}

const outputLines = (plan: Plan): readonly string[] =>
  columns(
    plan.outputs.map(({ path, value, spec }) => [
      path === "" ? "(result)" : path,
      showSpec(spec),
      showBytes(plan.values[value]!.bytes),
      storageWords(plan, plan.values[value]!) +
        (plan.copies.some(({ to }) => to === value) ? ", filled by a copy at the end" : ""),
    ]),
    ["left", "left", "right", "left"],
  )

const stagedWords = ({ stages, textures }: PlanStep): string =>
  textures.length === 0 ? "" : `${textures.length} textures, ${stages.length} staged`

const stepLines = ({ steps }: Plan, positions: boolean): readonly string[] =>
  columns(
    [
      ["#", "computes", "family", "FLOPs", "moves", "workgroups", "choice", ...(positions ? ["described at"] : [])],
      ...steps.map((step, i) => [
        String(i),
        step.label,
        step.family,
        step.flops === 0 ? "" : showFlops(step.flops),
        showBytes(step.bytes),
        step.grid[1] === 1 ? String(step.grid[0]) : step.grid.join("×"),
        [showChoice(step.choice), stagedWords(step)].filter((part) => part !== "").join("; "),
        ...(positions ? [shortPosition(step.at)] : []),
      ]),
    ],
    ["right", "left", "left", "right", "right", "right", "left", "left"],
  )

const bytesOf = ({ values }: Plan, kind: PlanValue["storage"]["kind"]): number =>
  values.filter(({ storage }) => storage.kind === kind).reduce((sum, { bytes }) => sum + bytes, 0)

const memoryLines = (plan: Plan): readonly string[] => {
  const slots = plan.slotBytes.reduce((sum, bytes) => sum + bytes, 0)
  const textures = plan.textureSlots.reduce((sum, { width, height }) => sum + width * height * 16, 0)
  const between = plan.values.filter(({ storage }) => storage.kind === "slot").length
  const rows = [
    ["inputs", showBytes(bytesOf(plan, "input")), ""],
    ["constants", showBytes(bytesOf(plan, "constant")), ""],
    ["outputs", showBytes(bytesOf(plan, "output")), ""],
    ...(bytesOf(plan, "prepared") === 0
      ? []
      : [["prepared", showBytes(bytesOf(plan, "prepared")), `${plan.preparation.length} dispatches, once`]]),
    ["between steps", showBytes(slots), `${between} values in ${plan.slotBytes.length} buffers`],
    ["textures", showBytes(textures), `${plan.textures.length} operands in ${plan.textureSlots.length} textures`],
    ["predicted peak", showBytes(plan.peakBytes), "parameters of kernels included"],
  ]
  return columns(rows, ["left", "right", "left"])
}

const counted = (lines: readonly string[]): readonly string[] => {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`))
}

const headline = ({ name, steps, flops }: Plan): string => {
  const moved = steps.reduce((sum, { bytes }) => sum + bytes, 0)
  const pipelines = new Set(steps.map(({ wgsl }) => wgsl)).size
  return `${name}: ${steps.length} dispatches of ${pipelines} pipelines, ${showFlops(flops)}, ${showBytes(moved)} moved`
}

/**
 * A plan for people: what it takes and gives, each dispatch with the ops fused into it, FLOPs, bytes and how it was chosen
 * to compute, where memory goes, and why a value that could have been fused has a buffer of its own.
 */
export const showPlan = (plan: Plan, { positions = true }: ShowPlanOptions = {}): string =>
  [
    headline(plan),
    ...section("takes", inputLines(plan)),
    ...section("gives", outputLines(plan)),
    ...section("steps", stepLines(plan, positions)),
    ...section("memory", memoryLines(plan)),
    ...section("not fused", counted(plan.notes)),
  ].join("\n")
