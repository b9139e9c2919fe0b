import {
  hostKey,
  hostUniform,
  linear,
  gelu,
  layerNorm,
  raise,
  sizeOf,
  type HostArray,
  type Shape,
  type Tensor,
} from "@diva/tensor"
import type { Parameter, Params } from "@diva/models"
import { above0, requireNumber } from "../requireNumber.ts"

/** How visual tokens become tokens of the UNet's context: a small map of its own that trains with the tower. */
export interface Projection {
  /** Its name in manifests. */
  readonly title: string
  /** Its parameters for tokens `from` wide and a context `to` wide. */
  readonly parameters: (from: number, to: number) => readonly Parameter[]
  /** Their first values, a function of the seed. */
  readonly initial: (from: number, to: number, seed: number) => Readonly<Record<string, HostArray>>
  /** tokens: [batch, n, from] → [batch, n, to] */
  readonly apply: (params: Params, tokens: Tensor) => Tensor
}

/** What a declared parameter begins with does not matter here: `initial` makes the numbers. */
const declared = (name: string, shape: Shape): Parameter => ({ name, shape, initial: { kind: "constant", value: 0 } })

const uniform = (shape: Shape, bound: number, seed: number): HostArray => {
  const key = hostKey(seed)
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => bound * (2 * hostUniform(key, i) - 1))
  return { shape, dtype: "f32", data }
}

/** The default of torch.nn.Linear: weight and bias uniform in ±1/√from. */
const fresh = (from: number, to: number, seed: number) => ({
  weight: uniform([to, from], from ** -0.5, 2 * seed),
  bias: uniform([to], from ** -0.5, 2 * seed + 1),
})

const weightAndBias = (from: number, to: number, prefix = ""): readonly Parameter[] => [
  declared(`${prefix}weight`, [to, from]),
  declared(`${prefix}bias`, [to]),
]

/** W·x + b: the original's. */
export const linearProjection: Projection = {
  title: "linear",
  parameters: (from, to) => weightAndBias(from, to),
  initial: fresh,
  apply: (params, tokens) => linear(tokens, params["weight"]!, params["bias"]!),
}

/** W·norm(x) + b, tokens standardised first: for sources whose tokens differ in size. */
export const normalisedProjection: Projection = {
  ...linearProjection,
  title: "normalised",
  apply: (params, tokens) => linear(layerNorm(tokens), params["weight"]!, params["bias"]!),
}

const under = (prefix: string, arrays: Readonly<Record<string, HostArray>>) =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [prefix + name, array]))

/** Width between the two maps. Throws `InvalidAttribute` for one that is no whole number. */
const widened = (from: number, widening: number): number =>
  Number.isInteger(widening * from)
    ? widening * from
    : raise({
        _tag: "InvalidAttribute",
        op: "mlpProjection",
        attribute: "widening",
        rule: `${widening} times a width of ${from} is no whole number`,
        remedy: "give a whole number, or one that makes the width whole",
      })

/** W₂·gelu(W₁·x + b₁) + b₂, `widening` times as wide between as the tokens. Throws `InvalidAttribute` for a widening of 0 or below. */
export const mlpProjection = (widening = 2): Projection => {
  requireNumber("mlpProjection", "widening", widening, above0)
  return {
    title: `mlp(${widening})`,
    parameters: (from, to) => [
      ...weightAndBias(from, widened(from, widening), "fc1."),
      ...weightAndBias(widened(from, widening), to, "fc2."),
    ],
    initial: (from, to, seed) => ({
      ...under("fc1.", fresh(from, widened(from, widening), 2 * seed)),
      ...under("fc2.", fresh(widened(from, widening), to, 2 * seed + 1)),
    }),
    apply: (params, tokens) => {
      const inner = gelu(linear(tokens, params["fc1.weight"]!, params["fc1.bias"]!))
      return linear(inner, params["fc2.weight"]!, params["fc2.bias"]!)
    },
  }
}
