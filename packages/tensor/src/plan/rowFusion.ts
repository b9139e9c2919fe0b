import type { Tensor } from "../graph/graph.ts"
import { emitRows, plainLayout, type RowDomain, type RowProgram } from "../kernels/rows/rowProgram.ts"
import { byteWidth } from "../dtype/dtype.ts"
import { sizeOf } from "../shape/shape.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import { windowsOf, type FusionLimits } from "./fusion.ts"
import type { Group } from "../kernels/dispatch/group.ts"

/** Adapters and shapes for which folding whole rows in one kernel pays. */
export interface RowLimits extends FusionLimits {
  readonly subgroupSize: number
  readonly isSoftware?: boolean
  readonly workgroupMemory?: number
  readonly invocations?: number
  /** Bytes that move in the time that a launch costs. Default: 0, launches cost nothing. */
  readonly launchBytes?: number
  /** Invocations that move bytes as fast as the adapter can. Default: 0, any number does. */
  readonly busy?: number
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
  /** What its first walk stores for the others. */
  readonly kept: readonly Tensor[]
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

const programOf = ({ members, domain, kept }: Cluster, readers: Readers): RowProgram => {
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

const isValid = (cluster: Cluster, readers: Readers, limits: RowLimits): boolean => {
  const program = programOf(cluster, readers)
  const buffers = [...program.reads, ...program.outputs].reduce((sum, tensor) => sum + windowsOf(tensor, limits), 0)
  const nodes = cluster.members.reduce((sum, { inside }) => sum + inside.length, 0)
  return buffers <= limits.storageBuffers && nodes <= maxRowNodes && emitRows(program, plainLayout(program, 1)) !== null
}

const grown = (cluster: Cluster, group: Group, at: number): Cluster => ({
  ...cluster,
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
  return domain !== null && worthwhile(domain, limits) ? { domain, members: [groups[at]!], kept: [], at } : null
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

/** When groups run, as clusters are: with their cluster's last member. */
type Places = ReadonlyMap<Group, number>

/** Whether all who read a group's result besides a cluster come after it. */
const othersComeLater = ({ root }: Group, { members, at }: Cluster, readers: Readers, places: Places): boolean =>
  (readers.of.get(root) ?? []).every((reader) => members.includes(reader) || places.get(reader)! > at)

/** How often the bytes take to move that a cluster's own invocations move, compared with as many as the adapter wants. */
const slowness = ({ domain }: Cluster, { busy = 0, workgroupMemory = 0, invocations = 256 }: RowLimits): number =>
  Math.max(1, busy / (rowsOf(domain) * Math.min(workgroupMemory > 0 ? invocations : 32, lengthOf(domain))))

/** Where what comes before a cluster is computed: in each walk that needs it, or in the first, which stores it for the others. */
type Prologue = "each walk" | "first walk"

/** Bytes that move for a group and for those who read its result in a cluster, in as many bytes' time. */
interface Moved {
  readonly apart: number
  readonly inside: Readonly<Record<Prologue, number>>
}

const movedFor = (group: Group, cluster: Cluster, readers: Readers, limits: RowLimits): Moved => {
  const program = programOf(cluster, readers)
  const onlyKept = cluster.members.every(
    ({ root, reads }) => !reads.includes(group.root) || cluster.kept.includes(root),
  )
  const passes = onlyKept ? 1 : (emitRows(program, plainLayout(program, 1))?.walks.length ?? 0) + 1
  const reads = group.reads.reduce((sum, read) => sum + bytesOf(read), 0)
  const own = bytesOf(group.root)
  const stored = isOnlyReader(group, cluster, readers) ? 0 : own
  const times = slowness(cluster, limits)
  return {
    apart: (limits.launchBytes ?? 0) + reads + own + times * passes * own,
    inside: { "each walk": times * (passes * reads + stored), "first walk": times * (reads + passes * own) },
  }
}

const isOnlyReader = ({ root }: Group, { members }: Cluster, readers: Readers): boolean =>
  (readers.of.get(root) ?? []).every((reader) => members.includes(reader))

/** Ways to compute a group in a cluster that take no longer than a launch of its own, the shortest first. */
const prologuesOf = (
  group: Group,
  cluster: Cluster,
  readers: Readers,
  places: Places,
  limits: RowLimits,
): readonly Prologue[] => {
  const isWhole =
    group.anchor === null &&
    sizeOf(group.root.shape) === rowsOf(cluster.domain) * lengthOf(cluster.domain) &&
    fitsDomain(group, cluster.domain) &&
    !readers.outputs.has(group.root)
  if (!isWhole) return []
  if ((limits.launchBytes ?? 0) === 0)
    return isOnlyReader(group, cluster, readers) && paysInside(group, cluster, readers) ? ["each walk"] : []
  if (!othersComeLater(group, cluster, readers, places)) return []
  const { apart, inside } = movedFor(group, cluster, readers, limits)
  return (["each walk", "first walk"] as const)
    .filter((prologue) => inside[prologue] <= apart && (prologue === "each walk" || group.root.dtype === "f32"))
    .toSorted((a, b) => inside[a] - inside[b])
}

const withMember = (cluster: Cluster, group: Group, prologue: Prologue): Cluster => ({
  ...cluster,
  members: [group, ...cluster.members],
  kept: prologue === "first walk" ? [group.root, ...cluster.kept] : cluster.kept,
})

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
    const next = prologuesOf(group, cluster, readers, places, limits)
      .map((prologue) => withMember(cluster, group, prologue))
      .find((grown) => isValid(grown, readers, limits))
    if (next !== undefined) return withPrologue(next, producers, readers, places, limits)
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
