export { centreCrop, crop, type CropBox } from "./crop.ts"
export { decodeImage, decodePicture } from "./files/decode.ts"
export { encodeJpeg, encodePng } from "./files/encode.ts"
export { type ImageError, renderImageError } from "./files/imageError.ts"
export { type ImageFormat, imageFormat } from "./files/imageFormat.ts"
export { type ChannelStatistics, halfStatistics, normalise, openaiStatistics } from "./normalise.ts"
export { type ClipRow, fitImage, type ImagePreset, imagePresets, preprocessImage } from "./presets.ts"
export { type Picture, type PictureMode, rgbOf } from "./picture.ts"
export { fitAndCrop, shortestEdge, squash } from "./preprocess.ts"
export {
  type CropRanges,
  divaCropRanges,
  randomCropBox,
  randomResizedCrop,
  type Uniforms,
} from "./randomResizedCrop.ts"
export { bicubic, bilinear, box, type ResampleFilter } from "./resize/resampleFilter.ts"
export { resize } from "./resize/resize.ts"
export { blackImage, type RgbImage } from "./rgbImage.ts"
