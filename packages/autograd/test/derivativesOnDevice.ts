import { cast, input, type HostArray, type Op, type Tensor } from "@diva/tensor"
import { jvp, vjp } from "@diva/autograd"
import { hostKey } from "../../tensor/src/key/hostKey.ts"
import { randomArray } from "../../tensor/test/ops/samples.ts"
import { casesOf, floats, type OpCase } from "./forward/opCases.ts"
import type { Trial } from "./onDevice.ts"

const drawn = ({ shape }: { readonly shape: HostArray["shape"] }, seed: number): HostArray =>
  randomArray({ shape, dtype: "f32", low: -1, high: 1 }, hostKey(seed))

const trialOf = ({ title, values, f }: OpCase): Trial => {
  const count = values.length
  const resultOf = f(...values.map(({ shape, dtype }, i) => input({ shape, dtype }, `x${i}`)))
  return {
    title,
    values: [...values, ...values.map((value, i) => drawn(value, 1000 + i)), drawn(resultOf, 1)],
    f: (all) => {
      const [xs, vs, w] = [all.slice(0, count), all.slice(count, 2 * count), all.at(-1)!]
      const tangents = xs.map((x, i) => (floats(x) ? cast(vs[i]!, x.dtype) : null))
      const held = (...moving: readonly Tensor[]): Tensor => {
        const rest = [...moving]
        return f(...xs.map((x) => (floats(x) ? rest.shift()! : x)))
      }
      const [y, back] = vjp(held)(...xs.filter(floats))
      return [jvp(f)(xs, tangents)[1], ...(back(cast(w, y.dtype)) as readonly Tensor[])]
    },
  }
}

/** Tangent and cotangents of an op on its samples up to a size. */
export const derivativeTrials = (op: Op, most: number): readonly Trial[] => casesOf(op, most).map(trialOf)
