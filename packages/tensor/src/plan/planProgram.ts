import type { Tensor } from "../graph/tensor.ts"
import { paramBytes } from "../kernels/dispatch/kernel.ts"
import { busyInvocations } from "../kernels/rows/rowSeconds.ts"
import { showSpec } from "../shape/shape.ts"
import { addGroup, addValue, sourceValue, touch, withSlots, type Builder } from "./builder.ts"
import { byDepth } from "./dependence.ts"
import { fuse, isSource, type Fusion } from "./fusion.ts"
import { byLevels } from "./levels.ts"
import { rememberedKernels } from "./kernelMemo.ts"
import { layOut, pathOf } from "./layout.ts"
import { withMagnitudes } from "./magnitudes.ts"
import { normalise } from "./normalise.ts"
import { finishOutputs, outputPaths, type Finish } from "./outputs.ts"
import { unfinishedBy, withUnfinished } from "./unfinished.ts"
import { peakBytes, peaksOf, type Plan, type PlanStep, type Program } from "./plan.ts"
import { preparations, prepare } from "./preparation.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { isFinish } from "../kernels/partial/op.ts"
import type { Planning } from "./planning.ts"
import { keepPeaks, withMagnitudesBehind } from "./keepPeaks.ts"
import { inTurn } from "./inTurn.ts"
import { fuseRows } from "./rowFusion.ts"
import { storedInParts } from "./storedInParts.ts"
import { storeOnTheWay } from "./storeOnTheWay.ts"
import { littleBytes, together } from "./together.ts"
import { withViewedRows } from "./viewedRows.ts"
import { withWholeDivision } from "./wholeDivision.ts"
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

export const fuseProgram = (
  outputs: readonly Tensor[],
  planning: Planning,
  isFrozen: (input: Tensor) => boolean = () => false,
): FusedProgram => {
  const { facts } = planning
  const whole = withViewedRows(withWholeDivision(normalise(outputs.map(unshaped)), facts), facts)
  const roots = withMagnitudes(whole, planning)
  return fusedFrom(roots, planning, isFrozen)
}

/** What launches and few invocations cost where they do: on GPUs. */
const launchesFor = ({ facts, model }: Planning) =>
  facts.isSoftware === true
    ? {}
    : {
        launchBytes: model.dispatch * model.bytes,
        anotherLaunchBytes: (model.dispatch + (model.encoding ?? 0)) * model.bytes,
        busy: model.cores * busyInvocations,
      }

const fusedFrom = (
  roots: readonly Tensor[],
  planning: Planning,
  isFrozen: (input: Tensor) => boolean,
): FusedProgram => {
  const { groups, reasons } = fuse(roots, planning)
  const { facts } = planning
  const stored = new Set(roots)
  const whole = storeOnTheWay(fuseRows(groups, stored, { ...facts, ...launchesFor(planning) }), stored, facts)
  const keeping = keepPeaks(withMagnitudesBehind(whole), facts, isFrozen)
  return { roots, groups: storedInParts(keeping, stored, facts), reasons }
}

/**
 * On GPUs, results that a last kernel would finish are finished by whoever reads them: sums that workgroups share are added, since a launch
 * that does nothing else takes longer than that; Winograd's planes are transformed back by norms, which walk each element once before all else.
 */
const withoutJoins = (
  fused: FusedProgram,
  planning: Planning,
  kernelsFor: Builder["kernelsFor"],
  isFrozen: (input: Tensor) => boolean,
): FusedProgram => {
  if (planning.facts.isSoftware === true) return fused
  const walked = new Set(fused.groups.flatMap(({ rows }) => rows?.reads ?? []))
  const again = (isWalked: (group: Group) => boolean): FusedProgram => {
    const roots = withUnfinished(fused.roots, fused.groups, (group) =>
      unfinishedBy(kernelsFor(group, null), isWalked(group)),
    )
    return roots === fused.roots ? fused : fusedFrom(roots, planning, isFrozen)
  }
  const first = again(({ root }) => walked.has(root))
  const alone = new Set(
    first.groups.flatMap(({ rows, inside }) => (rows === undefined ? inside.filter(isFinish).map(({ id }) => id) : [])),
  )
  return again(({ root, anchor }) => walked.has(root) && !alone.has(anchor!.id))
}

