import type { CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { byteWidth } from "../../dtype/dtype.ts"
import type { Tensor } from "../../graph/graph.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Way } from "../way/way.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { rowKernels, workgroupRowKernels } from "./rows.ts"

/** Invocations of a core that together move as many bytes as it can: each waits for what it has asked for. */
export const busyInvocations = 600

const bytesOf = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * byteWidth(dtype), 0)

/** What walks after the first one read: what is kept, and not what is read to compute that alone. */
const readAgain = ({ reads, outputs, kept = [] }: RowProgram): readonly Tensor[] => {
  if (kept.length === 0) return reads
  const seen = new Set<Tensor>(kept)
  const stack = outputs.flatMap((output) => (kept.includes(output) ? [] : [output, ...output.inputs]))
  for (let tensor = stack.pop(); tensor !== undefined; tensor = stack.pop()) {
    if (seen.has(tensor)) continue
    seen.add(tensor)
    if (!reads.includes(tensor)) stack.push(...tensor.inputs)
  }
  return [...kept, ...reads.filter((read) => seen.has(read))]
}

/** Seconds until rows are walked, where so many invocations of each have something to do at a time. */
const rowSeconds = (program: RowProgram, lanes: number, model: CostModel): number => {
  const { domain, reads, outputs, folds, kept = [] } = program
  const { rows, length } = extentsOf(domain)
  // Rows are read once to fold them, and once more to write them.
  const writes = folds.length > 0 && bytesOf(outputs.filter((output) => !kept.includes(output))) > rows * length
  const bytes = bytesOf(outputs) + bytesOf(reads) + (writes ? bytesOf(readAgain(program)) : 0)
  const busy = rows * Math.min(lanes, length)
  return model.dispatch + (bytes / model.bytes) * Math.max(1, (model.cores * busyInvocations) / busy)
}

/** Rows shared by the lanes of a subgroup. */
export const walks: Way<RowProgram, { readonly lanes: number }> = {
  name: "walks",
  needs: () => true,
  takes: () => true,
  numerics: () => "f32",
  candidates: (_program, { subgroupSize }) => [{ lanes: Math.max(1, subgroupSize) }],
  cost: (program, { lanes }, model) => rowSeconds(program, lanes, model),
  write: (program, _choice, site) => rowKernels(program, site),
}

/** Invocations of a workgroup that share a row. */
const sizes = [256, 1024]

const fitting = (program: RowProgram, facts: KernelFacts): readonly number[] => {
  const { length } = extentsOf(program.domain)
  return sizes.filter((lanes) => lanes <= invocationsOf(facts) && lanes > facts.subgroupSize && length >= 4 * lanes)
}

/** Rows shared by a whole workgroup: for long rows of which there are few, and for adapters without subgroups of a fixed size. */
export const workgroupRows: Way<RowProgram, { readonly lanes: number }> = {
  name: "workgroup",
  needs: ({ isSoftware = false, workgroupMemory = 0 }) => !isSoftware && workgroupMemory >= 4096,
  takes: (program, facts) => fitting(program, facts).length > 0,
  numerics: () => "f32",
  candidates: (program, facts) => fitting(program, facts).map((lanes) => ({ lanes })),
  // Meeting in the memory costs two barriers for every fold.
  cost: (program, { lanes }, model) =>
    rowSeconds(program, lanes, model) + ((2e-7 * lanes) / 256) * (1 + program.folds.length),
  write: (program, { lanes }, site) => workgroupRowKernels(program, site, lanes),
}
