import { storageBytes } from "../codegen/element.ts"
import { describedAt } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { gridOf, isScratch, type Buffer, type Kernel } from "../kernels/dispatch/kernel.ts"
import type { KernelFacts } from "../adapter/kernelFacts.ts"
import { sizeOf, type Spec } from "../shape/shape.ts"
import { groupAlone, groupFlops, type Group } from "../kernels/dispatch/group.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import type { Layout } from "./layout.ts"
import { assignSlots, type Lifetime } from "./liveness.ts"
import type { PlanStep, PlanValue, Storage } from "./plan.ts"
import type { StagedTexture } from "./textureSlots.ts"

const bytesOf = (spec: Spec): number => storageBytes(spec.dtype, sizeOf(spec.shape))

/** A plan as it grows: values with their lifetimes, and textures. */
export interface Builder {
  readonly values: PlanValue[]
  readonly ids: Map<Tensor, number>
  readonly lifetimes: Map<number, Lifetime>
  readonly textures: StagedTexture[]
  readonly kernelsFor: (group: Group, inPlace: Tensor | null) => readonly Kernel[]
}

export const addValue = (builder: Builder, spec: Spec, storage: Storage, data?: ArrayBufferView): number => {
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

/** Extends the life of a value to `step`. */
export const touch = (builder: Builder, id: number, step: number): void => {
  const held = builder.lifetimes.get(id)
  builder.lifetimes.set(id, { id, bytes: builder.values[id]!.bytes, first: held?.first ?? step, last: step })
}

/** Bytes that a binding reads or writes: of what several kernels store, what is its own. */
const movedBytes = ({ buffer, binding }: Kernel["bindings"][number], { bytes }: PlanValue): number =>
  binding.placed !== undefined && !isScratch(buffer) ? bytesOf(buffer) : bytes * (binding.access === "update" ? 2 : 1)

const stepOf = (
  kernel: Kernel,
  group: Group,
  ids: readonly number[],
  values: readonly PlanValue[],
  limits: KernelFacts,
  flops: number,
  staging: Pick<PlanStep, "textures" | "packed" | "stages">,
  stagedBytes: number,
): Omit<PlanStep, "group"> => ({
  ...staging,
  label: kernel.label,
  family: kernel.family,
  wgsl: kernel.wgsl,
  bindings: kernel.bindings.map(({ binding: { windows, windowElements, access, asWritten, placed } }, i) => ({
    value: ids[i]!,
    windows,
    windowElements,
    access,
    ...(asWritten === true ? { asWritten } : {}),
    ...(placed === undefined ? {} : { isPart: true }),
  })),
  params: kernel.params,
  grid: gridOf(kernel.workgroups, limits.workgroupsPerAxis),
  choice: kernel.choice,
  flops,
  bytes: ids.reduce((sum, id, i) => sum + movedBytes(kernel.bindings[i]!, values[id]!), stagedBytes),
  expectedSeconds: kernel.expectedSeconds ?? 0,
  ...(kernel.items === undefined ? {} : { items: kernel.items }),
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

/** The kernels, and those for magnitudes which a family that binds its result itself has not kept. */
const withOwnPeaks = (builder: Builder, group: Group, kernels: readonly Kernel[]): readonly Kernel[] => {
  const bound = new Set(kernels.flatMap(({ bindings }) => bindings.map(({ buffer }) => buffer)))
  const missing = group.outputs.filter((output) => isMagnitude(output) && !bound.has(output))
  const measured = (peak: Tensor): readonly Tensor[] =>
    [...(group.peaks ?? [])].filter(([, kept]) => kept === peak).map(([stored]) => stored)
  return [
    ...kernels,
    ...missing.flatMap((peak) => builder.kernelsFor({ ...groupAlone(peak), reads: measured(peak) }, null)),
  ]
}

/** The dispatch that is expected to take longest, the first of like ones: the work of a group is counted there. */
const longestOf = (kernels: readonly Kernel[]): number => {
  const seconds = kernels.map(({ expectedSeconds = 0 }) => expectedSeconds)
  return seconds.indexOf(Math.max(...seconds))
}

/** Adds the dispatches of a group, and the values it stores. */
export const addGroup = (
  builder: Builder,
  group: Group,
  layout: Layout,
  limits: KernelFacts,
  steps: PlanStep[],
  outputs: ReadonlyMap<Tensor, string>,
): void => {
  const inPlace = layout.inPlace.get(group.root) ?? null
  const kernels = withOwnPeaks(builder, group, builder.kernelsFor(group, inPlace))
  for (const output of group.outputs) {
    const { placed } = group
    if (placed !== undefined && output === group.root) {
      if (!builder.ids.has(placed.whole))
        builder.ids.set(placed.whole, addValue(builder, placed.whole, { kind: "slot", slot: -1 }))
      builder.ids.set(output, builder.ids.get(placed.whole)!)
      continue
    }
    // Several that store parts of one tensor keep one magnitude of it.
    if (builder.ids.has(output)) continue
    const path = outputs.get(output)
    const storage: Storage = isMagnitude(output)
      ? { kind: "peak", at: builder.values.filter((value) => value.storage.kind === "peak").length }
      : inPlace !== null
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
  const longest = longestOf(kernels)
  for (const [i, kernel] of kernels.entries()) {
    const ids = kernel.bindings.map(({ buffer }) => idOf(buffer))
    for (const id of ids) touch(builder, id, steps.length)
    const staging = stageOperands(builder, kernel, steps.length, idOf)
    for (const { from } of staging.stages) touch(builder, from, steps.length)
    const flops = i === longest ? groupFlops(group) : 0
    const stagedBytes = kernel.textures.reduce((sum, { staged }) => sum + builder.values[idOf(staged)]!.bytes, 0)
    const step = stepOf(kernel, group, ids, builder.values, limits, flops, staging, stagedBytes)
    steps.push({ ...step, group: number })
  }
}

/** Makes a constant a value. */
export const sourceValue = (builder: Builder, tensor: Tensor): void => {
  if (builder.ids.has(tensor)) return
  builder.ids.set(tensor, addValue(builder, tensor, { kind: "constant" }, tensor.attributes["data"] as ArrayBufferView))
}

/** Gives values that live only inside the program their memory. */
export const withSlots = (
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
