import type { Tensor } from "../graph/tensor.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import { sizeOf } from "../shape/shape.ts"
import {
  domainOf,
  fitsDomain,
  isShared,
  isValid,
  lengthOf,
  producedBy,
  programOf,
  readersOf,
  rowsOf,
  worthwhile,
  type Cluster,
  type Readers,
  type RowLimits,
} from "./rowClusters.ts"
import { withPrologues } from "./rowPrologues.ts"

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
  const pays = domain !== null && (worthwhile(domain, limits) || isShared(domain, limits))
  return pays ? { domain, members: [groups[at]!], kept: [], at } : null
}

const rowGroup = (cluster: Cluster, readers: Readers): Group => {
  const rows = programOf(cluster, readers)
  const inside = [...new Set(cluster.members.flatMap((member) => member.inside))]
  const root = rows.outputs.at(-1)!
  return { root, anchor: null, reads: rows.reads, inside, outputs: rows.outputs, rows }
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
  const paying = clusters.filter(({ domain, members }) => worthwhile(domain, limits) || members.length > 1)
  const whole = withPrologues(groups, paying, readers, limits)
  const taken = new Map<Group, Cluster>(
    whole.flatMap((cluster) => cluster.members.map((member) => [member, cluster] as const)),
  )
  return groups.flatMap((group, at) => {
    const cluster = taken.get(group)
    if (cluster === undefined) return [group]
    return cluster.at === at ? [rowGroup(cluster, readers)] : []
  })
}
