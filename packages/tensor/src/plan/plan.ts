import { storageBytes } from "../codegen/element.ts"
import { describedAt, type Tensor } from "../graph.ts"
import { gridOf, isScratch, type Buffer, type Kernel, type KernelLimits } from "../kernels/kernel.ts"
import { kernelsFor } from "../kernels/family.ts"
import type { Attributes, Op } from "../op.ts"
import { showSpec, sizeOf, type Spec } from "../shape.ts"
import { matchDonations, mayOverwrite, sinkUpdates, type NamedOutput } from "./donation.ts"
import { fuse, isSource, type Fusion, type Group } from "./fusion.ts"
import { assignSlots, type Lifetime } from "./liveness.ts"
import { assignTextureSlots, textureBytes, type StagedTexture, type TextureExtent } from "./textureSlots.ts"
import { normalise } from "./normalise.ts"
import { fuseRows } from "./rowFusion.ts"

/** Where the memory of a value comes from. */
export type Storage =
  | { readonly kind: "input"; readonly path: string }
  | { readonly kind: "constant" }
  | { readonly kind: "output"; readonly path: string }
  | { readonly kind: "slot"; readonly slot: number }
  | { readonly kind: "donated"; readonly input: number }

export interface PlanValue {
  readonly id: number
  readonly spec: Spec
  readonly bytes: number
  readonly storage: Storage
  /** The numbers of a constant. */
  readonly data?: ArrayBufferView
}

/** A tensor staged in a texture; textures whose lifetimes do not overlap share a slot. */
export interface PlanTexture extends TextureExtent {
  readonly value: number
  readonly slot: number
}

/** One dispatch of a plan. */
export interface PlanStep {
  readonly label: string
  readonly family: string
  /** Which fusion group it computes, alone or with its neighbours of the same number. */
  readonly group: number
  readonly wgsl: string
  readonly bindings: readonly {
    readonly value: number
    readonly windows: number
    readonly windowElements: number
    readonly access: "read" | "write" | "update"
  }[]
  /** Textures the step reads, by position in the plan's list. */
  readonly textures: readonly number[]
  /** Which of them hold packed f16. */
  readonly packed: readonly boolean[]
  /** Copies from buffers into textures that come before the dispatch. */
  readonly stages: readonly { readonly from: number; readonly texture: number }[]
  readonly params: readonly number[]
  readonly grid: readonly [number, number]
  readonly choice: Kernel["choice"]
  readonly flops: number
  /** Bytes the step must read and write at least. */
  readonly bytes: number
  /** Where the result was described in the user's program. */
  readonly at: string
}

/** What a program will do, as data: known before the first dispatch. */
export interface Plan {
  readonly name: string
  readonly values: readonly PlanValue[]
  readonly steps: readonly PlanStep[]
  /** Copies after the last step: outputs that are inputs, or donations that could not be written in place. */
  readonly copies: readonly { readonly from: number; readonly to: number }[]
  readonly inputs: readonly { readonly path: string; readonly value: number; readonly donated: boolean }[]
  readonly outputs: readonly { readonly path: string; readonly value: number; readonly spec: Spec }[]
  readonly slotBytes: readonly number[]
  readonly textures: readonly PlanTexture[]
  readonly textureSlots: readonly TextureExtent[]
  readonly notes: readonly string[]
  readonly flops: number
  /** Predicted bytes of device buffers while the program runs. */
  readonly peakBytes: number
}

export interface Program {
  readonly name: string
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly NamedOutput[]
  /** Paths of the inputs whose buffers outputs may take over. */
  readonly donated: ReadonlySet<string>
}

const pathOf = (input: Tensor): string => input.attributes["path"] as string

const groupFlops = ({ inside }: Group): number =>
  inside.reduce((sum, tensor) => {
    const op = tensor.op as unknown as Op<Attributes>
    const flops = op.flops(tensor.inputs, tensor, tensor.attributes)
    return (
      sum + (op.lowering.kind === "pointwise" || op.lowering.kind === "inline" ? flops * sizeOf(tensor.shape) : flops)
    )
  }, 0)

