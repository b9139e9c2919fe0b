export { reportPage } from "./page/reportPage.ts"
export {
  findRuns,
  imagesPerUpdate,
  NoRun,
  readRun,
  remainingSeconds,
  type RunData,
  type RunStateName,
  type Scores,
  updatesOf,
} from "./runData.ts"

export { serveReport, WatchFailed } from "./watch.ts"
export { turnedFiles, type TurnedPairs } from "./turned.ts"
