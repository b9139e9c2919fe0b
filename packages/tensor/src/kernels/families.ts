import type { Tensor } from "../graph/tensor.ts"
import type { Attributes, Op } from "../op/op.ts"
import type { Planning } from "../plan/planning.ts"
import { attention, attentionKeys, attentionQueries } from "./attention/ways.ts"
import { contract } from "./contract/ways.ts"
import { conv2d, conv2dInput, conv2dWeight } from "./convolution/ways.ts"
import { bindGroup } from "./dispatch/bindGroup.ts"
import { groupAlone, type Group } from "./dispatch/group.ts"
import { isScratch, type Buffer, type Kernel } from "./dispatch/kernel.ts"
import { mergeOrder, pointwise, scatterAdd } from "./elementwise/ways.ts"
import { isPartial, unfinishedIn, wholeOf } from "./partial/op.ts"
import { reduce } from "./reduce/ways.ts"
import { rows } from "./rows/ways.ts"
import { decide, likelyWay, wayWithMagnitudes } from "./way/decide.ts"
import { isScalable } from "./way/scaled.ts"
import type { AnyFamily, Site } from "./way/way.ts"

const families: readonly AnyFamily[] = [
  attention,
  attentionKeys,
  attentionQueries,
  conv2d,
  conv2dInput,
  conv2dWeight,
  contract,
  scatterAdd,
  mergeOrder,
]

/** Ways of an op that has a kernel of its own: those it brings, or those of a family of this package. */
const kernelFamily = (op: Op<Attributes>, family: string | AnyFamily): AnyFamily => {
  const found = typeof family === "string" ? families.find(({ name }) => name === family) : family
  if (found === undefined) throw new Error(`no kernel family computes ${op.name}`)
  return found
}

const familyOf = ({ rows: program, anchor }: Group): AnyFamily => {
  if (program !== undefined) return rows
  if (anchor === null) return pointwise
  const op = anchor.op as unknown as Op<Attributes>
  if (op.lowering.kind === "reduce") return reduce
  return kernelFamily(op, op.lowering.kind === "kernel" ? op.lowering.family : "")
}

const siteOf = (
  group: Group,
  { facts, isFrozen = () => false }: Pick<Planning, "facts" | "isFrozen">,
  inPlace: Tensor | null,
): Site => ({ group, inPlace, bindings: bindGroup(group, facts, inPlace), facts, isFrozen })

/** The dispatches that leave a result unfinished: those of the whole without the last one, which finishes it. */
const partialKernels = (group: Group, planning: Planning): readonly Kernel[] => {
  const { root } = group
  const whole = { ...groupAlone(wholeOf(root)), reads: group.reads }
  const inside = [whole.root, ...group.inside.filter((tensor) => tensor !== root)]
  const { choice, scratch } = unfinishedIn(root)
  const kernels = decide(familyOf(whole), siteOf({ ...whole, inside }, planning, null), planning, choice)
  const kept = (buffer: Buffer): Buffer => (isScratch(buffer) && buffer.scratch === scratch ? root : buffer)
  return kernels.slice(0, -1).map((kernel) => ({
    ...kernel,
    bindings: kernel.bindings.map((entry) => ({ ...entry, buffer: kept(entry.buffer) })),
  }))
}

/** The dispatches that compute a group. `inPlace` is the donated tensor whose buffer the root takes over. */
export const kernelsFor = (group: Group, planning: Planning, inPlace: Tensor | null): readonly Kernel[] =>
  isPartial(group.root)
    ? partialKernels(group, planning)
    : decide(familyOf(group), siteOf(group, planning, inPlace), planning)

/** Whether the way that will likely compute `kernel` takes an operand unstored, and computes it about once when it loads it. */
export const absorbs = (kernel: Tensor, operand: number, planning: Planning): boolean => {
  const group = groupAlone(isPartial(kernel) ? wholeOf(kernel) : kernel)
  const family = familyOf(group)
  if (!family.ways.some((way) => way.absorbs !== undefined)) return false
  const site = siteOf(group, planning, null)
  const problem = family.problem(site)
  return likelyWay(family, problem, site, planning)?.absorbs?.(problem, operand) ?? false
}

/** Operands of a kernel, all else stored, that the way which computes it will scale by their magnitudes. */
export const scaledOperands = (kernel: Tensor, planning: Planning): readonly number[] => {
  const group = groupAlone(kernel)
  const family = familyOf(group)
  if (!family.ways.some(({ scales }) => scales !== undefined)) return []
  const { scales = [] } = wayWithMagnitudes(family, siteOf(group, planning, null), planning)
  return scales.filter((operand) => isScalable(kernel, operand))
}
