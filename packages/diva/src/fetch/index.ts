export { benchmarkPlace, dataPlaces } from "./dataPlaces.ts"
export { ChecksumMismatch, FetchFailed } from "./fetchError.ts"
export { type Fetched, fetchFile, type FetchFileOptions } from "./fetchFile.ts"
export type { FetchOptions } from "./fetchOptions.ts"
export { type Checksum, type FetchItem, itemsOf } from "./fetchPlan.ts"
export { type Layout, layoutOf } from "./layout.ts"
export {
  benchmarkNames,
  benchmarks,
  mmvp,
  type Published,
  type PublishedRepository,
  type PublishedUrl,
  rowWeights,
  stableDiffusion,
  stableDiffusionRepository,
} from "./published.ts"
