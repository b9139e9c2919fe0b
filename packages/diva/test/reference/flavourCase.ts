import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { clipParameters, initialise, parseClip } from "@diva/models"
import { sizeOf, type HostArray } from "@diva/tensor"
import { Gpu } from "../../src/gpu/gpu.ts"
import { runDivaCase } from "../../src/reference/divaCase.ts"
import { readCase } from "./caseFolder.ts"

const stored = readCase()

const waves = (shape: readonly number[], phase: number): HostArray => ({
  shape,
  dtype: "f32",
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + phase)),
})

const embed = 24

/** OpenCLIP's configuration of a small image tower of 16 patches, and timm's inside OpenCLIP. */
const openClip = {
  embed_dim: embed,
  quick_gelu: true,
  vision_cfg: { image_size: 56, layers: 1, width: 32, head_width: 16, patch_size: 14 },
  text_cfg: { context_length: 77, vocab_size: 64, width: 32, heads: 2, layers: 1 },
}

const siglip = {
  embed_dim: embed,
  init_logit_bias: -10,
  vision_cfg: {
    image_size: 56,
    timm_model_name: "vit_so400m_patch14_siglip_224",
    timm_pool: "map",
    timm_proj: "none",
  },
  text_cfg: {
    context_length: 16,
    vocab_size: 64,
    width: embed,
    heads: 2,
    layers: 1,
    mlp_ratio: 2,
    no_causal_mask: true,
    proj_bias: true,
    pool_type: "last",
    norm_kwargs: { eps: 1e-6 },
  },
  timm_tiny_override: {
    patch_size: 14,
    embed_dim: embed,
    depth: 1,
    num_heads: 2,
    mlp_ratio: 2,
    class_token: false,
    global_pool: "map",
    img_size: 56,
  },
}

/** Configuration, tokens that the flavour retains of 16 patches, patches that it draws. */
export const flavours = {
  metaclip: [openClip, 17, 0],
  dfn224: [openClip, 17, 0],
  dfn378: [openClip, 9, 8],
  siglip6: [siglip, 3, 0],
  siglip10: [siglip, 2, 0],
} as const

export type Flavour = keyof typeof flavours

const oneStep = {
  max_steps: 1,
  warmup_steps: 0,
  gradient_accumulation_steps: 1,
  batch_size: 1,
  learning_rate: 0.04,
  train_steps: 2,
  max_grad_norm: 1,
}

/** A case of a flavour, of one step unless told otherwise, around the stored case's diffusion model and images. */
export const caseOf = (flavour: Flavour, changes: Partial<typeof oneStep> = {}) => {
  const [clip_config, , drawn] = flavours[flavour]
  const trainer = { ...oneStep, ...changes }
  const clip = E.getOrElseW((error: unknown): never => {
    throw error
  })(parseClip(clip_config))
  const clipWeights = Object.entries(initialise(clipParameters(clip), 5))
  const document = stored.document as object
  const draws = new Map<string, HostArray>()
  const { max_steps: steps, train_steps: inners } = trainer
  for (let draw = 0; draw < steps * inners; draw++) {
    const at = `step${Math.floor(draw / inners)}.micro0.inner${draw % inners}`
    draws.set(`timesteps.${at}`, { shape: [1], dtype: "i32", data: Int32Array.of(300 + 200 * draw) })
    draws.set(`noise.${at}`, waves([1, 4, 16, 16], draw))
    const indices = Int32Array.from({ length: drawn }, (_, i) => (5 * i + draw) % 16)
    if (drawn > 0) draws.set(`patch_indices.${at}`, { shape: [1, drawn], dtype: "i32", data: indices })
  }
  const weights = new Map<string, HostArray>([
    ...clipWeights.map(([name, array]) => [`class_model.model.${name}`, array] as const),
    ["class_model.final_fc.weight", waves([1, embed], 1)],
    ["visual_proj.weight", waves([16, embed], 2)],
    ["visual_proj.bias", waves([16], 3)],
  ])
  return { document: { ...document, flavour, clip_config, trainer }, data: { ...stored.data, weights, draws } }
}

const slow = 120_000

/** Tests that a case of one step of this flavour trains. */
export const testFlavour = (flavour: Flavour): void =>
  it.live(
    `train: ${flavour}`,
    () =>
      Effect.gen(function* () {
        const { document, data } = caseOf(flavour)
        const { firstForward, losses, parameters, updates, gradientNorms } = yield* runDivaCase(document, data, [])
        const [, tokens] = flavours[flavour]
        assert.deepStrictEqual(firstForward.get("image_features")!.shape, [1, tokens, embed])
        assert.isTrue(losses.flat(2).every((loss) => Number.isFinite(loss) && loss > 0))
        assert.isAbove(gradientNorms[0]!, 0)
        // The text joins by its mean: the same at every token.
        const { data: context, shape } = firstForward.get("context")!
        const projected = firstForward.get("visual_proj_out")!.data
        const [, , width = 0] = shape
        context.forEach((value, i) =>
          assert.closeTo(value - projected[i]!, context[i % width]! - projected[i % width]!, 1e-4),
        )
        // Every tensor of tower and projection is there; those that features depend on have moved.
        const moved = [...updates].filter(([, { data: by }]) => by.some((x) => x !== 0)).map(([name]) => name)
        assert.includeMembers(moved, ["final.visual_proj.weight", "final.class_model.final_fc.weight"])
        assert.isAbove(moved.filter((name) => name.includes("visual.")).length, 10)
        assert.isTrue([...parameters.keys()].every((name) => !name.includes("text")))
      }).pipe(Effect.provide(Gpu.layerInterpreter)),
    slow,
  )
