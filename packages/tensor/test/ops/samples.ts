import { hostZeros, type HostData } from "../../src/dtype/dtype.ts"
import { applyOp } from "../../src/graph/graph.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { hostKey, hostSplitKey, hostUniform, type HostKey } from "../../src/key/hostKey.ts"
import type { Attributes, Example, Op, Sample } from "../../src/op/op.ts"
import type { HostArray } from "../../src/host/array.ts"
import { input } from "../../src/ops/input.ts"
import { sizeOf, type Spec } from "../../src/shape/shape.ts"

type Range = Sample<Attributes>["inputs"][number]

const draw = (key: HostKey, i: number, { dtype, low = -2, high = 2 }: Range): number => {
  const u = hostUniform(key, i)
  if (dtype === "bool") return u < 0.5 ? 0 : 1
  if (dtype === "f32" || dtype === "f16") return low + (high - low) * u
  return Math.floor(low + (high - low + 1) * u)
}

/** Numbers of a spec's type and range, the same at each run. */
export const randomArray = (range: Range, key: HostKey): HostArray => {
  const data: HostData = hostZeros(range.dtype, sizeOf(range.shape))
  for (let i = 0; i < data.length; i++) data[i] = draw(key, i, range)
  return { shape: range.shape, dtype: range.dtype, data }
}

/** The numbers of an example. */
export const arrayOf = ({ shape, values, dtype = "f32" }: Example<Attributes>["inputs"][number]): HostArray => {
  const data = hostZeros(dtype, values.length)
  data.set(values)
  return { shape, dtype, data }
}

// Letters rather than a counter, so that an op's numbers do not change when another op is added.
const seedOf = (text: string): number =>
  [...text].reduce((seed, letter) => seed * 31 + letter.charCodeAt(0), 7) % 2 ** 40

/** Arguments of one sample of an op. */
export const argumentsOf = (op: Op, sample: Sample<Attributes>): readonly HostArray[] => {
  const keys = hostSplitKey(hostKey(seedOf(op.name)), sample.inputs.length)
  return sample.inputs.map((range, i) => randomArray(range, keys[i]!))
}

/** An op applied to program inputs named x0, x1, …. */
export const describeSample = (op: Op, specs: readonly Spec[], attributes: Attributes, prefix = "x"): Tensor =>
  applyOp(
    op,
    specs.map(({ shape, dtype }, i) => input({ shape, dtype }, `${prefix}${i}`)),
    attributes,
  )

/** Values by the paths that `describeSample` gave them. */
export const givenBy = (values: readonly HostArray[], prefix = "x"): ReadonlyMap<string, HostArray> =>
  new Map(values.map((value, i) => [`${prefix}${i}`, value]))

export const elementsOf = (sample: Sample<Attributes>): number =>
  sample.inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
