import type { Tensor } from "../graph.ts"
import type { Attributes, Op } from "../op.ts"
import type { Group } from "../plan/fusion.ts"
import { attentionKernel, attentionKeysKernel, attentionQueriesKernel } from "./attention/ways.ts"
import { contractKernel } from "./contract/registers.ts"
import { convolutionFamilies } from "./convolution/ways.ts"
import type { Kernel, KernelLimits } from "./dispatch/kernel.ts"
import { pointwiseKernel } from "./elementwise/pointwise.ts"
import { reduceKernels } from "./reduce/reduce.ts"
import { rowKernels } from "./rows/rows.ts"
import { scatterAddKernel } from "./elementwise/scatterAdd.ts"

/** How a family turns a group into dispatches. `inPlace` is the donated tensor whose buffer the root takes over. */
export type Family = (group: Group, limits: KernelLimits, inPlace: Tensor | null) => readonly Kernel[]

const families: Readonly<Record<string, Family>> = {
  attention: attentionKernel,
  attentionKeys: attentionKeysKernel,
  attentionQueries: attentionQueriesKernel,
  ...convolutionFamilies,
  contract: contractKernel,
  scatterAdd: scatterAddKernel,
}

/** The dispatches that compute a group. */
export const kernelsFor: Family = (group, limits, inPlace) => {
  if (group.rows !== undefined) return rowKernels(group, limits)
  if (group.anchor === null) return pointwiseKernel(group, limits, inPlace)
  const { lowering } = group.anchor.op as unknown as Op<Attributes>
  if (lowering.kind === "reduce") return reduceKernels(group, limits, inPlace)
  const family = lowering.kind === "kernel" ? families[lowering.family] : undefined
  if (family === undefined) throw new Error(`no kernel family computes ${group.anchor.op.name}`)
  return family(group, limits, inPlace)
}
