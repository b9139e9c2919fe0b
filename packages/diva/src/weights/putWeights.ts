import { Effect } from "effect"
import { leavesOf, mapTree, type HostArray } from "@diva/tensor"
import { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf, MachineArray } from "../gpu/machineArray.ts"
import { isWeightArray, loadArray, type WeightsOf } from "./weightArray.ts"
import { doing } from "../doing.ts"

/** Uploads wait in memory until the machine has taken them; no more than this much at once. */
const waitingBytes = 2 ** 28

const marker: HostArray = { shape: [1], dtype: "u32", data: new Uint32Array(1) }

/** Waits until the machine has taken what was put. */
const uploaded = Effect.scoped(
  Effect.flatMap(Gpu, (gpu) => Effect.flatMap(gpu.put(marker), (array) => gpu.read(array))),
)

/**
 * Puts weights on the machine one after another, so that those read or made on demand are in host memory one at a time.
 * They stay until the scope ends or a program consumes them. Errors: those of reading weights, any `TensorError`.
 */
export const putWeights = Effect.fnUntraced(function* <T>(tree: WeightsOf<T>) {
  const gpu = yield* Gpu
  const arrays = new Map<string, MachineArray>()
  let waiting = 0
  const leaves = leavesOf(tree, isWeightArray)
  for (const [i, { path, leaf }] of leaves.entries()) {
    yield* doing("putting weights on the device, tensor by tensor", i, leaves.length)
    const host = yield* loadArray(leaf)
    arrays.set(path, yield* gpu.put(host))
    waiting += host.data.byteLength
    if (waiting > waitingBytes) {
      yield* uploaded
      waiting = 0
    }
  }
  yield* doing("computing")
  return mapTree(tree, isWeightArray, (_, path) => arrays.get(path)!) as unknown as ArraysOf<T>
})
