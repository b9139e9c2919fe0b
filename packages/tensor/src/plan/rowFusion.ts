import type { Tensor } from "../graph.ts"
import { emitRows, plainLayout, type RowDomain, type RowProgram } from "../kernels/rows/rowProgram.ts"
import { byteWidth } from "../dtype.ts"
import { sizeOf } from "../shape.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import { windowsOf, type FusionLimits } from "./fusion.ts"
import type { Group } from "../kernels/dispatch/group.ts"

/** Adapters and shapes for which folding whole rows in one kernel pays. */
export interface RowLimits extends FusionLimits {
  readonly subgroupSize: number
  readonly isSoftware?: boolean
  readonly workgroupMemory?: number
  /** Bytes that move in the time that a launch costs. Default: 0, launches cost nothing. */
  readonly launchBytes?: number
}

/** The rows a reduction folds when the axes it folds are the last ones; `null` otherwise. */
const domainOf = ({ anchor }: Group): RowDomain | null => {
  if (anchor === null || !("axes" in anchor.attributes)) return null
  const [x] = anchor.inputs as readonly [Tensor]
  const axes = anchor.attributes["axes"] as readonly number[]
  const first = x.shape.findIndex((extent, axis) => extent !== 1 && axes.includes(axis))
  if (first < 0 || x.shape.some((extent, axis) => axis > first && extent !== 1 && !axes.includes(axis))) return null
  return { outer: x.shape.slice(0, first), inner: x.shape.slice(first) }
}

const rowsOf = ({ outer }: RowDomain): number => sizeOf(outer)

const lengthOf = ({ inner }: RowDomain): number => sizeOf(inner)

const sameDomain = (a: RowDomain, b: RowDomain): boolean => rowsOf(a) === rowsOf(b) && lengthOf(a) === lengthOf(b)

interface Cluster {
  readonly domain: RowDomain
  readonly members: readonly Group[]
  /** Position of the last member, where the cluster runs. */
  readonly at: number
}

/** Rows that a workgroup shares, of which few do. */
const isLong = (domain: RowDomain, { isSoftware = false, workgroupMemory = 0 }: RowLimits): boolean =>
  !isSoftware && workgroupMemory > 0 && lengthOf(domain) >= 1024 && rowsOf(domain) >= 8

// Without subgroups one invocation walks a whole row, which fills an adapter only when rows are many.
const worthwhile = (domain: RowDomain, limits: RowLimits): boolean =>
  isLong(domain, limits) || (lengthOf(domain) >= 16 && rowsOf(domain) * Math.max(1, limits.subgroupSize) >= 64)

const producedBy = ({ members }: Cluster): ReadonlySet<Tensor> => new Set(members.map(({ root }) => root))

const fitsDomain = (group: Group, domain: RowDomain): boolean => {
  const own = domainOf(group)
  if (group.anchor !== null) return own !== null && sameDomain(own, domain)
  const size = sizeOf(group.root.shape)
  return group.root.dtype !== "f16" && (size === rowsOf(domain) * lengthOf(domain) || size === rowsOf(domain))
}

// The cluster moves to the place of its new member: nobody in between may read what it produces.
const mayMove = (cluster: Cluster, groups: readonly Group[], to: number): boolean => {
  const produced = producedBy(cluster)
  return !groups
    .slice(cluster.at + 1, to)
    .some((group) => !isMagnitude(group.root) && group.reads.some((read) => produced.has(read)))
}

const sharesWork = (cluster: Cluster, group: Group): boolean => {
  const produced = producedBy(cluster)
  const size = rowsOf(cluster.domain) * lengthOf(cluster.domain)
  const reads = new Set(cluster.members.flatMap((member) => member.reads).filter((read) => sizeOf(read.shape) === size))
  return group.reads.some((read) => produced.has(read) || (group.anchor !== null && reads.has(read)))
}

interface Readers {
  /** Groups that read a tensor. */
  readonly of: ReadonlyMap<Tensor, readonly Group[]>
  readonly outputs: ReadonlySet<Tensor>
}

