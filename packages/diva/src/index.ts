export * from "./condition/index.ts"
export * from "./data/index.ts"
export {
  type Backdrop,
  type BackdropName,
  type ColourName,
  drawScene,
  type Item,
  type PatternName,
  patternNames,
  renderShard,
  type RenderShardRequest,
  type Scene,
  sceneAt,
  scenePair,
  type ScenePair,
  type ThingName,
  webCaption,
  worldVersion,
  type AttributeGroup,
  attributeGroupNames,
  attributeGroups,
  attributesOf,
  attributeWords,
} from "./scenes/index.ts"
export * from "./evaluate/index.ts"
export * from "./fetch/index.ts"
export { addToHash, type TakesBytes } from "./files/addToHash.ts"
export { isPathTaken, isThere, namesIn } from "./files/presence.ts"
export { writeBytes, writeText } from "./files/writeText.ts"
export {
  demo,
  demoConfig,
  demoShard,
  renderedScenes,
  sceneShards,
  type DemoError,
  type DemoOptions,
  type DemoSummary,
} from "./demo/demo.ts"
export { demoImages, demoMicroStep, type DemoMicroStep } from "./demo/demoMicroStep.ts"
export { worldDemo, type WorldDemoOptions, type WorldDemoRun, type WorldDemoSummary } from "./demo/worldDemo.ts"
export type { DemoStage } from "./demo/demoPace.ts"
export { comparedSets, verdictOfRuns, type ComparedRow, type ComparedSet } from "./demo/worldDemoTable.ts"
export { setTitles } from "./demo/worldDemoPage.ts"
export { tinyRow } from "./demo/tinyRow.ts"
export { tinyModels, tinyPrompts, type TinySizes } from "./demo/tinyModels.ts"
export { classLogits, classWeight, emptyTextIds } from "./objective/classWeight.ts"
export type { ImageTower } from "./condition/imageTower.ts"
export type { DiffusionPrior, DivaModels } from "./objective/divaModels.ts"
export { defaultExecution, type Execution, type Recomputed } from "./objective/execution.ts"
export { givenIndices, type InnerDraws } from "./objective/draws.ts"
export { innerPass, type InnerConstants, type InnerInputs, type InnerPass } from "./objective/innerPass.ts"
export { huber, l1, minSnr, mse, type Loss, type LossInputs } from "./objective/loss.ts"
export { innerWeights } from "./objective/innerWeights.ts"
export { keyedDraws, type DrawKey } from "./objective/keyedDraws.ts"
export { referenceMethod, type Method } from "./objective/method.ts"
export {
  latentOf,
  microStep,
  type Frozen,
  type MicroStepInputs,
  type MicroStepOutputs,
  type Trainable,
} from "./objective/microStep.ts"
export { normalisePixels, packPixels } from "./objective/pixels.ts"
export { linearProjection, mlpProjection, normalisedProjection, type Projection } from "./objective/projection.ts"
export {
  featureDistance,
  parameterDistance,
  type Regulariser,
  type RegulariserInputs,
} from "./objective/regulariser.ts"
export {
  evenTimestepsOfBatch,
  evenTimestepsOfDraws,
  fixedTimesteps,
  logitNormalTimesteps,
  timestepByDraw,
  timestepPerBatch,
  timestepPerSample,
  timestepsBetween,
  type TimestepInputs,
  type TimestepSampling,
} from "./objective/timesteps.ts"
export { divaModels, stableDiffusionNoise, type ConfigSet } from "./objective/standardModels.ts"
export { correctedSwitches, referenceSwitches, type Switches } from "./objective/switches.ts"
export {
  adamwWith,
  sgdWith,
  update,
  type AnyOptimizer,
  type OptimizerChoice,
  type Sums,
  type UpdateInputs,
  type UpdateOptions,
  type UpdateOutputs,
} from "./objective/update.ts"
export { clipImage } from "./objective/towerImage.ts"
export { imagenetStatistics, vaeImage } from "./objective/vaeImage.ts"
export type { CaseData } from "./reference/caseArrays.ts"
export { CaseUnusable, parseCaseManifest, type CaseManifest } from "./reference/caseFields.ts"
export { supportedFlavours } from "./reference/caseModels.ts"
export { runDivaCase } from "./reference/divaCase.ts"
export type { DivaCaseResult } from "./reference/divaCaseResult.ts"
export { computedDifferently, type ProgramRecord } from "./gpu/programRecord.ts"
export { fromEither, fromTaskEither, fromTensor } from "./fromEither.ts"
export { Gpu } from "./gpu/gpu.ts"
export type { ArraysOf, HostOf, MachineArray, SpecsOf } from "./gpu/machineArray.ts"
export type { MachineInfo } from "./gpu/machineInfo.ts"
export type { Program, ProgramOptions } from "./gpu/program.ts"
export type { DeviceOptions } from "./gpu/deviceGpu.ts"
export { openedDevice, type OpenedDeviceOptions } from "./gpu/openedDevice.ts"
export { gpuEventLines, gpuEventText, type GpuEvent, type TellGpu } from "./gpu/gpuEvents.ts"
export { fileWeights } from "./weights/fileWeights.ts"
export { initialProjection, initialWeights, syntheticWeights, type InitialWeights } from "./weights/initialWeights.ts"
export type { Json } from "./json.ts"
export { openManifest, readManifest, type RunManifest, type Launch, type WeightSources } from "./run/manifest.ts"
export { installedVersion } from "./run/installedVersion.ts"
export { metricsFile, readMetrics, readScores, type MetricsLine, type ScoresLine } from "./run/metricsFile.ts"
export { contentHash, hostArrayOf, namedArrays, type NamedArrays } from "./weights/namedArrays.ts"
export {
  inHalf,
  loadArray,
  type LazyArray,
  type WeightArray,
  type NamedWeights,
  weightsHash,
} from "./weights/weightArray.ts"
export * from "./pretrain/index.ts"
export * from "./sample/index.ts"
export * from "./study/index.ts"
export * from "./world/index.ts"
export * from "./rows/index.ts"
export { logPace } from "./logPace.ts"
export { Doing, doing, doingBetween, doingInOnePiece, type Activity } from "./doing.ts"
export { titled, titleOf, type Titled } from "./titled.ts"
export { previewRun, type RunPreview } from "./run/previewRun.ts"
export { requireFresh, RunExists, RunMissing } from "./run/runExists.ts"
export * from "./experiment/index.ts"
export * from "./settings/index.ts"
export { ConfigInvalid } from "./files/configInvalid.ts"
export { readObject } from "./files/readObject.ts"
export { ModelConfigs, type ConfigsError } from "./sources/modelConfigs.ts"
export { configBeside, vocabularyBeside } from "./sources/besideWeights.ts"
export { readConfigs, type ConfigFiles, type RunModels } from "./sources/readConfigs.ts"
export { readDecoder, readWeights, type WeightFiles } from "./sources/readWeights.ts"
export { Weights, type WeightsWanted } from "./sources/weights.ts"
export { checkTraining } from "./train/checkTraining.ts"
export { TrainingInvalid } from "./train/trainingInvalid.ts"
export { planWithin } from "./train/plan/settleExecution.ts"
export {
  openTrainedClip,
  RunNotExportable,
  savedUpdates,
  type ExportRequest,
  type TrainedClip,
} from "./run/exportClip.ts"
export { describedState, type CheckpointDescription } from "./checkpoint/checkpointFiles.ts"
export { runFiles, unfinishedClip } from "./run/runFiles.ts"
export { trainInFolder, type FolderRun } from "./run/trainInFolder.ts"
export { CheckpointCorrupt, Checkpoints, type CheckpointId, type Latest } from "./checkpoint/checkpoints.ts"
export { checkpointing } from "./train/observe/checkpointing.ts"
export { Events, type EventSink, type ObserverName, type StepEvent, type TrainEvent } from "./train/observe/events.ts"
export { executionsByTime } from "./train/plan/executions.ts"
export { executionWithin, MemoryBudgetTooSmall, type PlannedExecution } from "./train/plan/memoryBudget.ts"
export type { Held, MachineProgram, MachineRun } from "./train/machine/machineRun.ts"
export { microStepProgram, microStepSpecs, type MicroArguments, type PlannedConfig } from "./train/plan/microProgram.ts"
export type { Moment, Observer, View } from "./train/observe/observer.ts"
export {
  contextShape,
  planParts,
  planTraining,
  type PlannedPart,
  type TrainingPlan,
} from "./train/plan/planTraining.ts"
export { stableDiffusionPrompts } from "./train/config/promptIds.ts"
export type { RunState } from "./checkpoint/runState.ts"
export { constantSchedule, cosineSchedule, linearSchedule, type ScheduleChoice } from "./train/config/schedule.ts"
export { keyedSource, type DrawPlace, type DrawSource } from "./train/config/drawSource.ts"
export { executionOf, SettingsDiffer, settingsOf, type Settings } from "./train/config/settings.ts"
export {
  referenceOptimisation,
  type Optimisation,
  type PromptIds,
  type TrainConfig,
} from "./train/config/trainConfig.ts"
export type { ModelWeights } from "./weights/modelWeights.ts"
export { StateNotFinite, TrainingDiverged } from "./train/notFinite.ts"
export type { TrainError } from "./train/trainError.ts"
export { trainDiva } from "./train/trainDiva.ts"
export * from "./pictures/index.ts"
export * from "./report/index.ts"
export { tensorboardFile } from "./tensorboard/tensorboardFile.ts"
export { holdRun, type LockHolder, lockHolder, RunLocked } from "./files/runLock.ts"
export { readSkipped, skippedFile, type SkippedLine } from "./run/skippedFile.ts"
