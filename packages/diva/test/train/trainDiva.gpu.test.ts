import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Gpu } from "../../src/gpu/gpu.ts"
import { adapterConfig, run, services, slow, testAgreement } from "./onAdapter.ts"
import { fingerprint } from "./tinyRun.ts"

it.live(
  "a training run on the adapter ends with the same bits whether or not it was stopped, and gives every buffer back",
  () =>
    Effect.gen(function* () {
      const gpu = yield* Gpu
      const before = yield* gpu.live
      const whole = yield* run(adapterConfig).pipe(Effect.provide(services()))
      assert.deepStrictEqual(yield* gpu.live, before)
      const both = Effect.andThen(run({ ...adapterConfig, stopAfter: 3 }), run(adapterConfig))
      assert.strictEqual(fingerprint(yield* both.pipe(Effect.provide(services()))), fingerprint(whole))
      assert.deepStrictEqual(yield* gpu.live, before)
    }).pipe(Effect.provide(Gpu.layer())),
  slow,
)

testAgreement("f32", adapterConfig)
