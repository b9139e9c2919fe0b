import { afterAll, beforeAll, describe, it } from "vitest"
import { ops } from "../../src/ops/registry.ts"
import { expectWithin, openGuarded, type GuardedDevice } from "./guardedDevice.ts"

const onDevice = ops.filter(({ except }) => except?.gpu === undefined)

const named = (list: typeof onDevice) => list.map((op) => [op.name, op] as const)

/** Adapters of several kinds, planned for on this one. */
const kinds = [
  ["as planned for this adapter", {}],
  ["with tiles in workgroup memory", { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 }],
  ["with buffers alone", { textureExtent: 0, subgroupSize: 0 }],
] as const

describe.each(kinds)("kernels %s stay within their buffers:", (_kind, planFor) => {
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor })
  })
  afterAll(() => guarded.close())

  it.each(named(onDevice))("%s", (_name, op) => expectWithin(guarded, op), 600_000)
})

/** Ops whose kernels a tuner chooses among. */
const chosen = onDevice.filter(({ name }) => /^(contract|conv2d|attention)/.test(name))

describe.each(kinds.slice(0, 2))("every choice a tuner may make %s stays within its buffers:", (_kind, planFor) => {
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor })
  })
  afterAll(() => guarded.close())

  it.each(named(chosen).flatMap(([name, op]) => [1, 2, 3, 4, 5, 6].map((nth) => [name, nth, op] as const)))(
    "%s, candidate %i",
    (_name, nth, op) =>
      expectWithin(guarded, op, {
        near: 2e-3,
        choose: ({ candidates, others }) => [...candidates, ...others][nth % (candidates.length + others.length)]!,
      }),
    600_000,
  )
})