const bytesOf = (spec: Spec): number => storageBytes(spec.dtype, sizeOf(spec.shape))

/** A reshaped output is its source's buffer under another shape. */
const unshaped = (tensor: Tensor): Tensor =>
  tensor.op.name === "reshape" && !isSource(tensor.inputs[0]!) ? unshaped(tensor.inputs[0]!) : tensor

interface Layout {
  readonly groups: readonly Group[]
  /** Donated input that each root overwrites. */
  readonly inPlace: ReadonlyMap<Tensor, Tensor>
  readonly matches: ReadonlyMap<number, Tensor>
}

const layOut = (program: Program, roots: readonly Tensor[], fused: readonly Group[]): Layout => {
  const inputs = program.inputs.filter((input) => program.donated.has(pathOf(input)))
  const outputs = program.outputs.map(({ path, tensor }, i) => ({ path, tensor: { ...tensor, id: roots[i]!.id } }))
  const matches = matchDonations(outputs, inputs)
  const updated = new Set([...matches.keys()].map((position) => roots[position]!))
  const groups = sinkUpdates(fused, updated)
  const inPlace = new Map<Tensor, Tensor>()
  for (const [position, input] of matches) {
    const at = groups.findIndex(({ root }) => root === roots[position])
    const free = !roots.includes(input) && !inPlace.has(roots[position]!) && ![...inPlace.values()].includes(input)
    if (at >= 0 && free && mayOverwrite(groups, at, input)) inPlace.set(roots[position]!, input)
  }
  return { groups, inPlace, matches }
}

interface Builder {
  readonly values: PlanValue[]
  readonly ids: Map<Tensor, number>
  readonly lifetimes: Map<number, Lifetime>
  readonly textures: StagedTexture[]
}

const addValue = (builder: Builder, spec: Spec, storage: Storage, data?: ArrayBufferView): number => {
  const id = builder.values.length
  builder.values.push({
    id,
    spec: { shape: spec.shape, dtype: spec.dtype },
    bytes: bytesOf(spec),
    storage,
    ...(data === undefined ? {} : { data }),
  })
  return id
}

const touch = (builder: Builder, id: number, step: number): void => {
  const held = builder.lifetimes.get(id)
  builder.lifetimes.set(id, { id, bytes: builder.values[id]!.bytes, first: held?.first ?? step, last: step })
}

const stepOf = (
  kernel: Kernel,
  group: Group,
  ids: readonly number[],
  values: readonly PlanValue[],
  limits: KernelLimits,
  flops: number,
  staging: Pick<PlanStep, "textures" | "packed" | "stages">,
  stagedBytes: number,
): Omit<PlanStep, "group"> => ({
  ...staging,
  label: kernel.label,
  family: kernel.family,
  wgsl: kernel.wgsl,
  bindings: kernel.bindings.map(({ binding: { windows, windowElements, access } }, i) => ({
    value: ids[i]!,
    windows,
    windowElements,
    access,
  })),
  params: kernel.params,
  grid: gridOf(kernel.workgroups, limits.workgroupsPerAxis),
  choice: kernel.choice,
  flops,
  bytes: ids.reduce(
    (sum, id, i) => sum + values[id]!.bytes * (kernel.bindings[i]!.binding.access === "update" ? 2 : 1),
    stagedBytes,
  ),
  at: describedAt(group.root),
})

/** Steps for which a staged tensor that nobody reads is kept; copying again is cheaper than holding memory longer. */
const stagedSteps = 32

