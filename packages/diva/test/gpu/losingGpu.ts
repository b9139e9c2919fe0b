import { Effect, Layer } from "effect"
import { raise, type TensorError } from "@diva/tensor"
import { fromTensor } from "../../src/fromEither.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { interpreterGpu } from "../../src/gpu/interpreterGpu.ts"

export type Asked = "compile" | "put" | "run" | "read"

/** What a machine was asked for, and how often it was opened anew. */
export interface Asking {
  readonly asked: Record<Asked, number>
  reopened: number
}

/**
 * The interpreter as a machine that is lost when it is asked for something the nth time (`at`), counted from its first opening,
 * and answers nothing until it is opened anew.
 */
export const losingGpu = (at: Partial<Record<Asked, readonly number[]>>) => {
  const state: Asking = { asked: { compile: 0, put: 0, run: 0, read: 0 }, reopened: 0 }
  let isLost = false
  const lost = fromTensor(() =>
    raise({ _tag: "DeviceLost", op: "device", rule: "unplugged", remedy: "plug it in again" }),
  )
  const asking = <A, R>(what: Asked, work: Effect.Effect<A, TensorError, R>): Effect.Effect<A, TensorError, R> =>
    Effect.suspend(() => {
      state.asked[what]++
      if (at[what]?.includes(state.asked[what])) isLost = true
      return isLost ? lost : work
    })
  const service = Gpu.of({
    ...interpreterGpu,
    reopen: Effect.sync(() => {
      isLost = false
      state.reopened++
    }),
    put: (tree) => asking("put", interpreterGpu.put(tree)),
    read: (tree) => asking("read", interpreterGpu.read(tree)),
    compile: (describe, specs, options) =>
      Effect.map(asking("compile", interpreterGpu.compile(describe, specs, options)), (program) => ({
        ...program,
        run: (args) => asking("run", program.run(args)),
      })),
  })
  return { state, layer: Layer.succeed(Gpu, service) }
}
