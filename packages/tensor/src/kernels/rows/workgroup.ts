import type { CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, type KernelFacts } from "../../adapter/facts.ts"
import { byteWidth } from "../../dtype.ts"
import { sizeOf } from "../../shape.ts"
import type { Way } from "../way/way.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { rowKernels, workgroupRowKernels } from "./rows.ts"

/** Invocations of a core that together move as many bytes as it can: each waits for what it has asked for. */
const busyInvocations = 600

/** Seconds until rows are walked, where so many invocations of each have something to do at a time. */
const rowSeconds = ({ domain, reads, outputs, folds }: RowProgram, lanes: number, model: CostModel): number => {
  const { rows, length } = extentsOf(domain)
  const bytesOf = (tensors: RowProgram["reads"]): number =>
    tensors.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * byteWidth(dtype), 0)
  // Rows are read once to fold them, and once more to write them.
  const bytes = bytesOf(outputs) + bytesOf(reads) * (folds.length > 0 && bytesOf(outputs) > rows * length ? 2 : 1)
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
