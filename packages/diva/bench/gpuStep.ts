// The whole micro-step on this adapter, for every precision and batch asked for: how long, and where the time goes.
//   --scale full|demo     ViT-L/14 with SD-2-1-base on images of 512², or the demonstration's models
//   --batches 1,4,16      images in a micro-batch
//   --precisions …        highest, high, medium
//   --runs N              measured runs of each
//   --out FOLDER          where profiles are written, one text a combination
// Prints one JSON line a combination, as soon as it is known.
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import {
  familyWork,
  isDeviceArray,
  kernelWork,
  mapTree,
  openDevice,
  precisions,
  profile,
  showProfile,
  type Compiled,
  type Device,
  type HostArray,
  type Precision,
  type Profile,
} from "@diva/tensor"
import {
  demoScale,
  fullScale,
  microStepProgram,
  microStepSpecs,
  type MicroStepArguments,
  type Scale,
} from "./microStep.ts"
import { seededOperands } from "./seededOperands.ts"
import type { MicroStepOutputs } from "../src/objective/microStep.ts"

const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "full" },
    batches: { type: "string", default: "1,4,16" },
    precisions: { type: "string", default: "highest" },
    runs: { type: "string", default: "3" },
    out: { type: "string" },
  },
})

/** One thing to measure. */
interface Combination {
  readonly batch: number
  readonly precision: Precision
}

type Step = Compiled<MicroStepArguments, MicroStepOutputs>

const precisionsAsked = precisions.filter((precision) => values.precisions.split(",").includes(precision))

const combinations: readonly Combination[] = values.batches
  .split(",")
  .flatMap((batch) => precisionsAsked.map((precision) => ({ batch: Number(batch), precision })))

const release = (tree: unknown): void => {
  mapTree(tree as never, isDeviceArray, (array) => {
    if (array.isLive()) array[Symbol.dispose]()
  })
}

const compileStep = (device: Device, scale: Scale, { precision }: Combination): Promise<Step> =>
  device.compile(microStepProgram(scale), microStepSpecs(scale) as never, {
    name: "microStep",
    donate: ["gradientSum"],
    // As a training compiles it: what follows from frozen weights is computed once.
    frozen: ["frozen"],
    precision,
  })

const lineOf = (combination: Combination, found: Profile, step: Step, compiled: number, losses: readonly number[]) => ({
  step: values.scale,
  ...combination,
  adapter: found.adapter,
  seconds: found.wallSeconds,
  secondsAnImage: found.wallSeconds / combination.batch,
  dispatchSeconds: found.seconds,
  submitSeconds: found.submitSeconds,
  compileSeconds: compiled,
  runs: found.runs,
  dispatches: found.steps.length,
  pipelines: new Set(step.plan.steps.map(({ wgsl }) => wgsl)).size,
  flops: step.plan.flops,
  peakBytes: step.plan.peakBytes,
  losses,
  ceilings: found.ceilings,
  families: familyWork(found),
  kernels: kernelWork(found).slice(0, 60),
})

/** Weights are put once; only images differ between batches. */
const baseScale = await Effect.runPromise(values.scale === "full" ? fullScale : demoScale)
const { trainable, gradientSum, frozen } = microStepSpecs(baseScale)
await using device = await openDevice()
const shared = seededOperands(device, { trainable, frozen }) as object
let sum = (seededOperands(device, { gradientSum }) as { readonly gradientSum: unknown }).gradientSum

const measure = async (combination: Combination): Promise<void> => {
  const scale = { ...baseScale, batch: combination.batch }
  const { images, drawKey } = microStepSpecs(scale)
  const varying = seededOperands(device, { images, drawKey }) as object
  const begin = performance.now()
  using step = await compileStep(device, scale, combination)
  const compiled = (performance.now() - begin) / 1000
  const given = (gradient: unknown) => ({ ...shared, ...varying, gradientSum: gradient }) as never
  let losses: Promise<HostArray> | undefined
  const found = await profile(device, step, given(sum), {
    runs: Number(values.runs),
    next: (results) => {
      losses = device.read(results.losses as never) as Promise<HostArray>
      sum = results.gradientSum
      return given(sum)
    },
  })
  const line = lineOf(combination, found, step, compiled, [...((await losses)?.data ?? [])])
  process.stdout.write(`${JSON.stringify(line)}\n`)
  const name = `profile-${values.scale}-${combination.precision}-${combination.batch}.txt`
  if (values.out !== undefined) writeFileSync(join(values.out, name), `${showProfile(found, { kernels: 60 })}\n`)
  release(varying)
}

for (const combination of combinations) {
  try {
    await measure(combination)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    process.stdout.write(`${JSON.stringify({ step: values.scale, ...combination, why })}\n`)
    break
  }
}
