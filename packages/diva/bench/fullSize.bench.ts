// Plans a full-size micro-step for this adapter, without running it: its kernels, pipelines and memory.
import { benchArguments, selects } from "../../../scripts/bench/arguments.ts"
import { Effect } from "effect"
import { openDevice, planOf } from "@diva/tensor"
import { fullScale, microStepProgram, microStepSpecs } from "./microStep.ts"

if (selects(benchArguments().words, "fullSize")) {
  const scale = await Effect.runPromise(fullScale)
  await using device = await openDevice()
  process.stderr.write("planning a micro-step of full size …\n")
  const begin = performance.now()
  const plan = planOf(microStepProgram(scale), microStepSpecs(scale) as never, device.planning, {
    name: "microStep",
    donate: ["gradientSum"],
  })
  const milliseconds = performance.now() - begin
  const pipelines = new Set(plan.steps.map(({ wgsl }) => wgsl)).size
  const { flops, peakBytes, steps } = plan
  const line = {
    planned: "microStep ViT-L-14/224 + SD-2-1-base, batch 1",
    dispatches: steps.length,
    pipelines,
    flops,
    peakBytes,
    milliseconds,
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
