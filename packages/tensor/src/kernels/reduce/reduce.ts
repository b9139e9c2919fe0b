import { heldBy, type Held } from "../emit/combine.ts"
import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { wgslType } from "../../codegen/element.ts"
import { quadType } from "../../codegen/quads.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Attributes, Op } from "../../op/op.ts"
import type { Group } from "../dispatch/group.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import type { Site } from "../way/way.ts"
import { lines, range } from "../emit/operand.ts"
import { acrossComponents, foldLoop, neutralFunction } from "./reduceLoop.ts"
import { foldOperand, type FoldOperand } from "./reduceOperand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { bindGroup } from "../dispatch/bindGroup.ts"

const workgroupSize = 64

export const heldIn = ({ anchor }: Group): Held => {
  const { lowering, name } = anchor!.op as unknown as Op<Attributes>
  if (lowering.kind !== "reduce") throw new Error(`${name} is no reduction`)
  return heldBy(lowering.combine, anchor!.dtype)
}

export const typeOf = ({ dtype }: Held, { along }: FoldOperand): string =>
  along === "element" ? wgslType(dtype) : quadType(dtype)

/** Positions of one iteration: several short loads keep a core busy, long expressions do by themselves. */
const unrollFor = ({ work, length }: FoldOperand): number => (work > 32 || length < 16 ? 1 : work > 12 ? 2 : 4)

export const foldOf = (
  group: Group,
  operand: FoldOperand,
  { first, step, end }: { readonly first: Wgsl; readonly step: Wgsl; readonly end: Wgsl },
): string => {
  const held = heldIn(group)
  return foldLoop({
    combine: held.combine,
    type: typeOf(held, operand),
    first,
    step,
    end,
    unroll: unrollFor(operand),
    value: (r) => held.hold(wgsl`operand(o, ${r})`, operand.along === "element" ? 1 : 4),
  })
}

export const startOf = (group: Group, operand: FoldOperand): string =>
  neutralFunction(heldIn(group), typeOf(heldIn(group), operand))

/** The outputs of an invocation with their values, once `acc` holds the fold. */
export const results = (group: Group, { along }: FoldOperand): readonly (readonly [output: Wgsl, value: Wgsl])[] => {
  const { combine, give } = heldIn(group)
  if (along === "outputs") return range(4).map((k) => [wgsl`o * 4u + ${k}u`, give(wgsl`acc.${"xyzw"[k]!}`)] as const)
  return [[wgsl`o`, give(along === "fold" ? acrossComponents(combine, wgsl`acc`) : wgsl`acc`)]]
}

export const withVectors = (entries: Kernel["bindings"], { vectors }: FoldOperand): Kernel["bindings"] =>
  entries.map(({ buffer, binding }) => ({
    buffer,
    binding: vectors.has(buffer as Tensor) ? { ...binding, vector: true } : binding,
  }))

const serial = ({ group, bindings }: Site): Kernel => {
  const finish = finishFunction(group, bindings)
  const operand = foldOperand(group, bindings, finish.code)
  return assembleKernel({
    label: labelOf(group),
    family: "reduce",
    bindings: withVectors(bindings.entries, operand),
    params: { size: operand.outputs, length: operand.length },
    functions: new Set([...operand.functions, ...finish.functions, ...heldIn(group).functions]),
    code: lines(startOf(group, operand), operand.code, finish.code),
    elements: operand.outputs * operand.length,
    workgroupSize,
    main: lines(
      statement`let o = group * ${workgroupSize}u + lane;`,
      "if (o >= params.size) { return; }",
      foldOf(group, operand, { first: wgsl`0u`, step: wgsl`1u`, end: wgsl`params.length` }),
      ...results(group, operand).map(
        ([output, value]) => statement`store_out(${output}, finish(${output}, ${value}));`,
      ),
    ),
    workgroups: Math.ceil(operand.outputs / workgroupSize),
    choice: { strategy: "serial", along: operand.along },
  })
}