const programOf = ({ members, domain }: Cluster, readers: Readers): RowProgram => {
  const inside = new Set(members)
  const roots = members.map(({ root }) => root)
  const stored = roots.filter(
    (root) => readers.outputs.has(root) || (readers.of.get(root) ?? []).some((group) => !inside.has(group)),
  )
  const produced = new Set(roots)
  const reads = [...new Set(members.flatMap((member) => member.reads))].filter((read) => !produced.has(read))
  return { domain, outputs: stored, reads, folds: members.flatMap(({ anchor }) => (anchor === null ? [] : [anchor])) }
}

const maxRowNodes = 160

const isValid = (cluster: Cluster, readers: Readers, limits: RowLimits): boolean => {
  const program = programOf(cluster, readers)
  const buffers = [...program.reads, ...program.outputs].reduce((sum, tensor) => sum + windowsOf(tensor, limits), 0)
  const nodes = cluster.members.reduce((sum, { inside }) => sum + inside.length, 0)
  return buffers <= limits.storageBuffers && nodes <= maxRowNodes && emitRows(program, plainLayout(program, 1)) !== null
}

const grown = (cluster: Cluster, group: Group, at: number): Cluster => ({
  domain: cluster.domain,
  members: [...cluster.members, group],
  at,
})

// The most recent cluster that may take the group in; others stay as they are.
const join = (
  clusters: Cluster[],
  groups: readonly Group[],
  at: number,
  readers: Readers,
  limits: RowLimits,
): boolean => {
  const group = groups[at]!
  for (let i = clusters.length - 1; i >= Math.max(0, clusters.length - 8); i--) {
    const cluster = clusters[i]!
    if (!fitsDomain(group, cluster.domain) || !sharesWork(cluster, group) || !mayMove(cluster, groups, at)) continue
    const next = grown(cluster, group, at)
    if (!isValid(next, readers, limits)) continue
    clusters[i] = next
    return true
  }
  return false
}

const startCluster = (groups: readonly Group[], at: number, limits: RowLimits): Cluster | null => {
  const domain = domainOf(groups[at]!)
  return domain !== null && worthwhile(domain, limits) ? { domain, members: [groups[at]!], at } : null
}

const wholeReads = ({ reads, root }: Group): number =>
  reads.filter(({ shape }) => 2 * sizeOf(shape) > sizeOf(root.shape)).length

// Computed again in each walk, the operands of a group are loaded as often; computed before, they are loaded once, and
// its result is stored and loaded in each walk instead.
const paysInside = (group: Group, cluster: Cluster, readers: Readers): boolean => {
  const program = programOf(cluster, readers)
  const walks = (emitRows(program, plainLayout(program, 1))?.walks.length ?? 0) + 1
  const loads = wholeReads(group)
  return loads * walks < loads + 1 + walks && group.inside.length <= 8
}

const bytesOf = ({ shape, dtype }: Tensor): number => sizeOf(shape) * byteWidth(dtype)

/** Bytes that move more than before where a cluster computes what it reads in each of its walks, and stores it if others read it too. */
const bytesInside = (group: Group, cluster: Cluster, readers: Readers, isKept: boolean): number => {
  const program = programOf(cluster, readers)
  const passes = (emitRows(program, plainLayout(program, 1))?.walks.length ?? 0) + 1
  const reads = group.reads.reduce((sum, read) => sum + bytesOf(read), 0)
  return (passes - 1) * reads - (passes + (isKept ? 0 : 1)) * bytesOf(group.root)
}

/** When groups run, as clusters are: with their cluster's last member. */
type Places = ReadonlyMap<Group, number>

/** Whether all who read a group's result besides a cluster come after it. */
const othersComeLater = ({ root }: Group, { members, at }: Cluster, readers: Readers, places: Places): boolean =>
  (readers.of.get(root) ?? []).every((reader) => members.includes(reader) || places.get(reader)! > at)

