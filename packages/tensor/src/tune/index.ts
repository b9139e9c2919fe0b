// Which way computes what: problems of programs, measured on an adapter, kept in a cache.
export * from "../decisions/index.ts"
export { mergeProblems, tuningProblems, type TunedProgram, type TuningProblem } from "./collect.ts"
export { deviceMeasurer, type DeviceMeasurer, type MeasureOptions, type Opener } from "./measure.ts"
export type { Contender, Loss, Measurer, SearchLimits } from "./search.ts"
export { showTuning } from "./showTuning.ts"
export {
  cacheOfReport,
  tunePrograms,
  type Decided,
  type TuneOptions,
  type TuneProgress,
  type TuningReport,
} from "./tune.ts"