// A tensor is staged before its first reader and stays for those that follow soon.
const stageOperands = (
  builder: Builder,
  kernel: Kernel,
  step: number,
  idOf: (buffer: Buffer) => number,
): Pick<PlanStep, "textures" | "packed" | "stages"> => {
  const stages: { from: number; texture: number }[] = []
  const textures = kernel.textures.map(({ staged, packed = false, width, height }) => {
    const from = idOf(staged)
    const held = builder.textures.findLastIndex(
      (texture) => texture.value === from && texture.width === width && step - texture.last <= stagedSteps,
    )
    if (held >= 0) {
      builder.textures[held] = { ...builder.textures[held]!, last: step }
      return held
    }
    builder.textures.push({ value: from, packed, width, height, first: step, last: step })
    stages.push({ from, texture: builder.textures.length - 1 })
    return builder.textures.length - 1
  })
  return { textures, packed: kernel.textures.map(({ packed }) => packed === true), stages }
}

const addGroup = (
  builder: Builder,
  group: Group,
  layout: Layout,
  limits: KernelLimits,
  steps: PlanStep[],
  outputs: ReadonlyMap<Tensor, string>,
): void => {
  const inPlace = layout.inPlace.get(group.root) ?? null
  const kernels = kernelsFor(group, limits, inPlace)
  for (const output of group.outputs) {
    const path = outputs.get(output)
    const storage: Storage =
      inPlace !== null
        ? { kind: "donated", input: builder.ids.get(inPlace)! }
        : path !== undefined
          ? { kind: "output", path }
          : { kind: "slot", slot: -1 }
    builder.ids.set(output, addValue(builder, output, storage))
  }
  const scratches = new Map<number, number>()
  const number = (steps.at(-1)?.group ?? -1) + 1
  const idOf = (buffer: Buffer): number => {
    if (!isScratch(buffer)) return builder.ids.get(buffer)!
    if (!scratches.has(buffer.scratch))
      scratches.set(
        buffer.scratch,
        addValue(builder, { shape: [buffer.size], dtype: buffer.dtype }, { kind: "slot", slot: -1 }),
      )
    return scratches.get(buffer.scratch)!
  }
  for (const [i, kernel] of kernels.entries()) {
    const ids = kernel.bindings.map(({ buffer }) => idOf(buffer))
    for (const id of ids) touch(builder, id, steps.length)
    const staging = stageOperands(builder, kernel, steps.length, idOf)
    for (const { from } of staging.stages) touch(builder, from, steps.length)
    const flops = i === 0 ? groupFlops(group) : 0
    const stagedBytes = kernel.textures.reduce((sum, { staged }) => sum + builder.values[idOf(staged)]!.bytes, 0)
    const step = stepOf(kernel, group, ids, builder.values, limits, flops, staging, stagedBytes)
    steps.push({ ...step, group: number })
  }
}

const sourceValue = (builder: Builder, tensor: Tensor): void => {
  if (builder.ids.has(tensor)) return
  builder.ids.set(tensor, addValue(builder, tensor, { kind: "constant" }, tensor.attributes["data"] as ArrayBufferView))
}

const withSlots = (
  builder: Builder,
): { readonly values: readonly PlanValue[]; readonly slotBytes: readonly number[] } => {
  const temporary = [...builder.lifetimes.values()].filter(({ id }) => builder.values[id]!.storage.kind === "slot")
  const { slotOf, slotBytes } = assignSlots(temporary)
  const values = builder.values.map((value) =>
    value.storage.kind === "slot"
      ? { ...value, storage: { kind: "slot" as const, slot: slotOf.get(value.id) ?? 0 } }
      : value,
  )
  return { values, slotBytes }
}

interface Finish {
  readonly outputs: Plan["outputs"]
  readonly copies: Plan["copies"]
}

