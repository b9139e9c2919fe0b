// Random numbers on the host, the same bits as on devices: whole-number arithmetic that loads nothing of WebGPU.
export {
  hostFoldIn,
  hostFraction,
  hostKey,
  hostPart,
  hostRandomBits,
  hostSplitKey,
  hostUniform,
  type HostKey,
} from "./hostKey.ts"
export { hostBelow } from "./hostBelow.ts"
export { hostPermutation } from "./hostPermutation.ts"
