import type { CostModel } from "../../adapter/costModel.ts"
import { byteWidth } from "../../dtype/dtype.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { walksOf } from "./rowFolds.ts"

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

/** Bytes of what the last walk writes, and what it reads for that: nothing where only numbers of rows are left to write. */
const lastBytes = (program: RowProgram): number => {
  const { domain, outputs, kept = [] } = program
  const { rows, length } = extentsOf(domain)
  const written = bytesOf(outputs.filter((output) => !kept.includes(output)))
  return written + (written > rows * length ? bytesOf(readAgain(program)) : 0)
}

const movingSeconds = (bytes: number, invocations: number, { bytes: rate, cores }: CostModel): number =>
  (bytes / rate) * Math.max(1, (cores * busyInvocations) / invocations)

/** Seconds until rows are walked, where so many invocations of each have something to do at a time. */
export const rowSeconds = (program: RowProgram, lanes: number, model: CostModel): number => {
  const { domain, reads, outputs, folds, kept = [] } = program
  const { rows, length } = extentsOf(domain)
  // Rows are read once to fold them, and once more to write them.
  const bytes = bytesOf(reads) + (folds.length > 0 ? bytesOf(kept) + lastBytes(program) : bytesOf(outputs))
  return model.dispatch + movingSeconds(bytes, rows * Math.min(lanes, length), model)
}

/** Seconds of each kernel where several workgroups share a row: one that folds for each walk, and one that writes. */
export const sharedSeconds = (program: RowProgram, invocations: number, model: CostModel): readonly number[] => {
  const { reads, kept = [] } = program
  const walks = Array.from({ length: walksOf(program) }, (_, walk) =>
    bytesOf(walk === 0 ? [...reads, ...kept] : readAgain(program)),
  )
  return [...walks, lastBytes(program)].map((bytes) => model.dispatch + movingSeconds(bytes, invocations, model))
}

/** What it costs that invocations of a workgroup meet in its memory: two barriers for every fold. */
export const meetingSeconds = ({ folds }: RowProgram, lanes: number): number =>
  ((2e-7 * lanes) / 256) * (1 + folds.length)
