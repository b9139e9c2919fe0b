// Runs a full-size micro-step and its parts with seeded weights: minutes and 9 GiB, so only where `fullStep` is asked for.
import { Effect } from "effect"
import { compileProbe } from "../../../scripts/bench/ceilings.ts"
import type { FullStepLine } from "../../../scripts/bench/line.ts"
import { median } from "../../../scripts/bench/statistics.ts"
import { isDeviceArray, mapTree, openDevice, type Compiled, type Device, type HostArray } from "@diva/tensor"
import { partsOf, type Part } from "./fullParts.ts"
import { fullScale, microStepProgram, microStepSpecs, type MicroStepArguments } from "./microStep.ts"
import { seededOperands } from "./seededOperands.ts"
import type { MicroStepOutputs } from "../src/objective/microStep.ts"

/** Warm runs of the whole step, whose median counts; parts run warm once. */
const warmRuns = 2

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1000
}

const release = (tree: object): void => {
  mapTree(tree as never, isDeviceArray, (array) => array[Symbol.dispose]())
}

const measurePart = async (device: Device, { name, program, specs }: Part) => {
  using compiled = (await device.compile(program, specs as never, { name })) as Compiled<object, unknown>
  const given = seededOperands(device, specs) as object
  const run = async (): Promise<void> => {
    compiled(given)
    await device.finish()
  }
  await run()
  const warm = await seconds(run)
  release(given)
  return { part: name, seconds: warm, flops: compiled.plan.flops, peakBytes: compiled.plan.peakBytes }
}

const measureStep = async (device: Device, frozen: "f32" | "f16"): Promise<FullStepLine> => {
  const scale = await Effect.runPromise(fullScale)
  const specs = microStepSpecs(scale, frozen)
  const program = microStepProgram(scale)
  const options = { name: "microStep", donate: ["gradientSum"] }
  using step: Compiled<MicroStepArguments, MicroStepOutputs> = await device.compile(program, specs as never, options)
  const { gradientSum, ...given } = seededOperands(device, specs) as unknown as { gradientSum: unknown }
  let total = gradientSum
  let losses: HostArray | undefined
  const once = async (): Promise<void> => {
    const out = step({ ...given, gradientSum: total } as never)
    total = out.gradientSum
    losses = await device.read(out.losses as never)
  }
  const first = await seconds(once)
  const times: number[] = []
  for (let i = 0; i < warmRuns; i++) times.push(await seconds(once))
  const line = {
    fullStep: "ViT-L-14/224 + SD-2-1-base, batch 1",
    frozen,
    first,
    seconds: median(times),
    flops: step.plan.flops,
    predictedBytes: step.plan.peakBytes,
    liveBytes: device.live().bytes,
    residentBytes: process.memoryUsage().rss,
    losses: [...losses!.data],
  }
  release([given, total])
  return { ...line, dispatches: step.plan.steps.length, parts: [], fma: 0 }
}

using probe = compileProbe()
for (const frozen of ["f32", "f16"] as const) {
  await using device = await openDevice()
  const before = probe?.measure()
  const line = await measureStep(device, frozen)
  const parts = []
  for (const part of partsOf(await Effect.runPromise(fullScale), frozen)) parts.push(await measurePart(device, part))
  const found = [before, probe?.measure()].flatMap((ceilings) =>
    ceilings === undefined ? [] : [ceilings.fma["256"] ?? 0],
  )
  process.stdout.write(`${JSON.stringify({ ...line, parts, fma: Math.max(0, ...found) })}\n`)
}
