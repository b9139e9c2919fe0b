import { Effect } from "effect"
import { mapTree, sizeOf, type HostArray, type Spec } from "@diva/tensor"
import {
  parseOpenaiClip,
  parseSdText,
  parseUnet,
  parseVae,
  openaiArguments,
  stableDiffusionConfigs,
} from "@diva/models"
import { specsOf } from "@diva/models"
import { randomPatches } from "../src/condition/index.ts"
import { demoConfig } from "../src/demo/demo.ts"
import { keyedDraws, type DrawKey } from "../src/objective/keyedDraws.ts"
import { referenceMethod, type Method } from "../src/objective/method.ts"
import { microStep, type MicroStepInputs, type MicroStepOutputs } from "../src/objective/microStep.ts"
import { divaModels, stableDiffusionNoise } from "../src/objective/standardModels.ts"
import { referenceSwitches } from "../src/objective/switches.ts"
import { fromEither } from "../src/fromEither.ts"
import type { SpecsOf } from "../src/gpu/machineArray.ts"

/** A micro-step to measure: which models, how many images of what edge. */
export interface Scale {
  readonly method: Method
  readonly batch: number
  readonly imageSize: number
}

export type MicroStepArguments = MicroStepInputs & { readonly drawKey: DrawKey }

/** The demonstration's models and sizes. */
export const demoScale: Effect.Effect<Scale, unknown> = Effect.map(
  demoConfig(1, 0),
  ({ method, batchSize, imageSize }) => ({ method, batch: batchSize, imageSize }),
)

/** OpenAI ViT-L/14 at 224 pixels with SD-2-1-base, one image of 512². */
export const fullScale: Effect.Effect<Scale, unknown> = Effect.gen(function* () {
  const files = stableDiffusionConfigs["sd-2-1-base"]
  const models = divaModels({
    clip: yield* fromEither(parseOpenaiClip(openaiArguments["openai-l14-224"])),
    unet: yield* fromEither(parseUnet(files.unet)),
    vae: yield* fromEither(parseVae(files.vae)),
    text: yield* fromEither(parseSdText(files.text_encoder)),
    noise: stableDiffusionNoise,
  })
  const switches = { ...referenceSwitches, referenceAccumulation: 1 }
  const method: Method = { ...referenceMethod(models), condition: randomPatches(35), switches, imagesPerUpdate: 1 }
  return { method, batch: 1, imageSize: 512 }
})

const f32 = (...shape: readonly number[]): Spec => ({ shape, dtype: "f32" })
const u32 = (...shape: readonly number[]): Spec => ({ shape, dtype: "u32" })

const textPositions = 77

/** Specs of all that one micro-step reads, the frozen weights stored in `frozen`. */
export const microStepSpecs = (
  { method: { models }, batch, imageSize }: Scale,
  frozen: "f32" | "f16" = "f32",
): SpecsOf<MicroStepArguments> => {
  const { image, prior } = models
  const { contextWidth } = prior.unet
  const trainable = {
    class_model: { model: specsOf(image.parameters) },
    visual_proj: { weight: f32(contextWidth, image.width), bias: f32(contextWidth) },
  }
  return {
    trainable,
    gradientSum: trainable,
    frozen: {
      unet: specsOf(prior.unet.parameters, frozen),
      vae: specsOf(prior.vae.parameters, frozen),
      textEmbedding: f32(1, textPositions, contextWidth),
    },
    images: f32(batch, 3, imageSize, imageSize),
    drawKey: { root: u32(2), update: u32(), first: u32() },
  }
}

/** The program that training runs for each micro-batch, pixels unpacked already. */
export const microStepProgram =
  ({ method, batch }: Scale) =>
  ({ drawKey, ...inputs }: MicroStepArguments): MicroStepOutputs =>
    microStep(method, inputs, keyedDraws(method, drawKey, batch))

const isSpec = (value: unknown): value is Spec => typeof value === "object" && value !== null && "dtype" in value

const small = ({ shape, dtype }: Spec): HostArray =>
  dtype === "u32"
    ? { shape, dtype, data: new Uint32Array(sizeOf(shape)) }
    : { shape, dtype, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => 0.02 * Math.sin(i + 1)) }

/** Operands of every spec: what they hold does not change what a step takes. */
export const operandsOf = (specs: SpecsOf<MicroStepArguments>) => mapTree(specs, isSpec, small)
