import { invocationsOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Way } from "../way/way.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { meetingSeconds, rowSeconds } from "./rowSeconds.ts"
import { rowKernels, workgroupRowKernels } from "./rows.ts"

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
  cost: (program, { lanes }, model) => rowSeconds(program, lanes, model) + meetingSeconds(program, lanes),
  write: (program, { lanes }, site) => workgroupRowKernels(program, site, lanes),
}
