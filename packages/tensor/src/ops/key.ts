import { isTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { hostKey } from "../key/hostKey.ts"
import { streams } from "../key/streams.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { fill } from "./fill.ts"
import { constant } from "./input.ts"
import { iota } from "./iota.ts"
import { reshape } from "./reshape.ts"
import { stack } from "./stack.ts"
import { threefry } from "./threefry.ts"

/** The key of a seed (an integer of up to 53 bits): u32[2]. Pass keys as program arguments to draw anew at each run. */
export const key = (seed: number): Tensor => constant(Uint32Array.from(hostKey(seed)), [2], "u32")

/** So many tensors: a tuple where the number is written out and at most eight, so that `const [a, b] = …` has no holes. */
export type Several<Count extends number> = Count extends keyof Tuples ? Tuples[Count] : readonly Tensor[]

interface Tuples {
  readonly 1: readonly [Tensor]
  readonly 2: readonly [Tensor, Tensor]
  readonly 3: readonly [Tensor, Tensor, Tensor]
  readonly 4: readonly [Tensor, Tensor, Tensor, Tensor]
  readonly 5: readonly [Tensor, Tensor, Tensor, Tensor, Tensor]
  readonly 6: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
  readonly 7: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
  readonly 8: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
}

/** `count` independent keys, each u32[2]. Use a key once: either split it or draw from it. */
export const splitKey = <Count extends number>(parent: Tensor, count: Count): Several<Count> =>
  Array.from({ length: count }, (_, i) => derive(parent, fill([1], i, "u32"), streams.split)) as never

/** A key that depends on `data` too: a step, a layer, a position in the batch. data: a number, or u32|i32 of one element. */
export const foldIn = (parent: Tensor, data: Tensor | number): Tensor =>
  derive(parent, isTensor(data) ? reshape(cast(data, "u32"), [1]) : fill([1], data, "u32"), streams.foldIn)

const derive = (parent: Tensor, counter: Tensor, stream: number): Tensor =>
  reshape(stack([threefry(parent, counter, stream, 0), threefry(parent, counter, stream, 1)], 1), [2])

/** Where a draw begins: element i of it is element `from + i` of the draw that begins at 0. u32 or i32 of one element. */
export type DrawStart = Tensor | number

/** Position in row-major order from `from` on, as a tensor: the counter of draws of one shape. */
export const positions = (shape: readonly number[], from: DrawStart = 0): Tensor => {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const counted = iota([size], 0, "u32")
  if (from === 0) return reshape(counted, shape)
  const start = isTensor(from) ? reshape(cast(from, "u32"), [1]) : fill([1], from, "u32")
  return reshape(add(counted, start), shape)
}
