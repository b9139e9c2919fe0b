import { wgslType } from "../codegen/element.ts"
import type { Tensor } from "../graph.ts"
import type { Attributes, Op } from "../op.ts"
import type { Group } from "../plan/fusion.ts"
import { sizeOf } from "../shape.ts"
import { assembleKernel } from "./assemble.ts"
import { bindingFor, type Kernel, type KernelLimits, type Scratch } from "./kernel.ts"
import { bindGroup, finishFunction, labelOf, operandFunction } from "./tail.ts"

type Combine = "sum" | "max" | "min"

const workgroupSize = 64

const combineText = (combine: Combine, held: string, value: string): string =>
  combine === "sum" ? `${held} + ${value}` : `${combine}(${held}, ${value})`

// Sums run in blocks, each added to the total when full: the rounding error then grows with the number of blocks and the
// block length, not with their product.
const foldLoop = (
  combine: Combine,
  type: string,
  first: string,
  step: string,
  end: string,
  value: (r: string) => string,
): string =>
  combine === "sum"
    ? `var acc = ${type}(0);
var r = ${first};
while (r < ${end}) {
  var part = ${type}(0);
  for (var k = 0u; k < 32u && r < ${end}; k++) { part += ${value("r")}; r += ${step}; }
  acc += part;
}`
    : `var acc = ${value(first)};
for (var r = ${first} + ${step}; r < ${end}; r += ${step}) { acc = ${combineText(combine, "acc", value("r"))}; }`

const combineOf = (tensor: Tensor): Combine => {
  const { lowering } = tensor.op as unknown as Op<Attributes>
  if (lowering.kind !== "reduce") throw new Error(`${tensor.op.name} is no reduction`)
  return lowering.combine
}

const serial = (group: Group, limits: KernelLimits, inPlace: Tensor | null): Kernel => {
  const bindings = bindGroup(group, limits, inPlace)
  const operand = operandFunction(group, bindings)
  const finish = finishFunction(group, bindings)
  const size = sizeOf(group.root.shape)
  const type = wgslType(group.anchor!.dtype)
  return assembleKernel({
    label: labelOf(group),
    family: "reduce",
    bindings: bindings.entries,
    params: { size, length: operand.size },
    functions: new Set([...operand.functions, ...finish.functions]),
    code: `${operand.code}\n${finish.code}`,
    elements: size * operand.size,
    workgroupSize,
    main: `let o = group * ${workgroupSize}u + lane;
if (o >= params.size) { return; }
${foldLoop(combineOf(group.anchor!), type, "0u", "1u", "params.length", (r) => `operand(o, ${r})`)}
store_out(o, finish(o, acc));`,
    workgroups: Math.ceil(size / workgroupSize),
    choice: { strategy: "serial" },
  })
}

// The bindings that a part of the group's code reads, and those it writes.
const usedEntries = (entries: Kernel["bindings"], code: string, keepsOutput: boolean): Kernel["bindings"] =>
  entries.filter(({ binding }) => (binding.access === "read" ? code.includes(`load_${binding.name}(`) : keepsOutput))

const partialKernel = (group: Group, limits: KernelLimits, scratch: Scratch, parts: number): Kernel => {
  const all = bindGroup(group, limits, null)
  const operand = operandFunction(group, all)
  const partial = { buffer: scratch, binding: bindingFor(scratch, "partial", "write", limits) }
  const type = wgslType(group.anchor!.dtype)
  return assembleKernel({
    label: `${group.anchor!.op.name} (parts)`,
    family: "reduce",
    bindings: [...usedEntries(all.entries, operand.code, false), partial],
    params: { size: scratch.size, length: operand.size, parts },
    functions: operand.functions,
    code: operand.code,
    elements: sizeOf(group.anchor!.shape) * operand.size,
    workgroupSize,
    main: `let i = group * ${workgroupSize}u + lane;
if (i >= params.size) { return; }
let o = i / params.parts;
let first = i % params.parts;
${foldLoop(combineOf(group.anchor!), type, "first", "params.parts", "params.length", (r) => `operand(o, ${r})`)}
store_partial(i, acc);`,
    workgroups: Math.ceil(scratch.size / workgroupSize),
    choice: { strategy: "split", parts },
  })
}

const joinKernel = (
  group: Group,
  limits: KernelLimits,
  scratch: Scratch,
  parts: number,
  inPlace: Tensor | null,
): Kernel => {
  const bindings = bindGroup(group, limits, inPlace)
  const finish = finishFunction(group, bindings)
  const partial = { buffer: scratch, binding: bindingFor(scratch, "partial", "read", limits) }
  const size = sizeOf(group.root.shape)
  const type = wgslType(group.anchor!.dtype)
  return assembleKernel({
    label: labelOf(group),
    family: "reduce",
    bindings: [...usedEntries(bindings.entries, finish.code, true), partial],
    params: { size, parts },
    functions: finish.functions,
    code: finish.code,
    elements: size,
    workgroupSize,
    main: `let o = group * ${workgroupSize}u + lane;
if (o >= params.size) { return; }
${foldLoop(combineOf(group.anchor!), type, "0u", "1u", "params.parts", (r) => `load_partial(o * params.parts + ${r})`)}
store_out(o, finish(o, acc));`,
    workgroups: Math.ceil(size / workgroupSize),
    choice: { strategy: "split", parts },
  })
}

/** How many invocations share one fold: enough to fill the adapter, each with at least 32 elements. */
export const partsFor = (outputs: number, length: number): number =>
  outputs >= 1024 || length < 256 ? 1 : Math.max(1, Math.min(1024, Math.floor(4096 / outputs), Math.floor(length / 32)))

/** A fold with its prologue and tail: one invocation per output, or several that share it and a second kernel that joins. */
export const reduceKernels = (group: Group, limits: KernelLimits, inPlace: Tensor | null): readonly Kernel[] => {
  const reduce = group.anchor!
  const size = sizeOf(reduce.shape)
  const parts = partsFor(size, sizeOf(reduce.inputs[0]!.shape) / size)
  if (parts === 1) return [serial(group, limits, inPlace)]
  const scratch: Scratch = { scratch: 0, dtype: reduce.dtype, size: size * parts }
  return [partialKernel(group, limits, scratch, parts), joinKernel(group, limits, scratch, parts, inPlace)]
}
