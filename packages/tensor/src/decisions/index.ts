export {
  cacheOf,
  emptyCache,
  entriesFor,
  mergeCaches,
  type Measurement,
  type TuningCache,
  type TuningEntry,
  type TuningWarning,
} from "./cache.ts"
export { decodeTuning, encodeTuning } from "./cacheText.ts"