const isFrozenIn =
  ({ frozen }: Pick<Program, "frozen">) =>
  (input: Tensor): boolean =>
    input.op.name === "constant" || frozen?.has(pathOf(input)) === true

/** Planning that counts on what follows from frozen inputs to be kept. It costs memory, which software adapters rather do without. */
export const keeping = (program: Pick<Program, "frozen">, planning: Planning): Planning =>
  planning.facts.isSoftware === true || !((program.frozen?.size ?? 0) > 0)
    ? planning
    : { ...planning, isFrozen: isFrozenIn(program) }

/** A plan's dispatches and values before memory is given to them. */
interface Draft {
  readonly builder: Builder
  readonly steps: readonly PlanStep[]
  readonly finish: Finish
}

const draftOf = (
  program: Program,
  { roots, groups }: FusedProgram,
  planning: Planning,
  kernelsFor: Builder["kernelsFor"],
): Draft => {
  const layout = layOut(program, roots, groups)
  const builder: Builder = {
    values: [],
    ids: new Map(),
    lifetimes: new Map(),
    textures: [],
    kernelsFor,
  }
  for (const input of program.inputs)
    builder.ids.set(input, addValue(builder, input, { kind: "input", path: pathOf(input) }))
  for (const tensor of [...layout.groups.flatMap(({ reads }) => reads), ...roots])
    if (tensor.op.name === "constant") sourceValue(builder, tensor)
  const steps: PlanStep[] = []
  const paths = outputPaths(program, roots, layout)
  for (const group of layout.groups) addGroup(builder, group, layout, planning.facts, steps, paths)
  const finish = finishOutputs(builder, program, roots, layout)
  for (const { from } of finish.copies) touch(builder, from, steps.length)
  return { builder, steps, finish }
}

/** Steps, and how long the values live that they use. */
interface Launches {
  readonly steps: readonly PlanStep[]
  readonly lifetimes: Builder["lifetimes"]
}

const lifetimesOf = (builder: Builder, steps: readonly PlanStep[], { copies }: Finish): Builder["lifetimes"] => {
  const counting = { ...builder, lifetimes: new Map() }
  for (const [at, { bindings, stages }] of steps.entries()) {
    for (const { value } of bindings) touch(counting, value, at)
    for (const { from } of stages) touch(counting, from, at)
  }
  for (const { from } of copies) touch(counting, from, steps.length)
  return counting.lifetimes
}

const slotBytesOf = (builder: Builder, lifetimes: Builder["lifetimes"]): number =>
  withSlots({ ...builder, lifetimes }).slotBytes.reduce((sum, bytes) => sum + bytes, 0)

/** What fewer launches may cost in memory: a part of what slots take without. */
const memoryForLaunches = 1 / 32

/** Shares of the bytes that live at a time within which steps move, tried in turn until their slots are hardly larger than before. */
const shares = [1, 0.98, 0.9, 0.5]

/** Steps in one order in as few launches as go into `most` bytes of slots; null where even the order alone does not. */
const launchesInOrder = (
  builder: Builder,
  steps: readonly PlanStep[],
  finish: Finish,
  planning: Planning,
  most: number,
): Launches | null => {
  const lifetimes = lifetimesOf(builder, steps, finish)
  if (slotBytesOf(builder, lifetimes) > most) return null
  const kept = new Set(finish.copies.map(({ from }) => from))
  for (const share of shares) {
    const joined = together(steps, builder.values, planning, { kept, share })
    const own = lifetimesOf(builder, joined, finish)
    if (slotBytesOf(builder, own) <= most) return { steps: joined, lifetimes: own }
  }
  return { steps, lifetimes }
}

/**
 * The steps in as few launches as memory allows: on GPUs, where launches that need each other cost microseconds, and
 * those that do not are put in a row as well. Processors launch in no time, and compile shaders slowly. Chains that need nothing of each
 * other, as the norms of all gradients are, share most where the first steps of all come before the second of any; in long programs the
 * fewest launches come of levels, where memory allows their order.
 */
