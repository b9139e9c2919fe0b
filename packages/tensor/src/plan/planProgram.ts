import type { Tensor } from "../graph.ts"
import { paramBytes } from "../kernels/dispatch/kernel.ts"
import { showSpec } from "../shape.ts"
import { addGroup, addValue, sourceValue, touch, withSlots, type Builder } from "./builder.ts"
import { fuse, isSource, type Fusion } from "./fusion.ts"
import { rememberedKernels } from "./kernelMemo.ts"
import { layOut, pathOf } from "./layout.ts"
import { withMagnitudes } from "./magnitudes.ts"
import { normalise } from "./normalise.ts"
import { finishOutputs, outputPaths } from "./outputs.ts"
import { peakBytes, peaksOf, type Plan, type PlanStep, type Program } from "./plan.ts"
import type { Planning } from "./planning.ts"
import { keepPeaks } from "./keepPeaks.ts"
import { fuseRows } from "./rowFusion.ts"
import { assignTextureSlots, textureBytes } from "./textureSlots.ts"

/** A reshaped output is its source's buffer under another shape. */
const unshaped = (tensor: Tensor): Tensor =>
  tensor.op.name === "reshape" && !isSource(tensor.inputs[0]!) ? unshaped(tensor.inputs[0]!) : tensor

const notesOf = (fusion: Fusion): readonly string[] =>
  [...fusion.reasons]
    .filter(([, reason]) => reason !== "output")
    .map(([tensor, reason]) => `${tensor.op.name} ${showSpec(tensor)} is stored: ${reason}`)

const allParamBytes = (steps: readonly PlanStep[]): number =>
  steps.reduce((sum, { params }) => sum + paramBytes(params.length), 0)

/** A program after merging equal nodes, cut into the groups that become kernels. */
export interface FusedProgram extends Fusion {
  /** The tensors that the program's outputs are, in order. */
  readonly roots: readonly Tensor[]
}

export const fuseProgram = (outputs: readonly Tensor[], planning: Planning): FusedProgram => {
  const roots = withMagnitudes(normalise(outputs.map(unshaped)), planning)
  const { groups, reasons } = fuse(roots, planning)
  const whole = fuseRows(groups, new Set(roots), planning.facts)
  return { roots, groups: keepPeaks(whole, planning.facts, () => false), reasons }
}

/** Plans a program: merges equal nodes, fuses, chooses kernels, and gives each value memory. Pure: needs facts, not a device. */
export const planProgram = (program: Program, planning: Planning): Plan => {
  const fusion = fuseProgram(
    program.outputs.map(({ tensor }) => tensor),
    planning,
  )
  const { roots, groups } = fusion
  const layout = layOut(program, roots, groups)
  const builder: Builder = {
    values: [],
    ids: new Map(),
    lifetimes: new Map(),
    textures: [],
    kernelsFor: rememberedKernels(planning),
  }
  for (const input of program.inputs)
    builder.ids.set(input, addValue(builder, input, { kind: "input", path: pathOf(input) }))
  for (const tensor of [...layout.groups.flatMap(({ reads }) => reads), ...roots])
    if (tensor.op.name === "constant") sourceValue(builder, tensor)
  const steps: PlanStep[] = []
  const paths = outputPaths(program, roots, layout)
  for (const group of layout.groups) addGroup(builder, group, layout, planning.facts, steps, paths)
  const { outputs, copies } = finishOutputs(builder, program, roots, layout)
  for (const { from } of copies) touch(builder, from, steps.length)
  const { values, slotBytes } = withSlots(builder)
  const { slotOf, slots } = assignTextureSlots(builder.textures)
  const owned = values
    .filter(({ storage }) => !["slot", "donated", "peak"].includes(storage.kind))
    .reduce((sum, { bytes }) => sum + bytes, peakBytes * peaksOf({ values }))
  return {
    name: program.name,
    values,
    steps,
    copies,
    inputs: program.inputs.map((input) => ({
      path: pathOf(input),
      value: builder.ids.get(input)!,
      donated: program.donated.has(pathOf(input)),
    })),
    outputs,
    slotBytes,
    textures: builder.textures.map(({ first: _first, last: _last, ...texture }, i) => ({
      ...texture,
      slot: slotOf[i]!,
    })),
    textureSlots: slots,
    notes: notesOf(fusion),
    flops: steps.reduce((sum, { flops }) => sum + flops, 0),
    peakBytes: owned + slotBytes.reduce((sum, bytes) => sum + bytes, 0) + allParamBytes(steps) + textureBytes(slots),
  }
}
