import type { KernelFacts } from "../adapter/kernelFacts.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import { partsOfRows, shortest } from "../kernels/rows/parts.ts"
import type { RowDomain, RowProgram } from "../kernels/rows/rowProgram.ts"
import { emitRows, plainLayout } from "../kernels/rows/emitRows.ts"
import { sizeOf } from "../shape/shape.ts"
import { windowsOf } from "./fusion.ts"

/** Adapters and shapes for which folding whole rows in one kernel pays. */
export interface RowLimits extends KernelFacts {
  /** Bytes that move in the time that a launch costs. Default: 0, launches cost nothing. */
  readonly launchBytes?: number
  /** Bytes that move in the time that one launch more costs, with what the processor has to do for it. Default: 0. */
  readonly anotherLaunchBytes?: number
  /** Invocations that move bytes as fast as the adapter can. Default: 0, any number does. */
  readonly busy?: number
}

/** The rows a reduction folds when the axes it folds are the last ones; `null` otherwise. */
export const domainOf = ({ anchor }: Group): RowDomain | null => {
  if (anchor === null || !("axes" in anchor.attributes)) return null
  const [x] = anchor.inputs as readonly [Tensor]
  const axes = anchor.attributes["axes"] as readonly number[]
  const first = x.shape.findIndex((extent, axis) => extent !== 1 && axes.includes(axis))
  if (first < 0 || x.shape.some((extent, axis) => axis > first && extent !== 1 && !axes.includes(axis))) return null
  return { outer: x.shape.slice(0, first), inner: x.shape.slice(first) }
}

export const rowsOf = ({ outer }: RowDomain): number => sizeOf(outer)

export const lengthOf = ({ inner }: RowDomain): number => sizeOf(inner)

const sameDomain = (a: RowDomain, b: RowDomain): boolean => rowsOf(a) === rowsOf(b) && lengthOf(a) === lengthOf(b)

/** Rows that a workgroup shares, of which few do. */
const isLong = (domain: RowDomain, { isSoftware = false, workgroupMemory = 0 }: RowLimits): boolean =>
  !isSoftware && workgroupMemory > 0 && lengthOf(domain) >= 1024 && rowsOf(domain) >= 8

// Without subgroups one invocation walks a whole row, which fills an adapter only when rows are many.
export const worthwhile = (domain: RowDomain, limits: RowLimits): boolean =>
  isLong(domain, limits) || (lengthOf(domain) >= 16 && rowsOf(domain) * Math.max(1, limits.subgroupSize) >= 64)

/**
 * Rows that several workgroups share, however few they are: where more than a sum comes of them. That alone is a reduction's, which
 * workgroups share as well.
 */
export const isShared = (domain: RowDomain, limits: RowLimits): boolean =>
  partsOfRows.needs(limits) && lengthOf(domain) >= shortest

/** Groups of one domain that become one kernel of rows. */
export interface Cluster {
  readonly domain: RowDomain
  readonly members: readonly Group[]
  /** What its first walk stores for the others. */
  readonly kept: readonly Tensor[]
  /** Position of the last member, where the cluster runs. */
  readonly at: number
}

export const producedBy = ({ members }: Cluster): ReadonlySet<Tensor> => new Set(members.map(({ root }) => root))

export const fitsDomain = (group: Group, domain: RowDomain): boolean => {
  const own = domainOf(group)
  if (group.anchor !== null) return own !== null && sameDomain(own, domain)
  const size = sizeOf(group.root.shape)
  return group.root.dtype !== "f16" && (size === rowsOf(domain) * lengthOf(domain) || size === rowsOf(domain))
}

/** Who reads what of a program. */
export interface Readers {
  /** Groups that read a tensor. */
  readonly of: ReadonlyMap<Tensor, readonly Group[]>
  readonly outputs: ReadonlySet<Tensor>
}

/** Magnitudes do not count: whoever stores a tensor keeps its magnitude. */
export const readersOf = (groups: readonly Group[], outputs: ReadonlySet<Tensor>): Readers => {
  const of = new Map<Tensor, Group[]>()
  for (const group of groups)
    for (const read of isMagnitude(group.root) ? [] : group.reads) {
      const held = of.get(read)
      if (held === undefined) of.set(read, [group])
      else held.push(group)
    }
  return { of, outputs }
}

/** What a cluster computes. */
export const programOf = ({ members, domain, kept }: Cluster, readers: Readers): RowProgram => {
  const inside = new Set(members)
  const roots = members.map(({ root }) => root)
  const stored = roots.filter(
    (root) =>
      kept.includes(root) ||
      readers.outputs.has(root) ||
      (readers.of.get(root) ?? []).some((group) => !inside.has(group)),
  )
  const produced = new Set(roots)
  const reads = [...new Set(members.flatMap((member) => member.reads))].filter((read) => !produced.has(read))
  const folds = members.flatMap(({ anchor }) => (anchor === null ? [] : [anchor]))
  return { domain, outputs: stored, reads, folds, ...(kept.length === 0 ? {} : { kept }) }
}

const maxRowNodes = 160

export const isValid = (cluster: Cluster, readers: Readers, limits: RowLimits): boolean => {
  const program = programOf(cluster, readers)
  const buffers = [...program.reads, ...program.outputs].reduce((sum, tensor) => sum + windowsOf(tensor, limits), 0)
  const nodes = cluster.members.reduce((sum, { inside }) => sum + inside.length, 0)
  return (
    buffers <= limits.storageBuffers &&
    nodes <= maxRowNodes &&
    (worthwhile(cluster.domain, limits) || partsOfRows.takes(program, limits)) &&
    emitRows(program, plainLayout(program, 1)) !== null
  )
}