const isPrologue = (
  group: Group,
  cluster: Cluster,
  readers: Readers,
  places: Places,
  { launchBytes = 0 }: RowLimits,
): boolean => {
  const isWhole =
    group.anchor === null &&
    sizeOf(group.root.shape) === rowsOf(cluster.domain) * lengthOf(cluster.domain) &&
    fitsDomain(group, cluster.domain) &&
    !readers.outputs.has(group.root)
  if (!isWhole) return false
  const isOnlyReader = (readers.of.get(group.root) ?? []).every((reader) => cluster.members.includes(reader))
  if (isOnlyReader && paysInside(group, cluster, readers)) return true
  return (
    launchBytes > 0 &&
    othersComeLater(group, cluster, readers, places) &&
    bytesInside(group, cluster, readers, !isOnlyReader) <= launchBytes
  )
}

/** The cluster with the pointwise work before it: what nobody else reads, and what costs less to do on the way than a launch of its own. */
const withPrologue = (
  cluster: Cluster,
  producers: ReadonlyMap<Tensor, Group>,
  readers: Readers,
  places: Places,
  limits: RowLimits,
): Cluster => {
  for (const read of programOf(cluster, readers).reads) {
    const group = producers.get(read)
    if (group === undefined || cluster.members.includes(group)) continue
    if (!isPrologue(group, cluster, readers, places, limits)) continue
    const next = { ...cluster, members: [group, ...cluster.members] }
    if (isValid(next, readers, limits)) return withPrologue(next, producers, readers, places, limits)
  }
  return cluster
}

/** Clusters with what comes before them: each group goes to the first that takes it. */
const withPrologues = (
  groups: readonly Group[],
  clusters: readonly Cluster[],
  readers: Readers,
  limits: RowLimits,
): readonly Cluster[] => {
  const members = new Set(clusters.flatMap((cluster) => cluster.members))
  const producers = new Map(groups.filter((group) => !members.has(group)).map((group) => [group.root, group]))
  const places = new Map(groups.map((group, at) => [group, at]))
  for (const cluster of clusters) for (const member of cluster.members) places.set(member, cluster.at)
  return clusters
    .toSorted((a, b) => a.at - b.at)
    .map((cluster) => {
      const whole = withPrologue(cluster, producers, readers, places, limits)
      for (const member of whole.members) {
        producers.delete(member.root)
        places.set(member, whole.at)
      }
      return whole
    })
}

const rowGroup = (cluster: Cluster, readers: Readers): Group => {
  const rows = programOf(cluster, readers)
  const inside = [...new Set(cluster.members.flatMap((member) => member.inside))]
  const root = rows.outputs.at(-1)!
  return { root, anchor: null, reads: rows.reads, inside, outputs: rows.outputs, rows }
}

/** Magnitudes do not count: whoever stores a tensor keeps its magnitude. */
const readersOf = (groups: readonly Group[], outputs: ReadonlySet<Tensor>): Readers => {
  const of = new Map<Tensor, Group[]>()
  for (const group of groups)
    for (const read of isMagnitude(group.root) ? [] : group.reads) {
      const held = of.get(read)
      if (held === undefined) of.set(read, [group])
      else held.push(group)
    }
  return { of, outputs }
}

/**
 * Joins reductions over the same rows with one another and with the pointwise work between and after them: a layer norm,
 * a softmax, or the gradient of either becomes one kernel that walks each row a few times while it is in cache, instead
 * of a kernel and a pass over memory for each step.
 */
export const fuseRows = (
  groups: readonly Group[],
  outputs: ReadonlySet<Tensor>,
  limits: RowLimits,
): readonly Group[] => {
  const readers = readersOf(groups, outputs)
  const clusters: Cluster[] = []
  for (const at of groups.keys()) {
    if (join(clusters, groups, at, readers, limits)) continue
    const cluster = startCluster(groups, at, limits)
    if (cluster !== null && isValid(cluster, readers, limits)) clusters.push(cluster)
  }
  const whole = withPrologues(groups, clusters, readers, limits)
  const taken = new Map<Group, Cluster>(
    whole.flatMap((cluster) => cluster.members.map((member) => [member, cluster] as const)),
  )
  return groups.flatMap((group, at) => {
    const cluster = taken.get(group)
    if (cluster === undefined) return [group]
    return cluster.at === at ? [rowGroup(cluster, readers)] : []
  })
}
