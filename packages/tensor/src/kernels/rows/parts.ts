import { invocationsOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { byteWidth } from "../../dtype/dtype.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Way } from "../way/way.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { walksOf } from "./rowFolds.ts"
import { meetingSeconds, sharedSeconds } from "./rowSeconds.ts"
import { sharedRowKernels } from "./sharedRows.ts"

/** Invocations of a share: a workgroup's, or a subgroup's where these have a fixed size. Subgroups wait for no others, and share a launch with any. */
const lanesFor = ({ subgroupSize, writesMatricesOut = false }: KernelFacts): number =>
  writesMatricesOut || subgroupSize < 8 ? 256 : subgroupSize

/** Shares of a row, about: cuts that follow a row's parts may be up to twice as many. */
const counts = [2, 4, 8, 16, 32, 64, 128, 256, 512]

/** Elements of rows that are shared, and of an invocation's own, at least: fewer are walked before another kernel has begun. */
export const shortest = 4096
const fewest = 8

/** Invocations that more would not help. */
const most = 2 ** 17

/** The longest rows that elements are counted of in 32 bits. */
const longest = 2 ** 31

const countsFor = ({ domain }: RowProgram, facts: KernelFacts): readonly number[] => {
  const { rows, length } = extentsOf(domain)
  const lanes = lanesFor(facts)
  const isLong = (parts: number): boolean => length >= Math.max(shortest, parts * lanes * fewest)
  return counts.filter((parts) => isLong(parts) && rows * (parts / 2) * lanes < most)
}

const windowsOf = ({ shape, dtype }: Tensor, { bindingBytes }: KernelFacts): number =>
  Math.max(1, Math.ceil((sizeOf(shape) * byteWidth(dtype)) / bindingBytes))

/** Buffers that a kernel binds at most: all tensors, magnitudes of what it stores, and what each walk has found. */
const buffersOf = (program: RowProgram, facts: KernelFacts): number =>
  program.reads.reduce((sum, read) => sum + windowsOf(read, facts), 0) +
  program.outputs.reduce((sum, output) => sum + windowsOf(output, facts) + 1, 0) +
  walksOf(program)

/** Rows shared by several workgroups or subgroups each: for rows so few and long that one workgroup to each leaves most of an adapter idle. */
export const partsOfRows: Way<RowProgram, { readonly lanes: number; readonly parts: number }> = {
  name: "parts",
  needs: ({ isSoftware = false, workgroupMemory = 0 }) => !isSoftware && workgroupMemory >= 4096,
  takes: (program, facts) =>
    program.folds.length > 0 &&
    program.folds.every(({ dtype }) => dtype !== "bool") &&
    extentsOf(program.domain).length < longest &&
    countsFor(program, facts).length > 0 &&
    invocationsOf(facts) >= 256 &&
    buffersOf(program, facts) <= facts.storageBuffers,
  numerics: () => "f32",
  candidates: (program, facts) => countsFor(program, facts).map((parts) => ({ lanes: lanesFor(facts), parts })),
  cost: (program, choice, model) => costsOf(program, choice, model).reduce((sum, seconds) => sum + seconds, 0),
  costs: (program, choice, model) => costsOf(program, choice, model),
  write: (program, choice, site) => sharedRowKernels(program, site, choice),
}

/** How many invocations may walk a program's rows if workgroups share them; 0 where they cannot. */
export const mostInvocations = (program: RowProgram, facts: KernelFacts): number =>
  partsOfRows.needs(facts) && partsOfRows.takes(program, facts)
    ? extentsOf(program.domain).rows * countsFor(program, facts).at(-1)! * lanesFor(facts)
    : 0

const costsOf: NonNullable<typeof partsOfRows.costs> = (program, { lanes, parts }, model) => {
  const { rows } = extentsOf(program.domain)
  const met = meetingSeconds(program, lanes)
  // Kernels after the first wait for what all shares have found, which each of them reads.
  const joined = met + (8 * program.folds.length * rows * parts * parts) / model.bytes
  return sharedSeconds(program, rows * parts * lanes, model).map(
    (seconds, at) => seconds + met + (at === 0 ? 0 : joined),
  )
}
