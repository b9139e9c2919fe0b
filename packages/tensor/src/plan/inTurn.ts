import { inTurnText } from "../codegen/inTurnText.ts"
import { piecesOf, type ShaderPieces } from "../codegen/togetherText.ts"
import { gridOf, launchWords, type ImageItems } from "../kernels/dispatch/kernel.ts"
import { busyInvocations } from "../kernels/rows/rowSeconds.ts"
import { sizeOf } from "../shape/shape.ts"
import type { Launching } from "./joinSteps.ts"
import type { PlanStep, PlanValue } from "./plan.ts"

/** A step with its shader in pieces. */
interface Piece {
  readonly step: PlanStep
  readonly pieces: ShaderPieces
}

const pieceOf = (step: PlanStep): Piece | null => {
  const pieces = piecesOf(step.wgsl)
  return pieces === null || step.textures.length > 0 || step.bindings.some(({ windows }) => windows !== 1)
    ? null
    : { step, pieces }
}

const workgroupsOf = ({ grid }: PlanStep): number => grid[0] * grid[1]

const paramOf = ({ step, pieces }: Piece, name: string): number | undefined => step.params[pieces.params.indexOf(name)]

/** Where the first step stores what the second reads, if each workgroup of it stores a row, of whole channels of one image. */
const storedAt = (
  first: Piece,
  { images, channels }: ImageItems,
  read: number,
  values: readonly PlanValue[],
): number => {
  const { step } = first
  const rows = workgroupsOf(step)
  const isByRows =
    step.family === "rows" &&
    step.choice["way"] === "workgroup" &&
    step.choice["rows"] === 1 &&
    rows * (paramOf(first, "length") ?? 0) === sizeOf(values[read]!.spec.shape) &&
    rows % images === 0 &&
    channels % (rows / images) === 0
  return isByRows ? step.bindings.findIndex(({ value, access }) => value === read && access !== "read") : -1
}

/** Whether a row's few invocations take less longer for the second step's bytes than a launch does. */
const pays = ({ step, pieces }: Piece, second: PlanStep, { model }: Launching): boolean => {
  const times = Math.max(1, (model.cores * busyInvocations) / (workgroupsOf(step) * pieces.workgroupSize))
  return (times - 1) * (second.expectedSeconds - model.dispatch) <= model.dispatch
}

// What lies in vectors for the first is read element by element by the second.
const readingVectors = (pieces: ShaderPieces, name: string): ShaderPieces => ({
  ...pieces,
  body: pieces.body.replaceAll(`${name}[i]`, `${name}[i / 4u][i % 4u]`),
})

const joined = (first: Piece, second: Piece, at: number, items: ImageItems): PlanStep => {
  const [a, b] = [first.step, second.step]
  const declared = first.pieces.bindings.map(({ access, type }) => ({ access, type }))
  const [source, target] = second.pieces.bindings as [
    ShaderPieces["bindings"][number],
    ShaderPieces["bindings"][number],
  ]
  const isVector = declared[at]!.type !== source.type
  const then = isVector ? readingVectors(second.pieces, source.name) : second.pieces
  const rows = workgroupsOf(a) / items.images
  const abreast = items.channels / rows
  const bindings = [
    ...a.bindings.map((binding, i) => (i === at ? { ...binding, access: "update" as const } : binding)),
    b.bindings[1]!,
  ]
  return {
    ...a,
    label: `${a.label}, ${b.label}`,
    wgsl: inTurnText(
      [
        { pieces: first.pieces, slots: declared.map((_, i) => i) },
        { pieces: then, slots: [at, declared.length] },
      ],
      [...declared, { access: target.access, type: target.type }],
    ),
    bindings,
    params: [abreast * items.each, rows, abreast, items.images, items.each, ...a.params, ...b.params],
    flops: a.flops + b.flops,
    bytes: a.bytes + b.bytes,
  }
}

/** Both steps as one, where the second computes from what each workgroup of the first has stored itself; null where they stay apart. */
const together = (
  first: PlanStep,
  second: PlanStep,
  values: readonly PlanValue[],
  launching: Launching,
): PlanStep | null => {
  const [a, b] = [pieceOf(first), pieceOf(second)]
  const { items, bindings, params } = second
  if (a === null || b === null || items === undefined || bindings.length !== 2) return null
  const at = storedAt(a, items, bindings[0]!.value, values)
  const fits =
    at >= 0 &&
    first.bindings.length < launching.facts.storageBuffers &&
    first.params.length + params.length + 5 <= launchWords &&
    pays(a, second, launching)
  if (!fits) return null
  const seconds = first.expectedSeconds + second.expectedSeconds - launching.model.dispatch
  return {
    ...joined(a, b, at, items),
    expectedSeconds: seconds,
    grid: gridOf(workgroupsOf(first), launching.facts.workgroupsPerAxis),
  }
}

/**
 * The same steps in which a norm goes on with what a convolution would do first with its result, tile by tile of each channel: the workgroup
 * that has stored a channel transforms it. On GPUs, where that is a launch less and the channel still in the core's cache.
 */
export const inTurn = (
  steps: readonly PlanStep[],
  values: readonly PlanValue[],
  launching: Launching,
): readonly PlanStep[] => {
  const kept: (PlanStep | null)[] = [...steps]
  const writers = new Map<number, number>()
  for (const [at, step] of steps.entries()) {
    const writer = step.items === undefined ? undefined : writers.get(step.bindings[0]!.value)
    const whole = writer === undefined ? null : together(kept[writer]!, step, values, launching)
    if (whole !== null) {
      kept[writer!] = whole
      kept[at] = null
      for (const { value } of step.bindings.slice(1)) writers.set(value, writer!)
    } else for (const { value, access } of step.bindings) if (access !== "read") writers.set(value, at)
  }
  return kept.filter((step) => step !== null)
}
