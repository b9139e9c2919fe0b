export { type Append, inPieces, type Pieces, type Write, writeAtomically } from "./atomicFile.ts"
export { type ByteSource, fileSource, memorySource } from "./byteSource.ts"
export { checkNames, type CheckNamesOptions, type NamedShapes } from "./checkNames.ts"
export { type FileError, readFailure, writeFailure } from "./fileError.ts"
export { bfloat16FromFloat32, float16FromFloat32, float32FromBfloat16, float32FromFloat16 } from "./halfFloat.ts"
export { finiteNumbers, indexOfStrange } from "./finiteNumbers.ts"
export { nearestName } from "../params/nearestName.ts"
export { printable } from "./printable.ts"
export {
  openSafetensors,
  parseSafetensors,
  readSafetensors,
  type SafetensorsFile,
  type WeightsReader,
} from "./safetensors.ts"
export type { TensorEntry } from "./safetensorsHeader.ts"
export {
  type ConvertOptions,
  convertWeights,
  type FloatType,
  formatOfEnding,
  type WritableFormat,
} from "./convertWeights.ts"
export { openWeights, type OpenOptions, readWeights } from "./openWeights.ts"
export type { Variant } from "./findWeights.ts"
export { safetensorsContent, writeSafetensors } from "./safetensorsWriter.ts"
export type { TensorToWrite } from "./tensorToWrite.ts"
export { writeTorch } from "./torch/torchWriter.ts"
export type { TensorSpec, WeightFile, WeightFormat } from "./weightFile.ts"
export { elementCount, isStoredFloat, type StoredDType, storedDTypes, storedWidth } from "./storedDType.ts"
export { type StoredArray, storedArray, type StoredTensor, toFloat16, toFloat32, toInt32 } from "./storedTensor.ts"
export {
  type NamesMismatch,
  renderWeightsError,
  type ShapeDifference,
  type UnmatchedName,
  type WeightsError,
} from "./weightsError.ts"
export { inferOpenaiArguments } from "./zoo/inferClip.ts"
export { type KnownModel, knownModels } from "./zoo/knownModels.ts"
export { type PublishedFile, publishedFile } from "./zoo/publishedFiles.ts"
export { type Recognised, type Recognition, recognise } from "./zoo/recognise.ts"
export { imageSizeOf, resizeImages } from "./zoo/resizeImages.ts"
export { selectPart } from "./zoo/selectPart.ts"
export { overlaid } from "./zoo/overlay.ts"
export { asTimm } from "./zoo/timmImageTower.ts"
export { asTransformers, fromTransformers } from "./zoo/transformersClip.ts"
export { type FoundPart, type PartKind, styleOf } from "./zoo/signatures.ts"
