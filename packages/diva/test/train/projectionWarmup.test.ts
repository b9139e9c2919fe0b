import { assert, describe, it } from "@effect/vitest"
import type { HostArray } from "@diva/tensor"
import { Effect, Layer } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { Gpu } from "../../src/gpu/gpu.ts"
import { packPixels } from "../../src/objective/pixels.ts"
import { adamwWith } from "../../src/objective/update.ts"
import { checkTraining } from "../../src/train/checkTraining.ts"
import { Events } from "../../src/train/observe/events.ts"
import { openMachine } from "../../src/train/machine/machine.ts"
import { firstState } from "../../src/train/startState.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { tinyConfig } from "./tinyRun.ts"

/** A run of one image an update whose projection learns alone in the first. */
const config = (projectionWarmup: number): TrainConfig => ({
  ...tinyConfig,
  method: {
    ...tinyConfig.method,
    imagesPerUpdate: 1,
    switches: { ...tinyConfig.method.switches, projectionWarmup },
  },
  optimisation: { ...tinyConfig.optimisation, updates: 2, optimizer: adamwWith({ weightDecay: 0.1 }) },
})

const pixels = packPixels(
  Uint8Array.from({ length: 768 }, (_, i) => (i * 5) % 256),
  1,
  16,
)

const services = Layer.merge(Gpu.layerInterpreter, Events.layerOf([]))

describe("the projection's warm-up", () => {
  it.live("leaves every number of the tower as it is, and lets it learn after", () =>
    Effect.gen(function* () {
      const of = config(1)
      const machine = yield* openMachine(of, firstState(of, {}))
      const updated = Effect.fnUntraced(function* (update: number) {
        yield* machine.microStep(pixels, update, 0)
        yield* machine.update(0.01, update)
        return (yield* machine.read).parameters
      })
      const [first, second] = [yield* updated(0), yield* updated(1)]
      const begun = new Map([...firstState(of, {}).parameters].map(([name, array]) => [name, array as HostArray]))
      const changed = (before: ReadonlyMap<string, HostArray>, after: typeof first): readonly string[] =>
        [...after.keys()].filter((name) => {
          const [a, b] = [before.get(name)!.data as Float32Array, after.get(name)!.data]
          return a.some((x, i) => x !== b[i])
        })
      assert.deepStrictEqual(changed(begun, first).toSorted(), ["visual_proj.bias", "visual_proj.weight"])
      const towers = changed(first, second).filter((name) => name.startsWith("class_model."))
      assert.isAbove(towers.length, 10)
    }).pipe(Effect.scoped, Effect.provide(services)),
  )

  it("must be shorter than the run", () => {
    assert.isTrue(E.isRight(checkTraining(config(1))))
    const refused = checkTraining(config(2))
    assert.include(E.isLeft(refused) ? refused.left.rule : "", "it never learns")
  })
})
