import { attention, sliceAxis, type Tensor } from "@diva/tensor"
import { joinHeads, splitHeads } from "./heads.ts"
import { layer, parametersOf, type Layer, type Run } from "./layer.ts"
import { linearLayer, type LinearOptions } from "./linearLayer.ts"

/** How a checkpoint spells an attention's projections: q, k and v stacked in one matrix, or one each. */
export type AttentionNames =
  | { readonly kind: "stacked"; readonly weight: string; readonly bias: string; readonly out: string }
  | {
      readonly kind: "separate"
      readonly query: string
      readonly key: string
      readonly value: string
      readonly out: string
    }

/** As diffusers spells them in UNets and VAEs. */
export const diffusersNames = (name: string): AttentionNames => ({
  kind: "separate",
  query: `${name}.to_q`,
  key: `${name}.to_k`,
  value: `${name}.to_v`,
  out: `${name}.to_out.0`,
})

export interface AttentionOptions {
  readonly names: AttentionNames
  readonly width: number
  readonly heads: number
  /** Width of the tokens attended to; `width` by default, which is self-attention's. Separate projections only. */
  readonly contextWidth?: number
  readonly causal?: boolean
  /** Whether q, k and v have biases; the output projection always has one. */
  readonly bias?: boolean
  readonly deviation?: number
  readonly outDeviation?: number
}

interface Projections {
  readonly layers: readonly Layer[]
  readonly apply: (run: Run, x: Tensor, context: Tensor) => readonly [Tensor, Tensor, Tensor]
}

type LinearDefaults = Pick<LinearOptions, "bias" | "deviation">

const stacked = (
  name: string,
  names: AttentionNames & { readonly kind: "stacked" },
  width: number,
  defaults: LinearDefaults,
): Projections => {
  const all = linearLayer(`${name}.in_proj`, { from: width, to: 3 * width, names, ...defaults })
  const part = (x: Tensor, i: number): Tensor => sliceAxis(x, -1, i * width, (i + 1) * width)
  return {
    layers: [all],
    apply: (run, x) => {
      const qkv = all.apply(run, x)
      return [part(qkv, 0), part(qkv, 1), part(qkv, 2)]
    },
  }
}

const separate = (
  names: AttentionNames & { readonly kind: "separate" },
  width: number,
  contextWidth: number,
  defaults: LinearDefaults,
): Projections => {
  const query = linearLayer(names.query, { from: width, to: width, ...defaults })
  const key = linearLayer(names.key, { from: contextWidth, to: width, ...defaults })
  const value = linearLayer(names.value, { from: contextWidth, to: width, ...defaults })
  return {
    layers: [query, key, value],
    apply: (run, x, context) => [query.apply(run, x), key.apply(run, context), value.apply(run, context)],
  }
}

/**
 * Multi-head attention: softmax(q·kᵀ/√d)·v per head, then an output projection.
 * x: [batch, tokens, width], context: [batch, others, contextWidth] → [batch, tokens, width]; pass x as context to attend
 * to itself. Causal: a token sees itself and those before it.
 */
export const attentionLayer = (name: string, options: AttentionOptions): Layer<readonly [Tensor, Tensor]> => {
  const { names, width, heads, contextWidth = width, causal = false, bias = true, deviation, outDeviation } = options
  const defaults = { bias, ...(deviation === undefined ? {} : { deviation }) }
  const projections =
    names.kind === "stacked" ? stacked(name, names, width, defaults) : separate(names, width, contextWidth, defaults)
  const out = linearLayer(names.out, {
    from: width,
    to: width,
    ...(outDeviation === undefined ? {} : { deviation: outDeviation }),
  })
  return layer(name, parametersOf([...projections.layers, out]), (run, x: Tensor, context: Tensor) => {
    const [q, k, v] = projections.apply(run, x, context).map((each) => splitHeads(each, heads))
    return out.apply(run, joinHeads(attention(q!, k!, v!, { causal })))
  })
}