// The bindings that a part of the group's code reads, and those it writes.
export const usedEntries = (entries: Kernel["bindings"], code: string, keepsOutput: boolean): Kernel["bindings"] =>
  entries.filter(({ binding }) =>
    binding.access === "read" ? new RegExp(`load4?_${binding.name}\\(`).test(code) : keepsOutput,
  )

/** Invocations that walk a stretch of the fold together: what they read at a time lies side by side. */
const together = 8

const partialKernel = ({ group, bindings: all, facts }: Site, scratch: Scratch, parts: number): Kernel => {
  const operand = foldOperand(group, all, "")
  const partial = { buffer: scratch, binding: bindingFor(scratch, "partial", "write", facts) }
  const invocations = operand.outputs * parts
  const stretch = Math.ceil(operand.length / (parts / together))
  return assembleKernel({
    label: `${group.anchor!.op.name} (parts)`,
    family: "reduce",
    bindings: [...withVectors(usedEntries(all.entries, operand.code, false), operand), partial],
    params: { size: invocations, length: operand.length, parts, stretch },
    functions: new Set([...operand.functions, ...heldIn(group).functions]),
    code: lines(startOf(group, operand), operand.code),
    elements: operand.outputs * operand.length,
    workgroupSize,
    main: lines(
      statement`let i = group * ${workgroupSize}u + lane;`,
      "if (i >= params.size) { return; }",
      "let o = i / params.parts;",
      "let part = i % params.parts;",
      statement`let start = part / ${together}u * params.stretch;`,
      "let end = min(start + params.stretch, params.length);",
      foldOf(group, operand, { first: wgsl`start + part % ${together}u`, step: wgsl`${together}u`, end: wgsl`end` }),
      ...results(group, operand).map(
        ([output, value]) => statement`store_partial(${output} * params.parts + part, ${value});`,
      ),
    ),
    workgroups: Math.ceil(invocations / workgroupSize),
    choice: { strategy: "split", parts, along: operand.along },
  })
}

const joinKernel = ({ group, bindings, facts }: Site, scratch: Scratch, parts: number): Kernel => {
  const finish = finishFunction(group, bindings)
  const partial = { buffer: scratch, binding: bindingFor(scratch, "partial", "read", facts) }
  const size = sizeOf(group.root.shape)
  const held = heldIn(group)
  const type = wgslType(held.dtype)
  return assembleKernel({
    label: labelOf(group),
    family: "reduce",
    bindings: [...usedEntries(bindings.entries, finish.code, true), partial],
    params: { size, parts },
    functions: new Set([...finish.functions, ...held.functions]),
    code: lines(neutralFunction(held, type), finish.code),
    elements: size,
    workgroupSize,
    main: statement`let o = group * ${workgroupSize}u + lane;
if (o >= params.size) { return; }
${foldLoop({
  combine: held.combine,
  type,
  first: wgsl`0u`,
  step: wgsl`1u`,
  end: wgsl`params.parts`,
  unroll: 1,
  value: (r) => held.hold(wgsl`load_partial(o * params.parts + ${r})`, 1),
})}
store_out(o, finish(o, ${held.give(wgsl`acc`)}));`,
    workgroups: Math.ceil(size / workgroupSize),
    choice: { strategy: "split", parts },
  })
}

/** How many invocations share one fold: enough to fill the adapter, each with at least 32 elements. */
export const partsFor = (outputs: number, length: number): number => {
  if (outputs >= 1024 || length < 512) return 1
  const parts = Math.min(1024, Math.floor(4096 / outputs), Math.floor(length / 32))
  return parts < together ? 1 : parts - (parts % together)
}

/** A fold with its prologue and tail: one invocation per output, or several that share it and a second kernel that joins. */
export const reduceKernels = (site: Site): readonly Kernel[] => {
  const reduce = site.group.anchor!
  const size = sizeOf(reduce.shape)
  const parts = partsFor(size, sizeOf(reduce.inputs[0]!.shape) / size)
  if (parts === 1) return [serial(site)]
  const scratch: Scratch = { scratch: 0, dtype: reduce.dtype, size: size * parts }
  return [
    partialKernel({ ...site, bindings: bindGroup(site.group, site.facts, null) }, scratch, parts),
    joinKernel(site, scratch, parts),
  ]
}