const launchesOf = (builder: Builder, steps: readonly PlanStep[], finish: Finish, planning: Planning): Launches => {
  if (planning.facts.isSoftware === true) return { steps, lifetimes: builder.lifetimes }
  const apart = slotBytesOf(builder, lifetimesOf(builder, steps, finish))
  const most = Math.max(apart * (1 + memoryForLaunches), littleBytes)
  const found = [steps, byDepth(steps, builder.values)].flatMap(
    (order) => launchesInOrder(builder, order, finish, planning, most) ?? [],
  )
  for (const preference of ["early", "late"] as const) {
    const levels = byLevels(steps, builder.values, planning, preference)
    const lifetimes = lifetimesOf(builder, levels, finish)
    if (slotBytesOf(builder, lifetimes) <= most) found.push({ steps: levels, lifetimes })
  }
  return found.reduce((a, b) => (b.steps.length < a.steps.length ? b : a))
}

/** The plan of a draft in which values of up to `largest` bytes that follow from frozen inputs are kept between runs. */
const planOfDraft = (
  program: Program,
  draft: Draft,
  notes: readonly string[],
  largest: number,
  planning: Planning,
): Plan => {
  const builder = { ...draft.builder, values: [...draft.builder.values] }
  const isFrozen = isFrozenIn(program)
  const frozen = new Set(program.inputs.filter(isFrozen).map((input) => builder.ids.get(input)!))
  const { preparation, steps: single } = prepare(builder, draft.steps, frozen, largest)
  const apart = planning.facts.isSoftware === true ? single : inTurn(single, builder.values, planning)
  const { steps, lifetimes } = launchesOf(builder, apart, draft.finish, planning)
  const { values, slotBytes } = withSlots({ ...builder, lifetimes })
  const { slotOf, slots } = assignTextureSlots(builder.textures)
  const owned = values
    .filter(({ storage }) => !["slot", "donated", "peak"].includes(storage.kind))
    .reduce((sum, { bytes }) => sum + bytes, peakBytes * peaksOf({ values }))
  return {
    name: program.name,
    values,
    steps,
    preparation,
    copies: draft.finish.copies,
    inputs: program.inputs.map((input) => ({
      path: pathOf(input),
      value: builder.ids.get(input)!,
      donated: program.donated.has(pathOf(input)),
      frozen: isFrozen(input),
    })),
    outputs: draft.finish.outputs,
    slotBytes,
    textures: builder.textures.map(({ first: _first, last: _last, ...texture }, i) => ({
      ...texture,
      slot: slotOf[i]!,
    })),
    textureSlots: slots,
    notes,
    flops: steps.reduce((sum, { flops }) => sum + flops, 0),
    peakBytes:
      owned +
      slotBytes.reduce((sum, bytes) => sum + bytes, 0) +
      allParamBytes([...steps, ...preparation]) +
      textureBytes(slots),
  }
}

/** Software adapters transform weights near where they are used, which costs them less than reading what was kept. */
const preparationsFor = ({ frozen, memory }: Program, { facts }: Planning): readonly number[] =>
  frozen === undefined || frozen.size === 0 || facts.isSoftware === true
    ? [0]
    : memory === undefined
      ? preparations.slice(0, 1)
      : preparations

type Draw = (planning: Planning) => (largest: number) => Plan

const drawOf =
  (program: Program): Draw =>
  (planning) => {
    const isFrozen = isFrozenIn(program)
    const kernelsFor = rememberedKernels(planning)
    const outputs = program.outputs.map(({ tensor }) => tensor)
    const fusion = withoutJoins(fuseProgram(outputs, planning, isFrozen), planning, kernelsFor, isFrozen)
    const draft = draftOf(program, fusion, planning, kernelsFor)
    return (largest) => planOfDraft(program, draft, notesOf(fusion), largest, planning)
  }

/** Plans a program: merges equal nodes, fuses, chooses kernels, and gives each value memory. Pure: needs facts, not a device. */
export const planProgram = (program: Program, planning: Planning): Plan => {
  const draw = drawOf(program)
  const [most, ...less] = preparationsFor(program, planning)
  const whole = draw(keeping(program, planning))(most!)
  if (less.length === 0 || whole.peakBytes <= program.memory!) return whole
  // What is not kept is computed in every run, so that kernels are chosen anew.
  const plan = draw(planning)
  const plans = less.map((largest) => (): Plan => plan(largest))
  for (const plan of plans.slice(0, -1)) {
    const found = plan()
    if (found.peakBytes <= program.memory!) return found
  }
  return plans.at(-1)!()
}