// Each output has a buffer of its own: one that is an input, a constant, a second name of another output, or a donation
// that could not be written in place is filled by a copy at the end.
const finishOutputs = (builder: Builder, program: Program, roots: readonly Tensor[], layout: Layout): Finish => {
  const outputs: { path: string; value: number; spec: Spec }[] = []
  const copies: { from: number; to: number }[] = []
  const given = new Set<number>()
  for (const [position, { path, tensor }] of program.outputs.entries()) {
    const root = roots[position]!
    const from = builder.ids.get(root) ?? -1
    const donated = layout.matches.get(position)
    const passesThrough = donated !== undefined && donated === root
    const own =
      from >= 0 &&
      !given.has(from) &&
      builder.values[from]!.storage.kind !== "input" &&
      builder.values[from]!.storage.kind !== "constant"
    const target = donated === undefined || layout.inPlace.has(root) ? null : builder.ids.get(donated)!
    let value = from
    if (passesThrough) value = addValue(builder, tensor, { kind: "donated", input: from })
    else if (target !== null && !layout.inPlace.has(root))
      value = addValue(builder, tensor, { kind: "donated", input: target })
    else if (!own) value = addValue(builder, tensor, { kind: "output", path })
    if (value !== from && from >= 0 && !passesThrough) copies.push({ from, to: value })
    given.add(value)
    outputs.push({ path, value, spec: { shape: tensor.shape, dtype: tensor.dtype } })
  }
  return { outputs, copies }
}

// An output that a donation's final copy replaces needs no buffer of its own beyond the program's end.
const outputPaths = (program: Program, roots: readonly Tensor[], layout: Layout): ReadonlyMap<Tensor, string> => {
  const paths = new Map<Tensor, string>()
  for (const [position, { path }] of program.outputs.entries())
    if (!layout.matches.has(position) && !paths.has(roots[position]!)) paths.set(roots[position]!, path)
  return paths
}

const notesOf = (fusion: Fusion): readonly string[] =>
  [...fusion.reasons]
    .filter(([, reason]) => reason !== "output")
    .map(([tensor, reason]) => `${tensor.op.name} ${showSpec(tensor)} is stored: ${reason}`)

const paramBytes = (steps: readonly PlanStep[]): number => steps.length * 256

/** A program after merging equal nodes, cut into the groups that become kernels. */
export interface FusedProgram extends Fusion {
  /** The tensors that the program's outputs are, in order. */
  readonly roots: readonly Tensor[]
}

export const fuseProgram = (outputs: readonly Tensor[], limits: KernelLimits): FusedProgram => {
  const roots = normalise(outputs.map(unshaped))
  const { groups, reasons } = fuse(roots, limits)
  return { roots, groups: fuseRows(groups, new Set(roots), limits), reasons }
}

/** Plans a program: merges equal nodes, fuses, chooses kernels, and gives each value memory. Pure: needs limits, not a device. */
export const planProgram = (program: Program, limits: KernelLimits): Plan => {
  const fusion = fuseProgram(
    program.outputs.map(({ tensor }) => tensor),
    limits,
  )
  const { roots, groups } = fusion
  const layout = layOut(program, roots, groups)
  const builder: Builder = { values: [], ids: new Map(), lifetimes: new Map(), textures: [] }
  for (const input of program.inputs)
    builder.ids.set(input, addValue(builder, input, { kind: "input", path: pathOf(input) }))
  for (const tensor of [...layout.groups.flatMap(({ reads }) => reads), ...roots])
    if (tensor.op.name === "constant") sourceValue(builder, tensor)
  const steps: PlanStep[] = []
  const paths = outputPaths(program, roots, layout)
  for (const group of layout.groups) addGroup(builder, group, layout, limits, steps, paths)
  const { outputs, copies } = finishOutputs(builder, program, roots, layout)
  for (const { from } of copies) touch(builder, from, steps.length)
  const { values, slotBytes } = withSlots(builder)
  const { slotOf, slots } = assignTextureSlots(builder.textures)
  const owned = values
    .filter(({ storage }) => storage.kind !== "slot" && storage.kind !== "donated")
    .reduce((sum, { bytes }) => sum + bytes, 0)
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
    peakBytes: owned + slotBytes.reduce((sum, bytes) => sum + bytes, 0) + paramBytes(steps) + textureBytes(slots),
  }
}
