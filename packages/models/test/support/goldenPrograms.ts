import { add, cast, clamp, exp, mul, reshape, sum, type Tensor, transpose } from "@diva/tensor"
import {
  clipLogits,
  clipParameters,
  clipTextTower,
  clipVisionTower,
  type Observe,
  type Parameter,
  type Params,
  parseOpenaiClip,
  parseOpenClip,
  parseSdText,
  parseUnet,
  parseVae,
  sdTextEncoder,
  sdTextParameters,
  unet,
  unetParameters,
  unitVectors,
  vaeDecoder,
  vaeEncoder,
  vaeParameters,
} from "../../src/index.ts"
import { right, type GoldenCase } from "./goldenCase.ts"

type Tensors = Readonly<Record<string, Tensor>>

/** What a stored case expects, described with the models of this package: outputs and `act.*` by name. */
export interface GoldenProgram {
  readonly parameters: readonly Parameter[]
  readonly describe: (params: Params, inputs: Tensors) => Tensors
}

const collecting = (): { readonly acts: Record<string, Tensor>; readonly observe: Observe } => {
  const acts: Record<string, Tensor> = {}
  return { acts, observe: (name, value) => void (acts[`act.${name}`] = value) }
}

const clipProgram = (config: unknown): GoldenProgram => {
  const clip = right(parseOpenaiClip(config))
  return {
    parameters: clipParameters(clip),
    describe: (params, { image, ids }) => {
      const { acts, observe } = collecting()
      const images = clipVisionTower(clip)(params, image!, { observe }).pooled
      const texts = clipTextTower(clip)(params, ids!, { observe })
      const logits = clipLogits(params, images, texts)
      return {
        ...acts,
        encode_image: images,
        encode_text: texts,
        logits_per_image: logits,
        logits_per_text: transpose(logits),
      }
    },
  }
}

const openClipProgram = (config: unknown): GoldenProgram => {
  const clip = right(parseOpenClip(config))
  return {
    parameters: clipParameters(clip),
    describe: (params, { image, ids }) => {
      const { acts, observe } = collecting()
      const images = clipVisionTower(clip)(params, image!, { observe }).pooled
      const texts = clipTextTower(clip)(params, ids!, { observe })
      return {
        ...acts,
        encode_image: images,
        encode_text: texts,
        image_features_normalized: unitVectors(images),
        text_features_normalized: unitVectors(texts),
        image_logits: clipLogits(params, images, texts),
        logit_scale_exp: reshape(exp(cast(params["logit_scale"]!, "f32")), [1]),
      }
    },
  }
}

const unetProgram = (config: unknown): GoldenProgram => {
  const parsed = right(parseUnet(config))
  return {
    parameters: unetParameters(parsed),
    describe: (params, { sample, timestep, encoder_hidden_states: context }) => {
      const { acts, observe } = collecting()
      const output = unet(parsed)(params, sample!, timestep!, context!, { observe })
      return { ...acts, sample: output }
    },
  }
}

const vaeProgram = (config: unknown): GoldenProgram => {
  const parsed = right(parseVae(config))
  return {
    parameters: vaeParameters(parsed),
    describe: (params, { image, latent }) => {
      const { acts, observe } = collecting()
      const { mean, logVariance, moments } = vaeEncoder(parsed)(params, image!, { observe })
      const decode = vaeDecoder(parsed)(params, latent!, { observe })
      return { ...acts, mean, mode: mean, moments, logvar_clamped: clamp(logVariance, -30, 20), decode }
    },
  }
}

const textProgram = (config: unknown): GoldenProgram => {
  const parsed = right(parseSdText(config))
  return {
    parameters: sdTextParameters(parsed),
    describe: (params, { ids }) => {
      const { acts, observe } = collecting()
      const last = sdTextEncoder(parsed)(params, ids!, { observe })
      const layers = Array.from({ length: parsed.depth }, (_, i) => [
        `hidden_states.${i + 1}`,
        acts[`act.text_model.encoder.layers.${i}`]!,
      ])
      return { "hidden_states.0": acts["act.embeddings"]!, ...Object.fromEntries(layers), last_hidden_state: last }
    },
  }
}

/** Programs of the stored cases, by folder. */
export const goldenPrograms: Readonly<Record<string, (config: unknown) => GoldenProgram>> = {
  "02a_openai_clip": clipProgram,
  "02b_open_clip_quickgelu": openClipProgram,
  "02c_siglip": openClipProgram,
  "02d_unet": unetProgram,
  "02e_vae": vaeProgram,
  "02f_clip_text_model": textProgram,
}

/** The case's loss: Σ over the `proj.*` inputs of the named output times the projection, [1]. */
const projectedLoss = (outputs: Tensors, inputs: Tensors): Tensor => {
  const projections = Object.entries(inputs).filter(([name]) => name.startsWith("proj."))
  const terms = projections.map(([name, projection]) => sum(mul(outputs[name.slice("proj.".length)]!, projection)))
  return reshape(
    terms.reduce((x, y) => add(x, y)),
    [1],
  )
}

/** The outputs a case has expectations for, its loss included. */
export const expectedOf = ({ expected }: GoldenCase, outputs: Tensors, inputs: Tensors): Tensors =>
  Object.fromEntries(
    Object.keys(expected).flatMap((name) => {
      const output = name === "loss" ? projectedLoss(outputs, inputs) : outputs[name]
      return output === undefined ? [] : [[name, output]]
    }),
  )
