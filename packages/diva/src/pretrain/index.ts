export { pretrain, type PretrainError } from "./pretrain.ts"
export { learnt } from "./pretrainState.ts"
export type { CaptionedBatch, Pretraining, PretrainSettings } from "./pretraining.ts"
export { contrastive, type CaptionIds, type ContrastiveOptions } from "./contrastive.ts"
export { readDenoising } from "./readDenoising.ts"
export { learnVocabulary } from "./learnVocabulary.ts"
export { readModel, readVocabulary, storedAs, type StoredAs, writeModel, writeVocabulary } from "./modelFolder.ts"
export { pretrainInFolder, type PretrainedFolder, type PretrainRun } from "./pretrainInFolder.ts"
export { attributeClassifier } from "./attributes.ts"
export {
  pretrainAttributes,
  pretrainClip,
  pretrainDiffusion,
  pretrainVae,
  type LearnModelError,
  type PretrainAttributes,
  type PretrainClip,
  type PretrainDiffusion,
  type PretrainRequest,
  type PretrainVae,
} from "./pretrainModels.ts"
export { autoencoder, type AutoencoderOptions } from "./autoencoder.ts"
export { denoising, denoisingParts, type DenoisingOptions } from "./denoising.ts"
