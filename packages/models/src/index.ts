export { parseClip } from "./clip/anyClipConfig.ts"
export { decodeText, textEncoding } from "./config/decodeText.ts"
export { parseOpenaiClip } from "./clip/openaiConfig.ts"
export { parseOpenClip } from "./clip/openClipConfig.ts"
export type { ClipConfig } from "./clip/clipConfig.ts"
export {
  clipBlocks,
  clipLogits,
  clipParameters,
  clipTextFeatures,
  clipTextTower,
  clipVisionParameters,
  clipVisionTower,
  type ClipTextTower,
  type TextOutput,
  unitVectors,
} from "./clip/clipTowers.ts"
export { type PositionTable, resizePositions } from "./clip/resizePositions.ts"
export { activationsOf, type WithActivations } from "./clip/activations.ts"
export type { Activation } from "./layers/activation.ts"
export type { LookUp, ModelOptions, Observe, Remat } from "./layers/layer.ts"
export * from "./image/index.ts"
export { isModelError, type ModelError, type ModelErrorDetail, renderModelError } from "./modelError.ts"
export { addNoise } from "./noise/addNoise.ts"
export {
  noiseSchedule,
  parseNoiseSchedule,
  type NoiseSchedule,
  type NoiseScheduleConfig,
} from "./noise/noiseSchedule.ts"
export { initialise } from "./params/initialise.ts"
export {
  type Initial,
  type Parameter,
  parameterCount,
  parameterOf,
  type Params,
  shapesOf,
  specsOf,
} from "./params/parameter.ts"
export { openaiArguments } from "./presets/openai.ts"
export { openClipConfigs } from "./presets/openclip.ts"
export { stableDiffusionConfigs } from "./presets/stableDiffusion.ts"
export { parseSdText, sdTextEncoder, sdTextParameters } from "./text/sdTextEncoder.ts"
export type { TextConfig, TextPooling } from "./text/textConfig.ts"
export type { TextTower } from "./text/textTower.ts"
export { type TimeFeatures, timeFeatures } from "./unet/timeEmbedding.ts"
export { unet, type Unet, unetParameters } from "./unet/unet.ts"
export { parseUnet, type UnetConfig, type UnetLevel } from "./unet/unetConfig.ts"
export {
  type Posterior,
  vaeDecoder,
  type VaeDecoder,
  vaeDecoderParameters,
  vaeEncoder,
  type VaeEncoder,
  vaeEncoderParameters,
  vaeParameters,
} from "./vae/vae.ts"
export { parseVae, type VaeConfig, vaeReduction } from "./vae/vaeConfig.ts"
export { currentVaeName } from "./vae/vaeNames.ts"
export { retainTokens } from "./vit/retainTokens.ts"
export { oneOfEach, takeByProduct } from "./layers/selectByProduct.ts"
export { gridSize, patchCount, tokenCount, type VisionConfig } from "./vit/visionConfig.ts"
export type { VisionOptions, VisionOutput, VisionTower } from "./vit/visionTower.ts"
export * from "./tokens/index.ts"
export * from "./weights/index.ts"
