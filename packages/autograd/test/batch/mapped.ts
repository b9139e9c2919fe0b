import { sliceAxis, squeeze, stack, type HostArray, type Op, type Tensor } from "@diva/tensor"
import { hostKey, hostSplitKey } from "../../../tensor/src/key/hostKey.ts"
import { ops } from "../../../tensor/src/ops/registry.ts"
import { argumentsOf, elementsOf, randomArray } from "../../../tensor/test/ops/samples.ts"

export type Sample = Op["samples"][number]

/** Ops with operands to map. */
export const mappableOps: readonly Op[] = ops.filter((op) => op.samples.some(({ inputs }) => inputs.length > 0))

/** Samples of an op up to a size. */
export const samplesOf = (op: Op, most: number): readonly Sample[] =>
  op.samples.filter((sample) => sample.inputs.length > 0 && elementsOf(sample) <= most)

// Attention streams through three operands and more: all mapped, each alone, and all but one.
export const someChoices = (count: number): readonly (readonly boolean[])[] =>
  count <= 3
    ? choicesOf(count)
    : choicesOf(count).filter((mapped) => [1, count - 1, count].includes(mapped.filter(Boolean).length))

/** Example i of a tensor whose first axis counts them. */
export const exampleAt = (x: Tensor, i: number): Tensor => squeeze(sliceAxis(x, 0, i, i + 1), 0)

/** What `vmap` must equal: each example by itself, results stacked. */
export const oneByOne = (
  f: (...args: readonly Tensor[]) => Tensor,
  args: readonly Tensor[],
  mapped: readonly boolean[],
  size: number,
): Tensor =>
  stack(
    Array.from({ length: size }, (_, i) => f(...args.map((arg, k) => (mapped[k] === true ? exampleAt(arg, i) : arg)))),
  )

/** Arguments of a sample, `size` different ones where mapped. */
export const batchOf = (op: Op, sample: Sample, mapped: readonly boolean[], size: number): readonly HostArray[] => {
  const keys = hostSplitKey(hostKey(11), sample.inputs.length)
  return argumentsOf(op, sample).map((value, i) =>
    mapped[i] === true ? randomArray({ ...sample.inputs[i]!, shape: [size, ...value.shape] }, keys[i]!) : value,
  )
}

/** Every choice of mapped operands but that of none. */
export const choicesOf = (count: number): readonly (readonly boolean[])[] =>
  Array.from({ length: 2 ** count - 1 }, (_, bits) =>
    Array.from({ length: count }, (_, i) => (((bits + 1) >> i) & 1) === 1),
  )
