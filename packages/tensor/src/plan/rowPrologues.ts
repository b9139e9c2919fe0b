import { byteWidth } from "../dtype/dtype.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { mostInvocations } from "../kernels/rows/parts.ts"
import type { RowProgram } from "../kernels/rows/rowProgram.ts"
import { emitRows, plainLayout } from "../kernels/rows/emitRows.ts"
import { sizeOf } from "../shape/shape.ts"
import {
  fitsDomain,
  isValid,
  lengthOf,
  programOf,
  rowsOf,
  type Cluster,
  type Readers,
  type RowLimits,
} from "./rowClusters.ts"

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

const slowness = (invocations: number, { busy = 0 }: RowLimits): number => Math.max(1, busy / invocations)

/**
 * Bytes that move in the time that a cluster's own invocations take for these, compared with as many as the adapter wants: a workgroup's to
 * each row, or those of several, which takes a launch more.
 */
const movedBy = (cluster: Cluster, program: RowProgram, limits: RowLimits): ((bytes: number) => number) => {
  const { workgroupMemory = 0, invocations = 256, anotherLaunchBytes = 0 } = limits
  const each = Math.min(workgroupMemory > 0 ? invocations : 32, lengthOf(cluster.domain))
  const alone = slowness(rowsOf(cluster.domain) * each, limits)
  const most = mostInvocations(program, limits)
  return (bytes) => Math.min(alone * bytes, most === 0 ? Infinity : slowness(most, limits) * bytes + anotherLaunchBytes)
}

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
  const others = program.outputs.reduce((sum, output) => sum + bytesOf(output), 0)
  const moved = movedBy(cluster, program, limits)
  return {
    apart: (limits.launchBytes ?? 0) + reads + own + moved(others + passes * own),
    inside: {
      "each walk": moved(others + passes * reads + stored),
      "first walk": moved(others + reads + passes * own),
    },
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
export const withPrologues = (
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
