import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Effect } from "effect"
import type { Tensor } from "@diva/tensor"
import { expect, test } from "vitest"
import { Gpu } from "../../src/index.ts"
import { putWeights } from "../../src/weights/putWeights.ts"
import type { LazyArray } from "../../src/weights/weightArray.ts"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

const tensors = 12
const elements = 2 ** 20
/** The read-back sample and little else; a second copy of all would be 48 MiB. */
const bound = 3 * 4 * elements

/** Weights that are made when they are wanted, as those of a file are read. */
const weights = (): Readonly<Record<string, LazyArray>> =>
  Object.fromEntries(
    Array.from({ length: tensors }, (_, i) => {
      const load = Effect.sync(() => ({
        shape: [elements],
        dtype: "f32" as const,
        data: new Float32Array(elements).fill(i),
      }))
      return [`w${i}`, { shape: [elements], dtype: "f32", load } satisfies LazyArray]
    }),
  )

/**
 * Bytes of array buffers in host memory once they are below `bound`, or after five seconds. A collection gives buffers
 * back from a thread of its own, some time after it returned: a single look may still count what is already garbage.
 */
const held = Effect.fnUntraced(function* (bound: number) {
  for (let look = 0; look < 250; look++) {
    collect()
    if (process.memoryUsage().arrayBuffers < bound) break
    yield* Effect.sleep("20 millis")
  }
  return process.memoryUsage().arrayBuffers
})

test("weights on the machine have no second copy in host memory, and go with their scope", async () => {
  const program = Effect.gen(function* () {
    const gpu = yield* Gpu
    const start = yield* gpu.live
    const [inside, during, sample] = yield* Effect.scoped(
      Effect.gen(function* () {
        const before = process.memoryUsage().arrayBuffers
        const arrays = yield* putWeights<Readonly<Record<string, Tensor>>>(weights())
        const { last } = yield* gpu.read({ last: arrays[`w${tensors - 1}`]! })
        return [(yield* held(before + bound)) - before, yield* gpu.live, last.data[elements - 1]] as const
      }),
    )
    return { start, inside, during, sample, end: yield* gpu.live }
  }).pipe(Effect.provide(Gpu.layer()))
  const { start, inside, during, sample, end } = await Effect.runPromise(program)
  expect(sample).toBe(tensors - 1)
  expect(during.bytes - start.bytes).toBe(4 * tensors * elements)
  expect(inside).toBeLessThan(bound)
  expect(end).toEqual(start)
})
