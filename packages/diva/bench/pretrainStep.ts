// One update of the synthetic world's pre-trainings on this adapter: how long it takes, and where the time goes.
//   --models vae,diffusion   which
//   --batch 64               pictures in an update
//   --runs N                 measured runs of each
//   --out FOLDER             where profiles are written
// Prints one JSON line a model, as soon as it is known.
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { openDevice, profile, showProfile, familyWork } from "@diva/tensor"
import { initialise, parseNoiseSchedule, parseSdText, parseUnet, parseVae, vaeParameters } from "@diva/models"
import { fromEither } from "../src/fromEither.ts"
import { autoencoder } from "../src/pretrain/autoencoder.ts"
import { denoising } from "../src/pretrain/denoising.ts"
import type { Pretraining, PretrainSettings } from "../src/pretrain/pretraining.ts"
import { pretrainStep, type StepArguments, type StepResult } from "../src/pretrain/pretrainStep.ts"
import { firstState, stateTree } from "../src/pretrain/pretrainState.ts"
import { packPixels } from "../src/objective/pixels.ts"
import { specTree } from "../src/weights/specTree.ts"
import { worldModels } from "../src/world/index.ts"
import { seededOperands } from "./seededOperands.ts"

const { values } = parseArgs({
  options: {
    models: { type: "string", default: "vae,diffusion" },
    batch: { type: "string", default: "64" },
    runs: { type: "string", default: "5" },
    out: { type: "string" },
  },
})

const edge = 64
const batch = Number(values.batch)

const vae = Effect.runSync(fromEither(parseVae(worldModels.vae)))

const diffusion = Effect.runSync(
  Effect.all({
    unet: fromEither(parseUnet(worldModels.unet)),
    text: fromEither(parseSdText(worldModels.text_encoder)),
    noise: fromEither(parseNoiseSchedule(worldModels.scheduler)),
    vae: Effect.succeed(vae),
  }),
)

const encoder = new Map(
  Object.entries(initialise(vaeParameters(vae), 1)).filter(([name]) => /^(encoder|quant_conv)\./.test(name)),
)

const noCaption = (): Int32Array => new Int32Array(diffusion.text.context)

const pretrainings: Readonly<Record<string, Pretraining<never>>> = {
  vae: autoencoder(vae, { imageSize: edge, divergenceWeight: 1e-4 }, 1) as unknown as Pretraining<never>,
  diffusion: denoising(
    diffusion,
    encoder,
    noCaption,
    { imageSize: edge, captionDropout: 0.1 },
    1,
  ) as unknown as Pretraining<never>,
}

const settings = { betas: [0.9, 0.99], weightDecay: 0.01, clipNorm: 1, seed: 1 } as unknown as PretrainSettings

const scalar = { shape: [], dtype: "f32", data: new Float32Array(1) } as const

await using device = await openDevice()

const measure = async (name: string, pretraining: Pretraining<never>): Promise<void> => {
  const like = {
    state: stateTree(firstState(pretraining, settings)),
    frozen: pretraining.frozen,
    batch: {
      pixels: packPixels(new Uint8Array(batch * edge * edge * 3), batch, edge),
      ids: { shape: [batch, pretraining.context], dtype: "i32", data: new Int32Array(batch * pretraining.context) },
    },
    learningRate: scalar,
    averageDecay: scalar,
    key: { shape: [2], dtype: "u32", data: new Uint32Array(2) },
  }
  const specs = specTree(like as never) as never
  const begin = performance.now()
  using step = await device.compile<StepArguments<never>, StepResult>(pretrainStep(pretraining, settings), specs, {
    name,
    donate: ["state"],
  })
  const compileSeconds = (performance.now() - begin) / 1000
  const given = seededOperands(device, specs) as { readonly state: unknown }
  const found = await profile(device, step, given as never, {
    runs: Number(values.runs),
    next: ({ state }) => ({ ...given, state }) as never,
  })
  const { adapter, wallSeconds, seconds, submitSeconds, steps } = found
  const counts = { dispatches: steps.length, pipelines: new Set(step.plan.steps.map(({ wgsl }) => wgsl)).size }
  const line = { update: name, batch, adapter, seconds: wallSeconds, dispatchSeconds: seconds, submitSeconds }
  process.stdout.write(`${JSON.stringify({ ...line, compileSeconds, ...counts, families: familyWork(found) })}\n`)
  if (values.out !== undefined)
    writeFileSync(join(values.out, `profile-pretrain-${name}-${batch}.txt`), `${showProfile(found, { kernels: 60 })}\n`)
}

for (const name of values.models.split(",")) await measure(name, pretrainings[name]!)
