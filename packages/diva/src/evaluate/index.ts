export { categories, categoryOf, type Category } from "./mmvp/categories.ts"
export {
  type CategoryScore,
  type Choice,
  firstProbability,
  type MmvpScore,
  type PairLogits,
  type PairOfQuestions,
  type PairOutcome,
  scoreMmvp,
  scorePair,
  type TextLogits,
} from "./mmvp/pairScore.ts"
export {
  type CategoryRule,
  pairQuestions,
  parseQuestions,
  type Question,
  type QuestionPair,
  QuestionsInvalid,
} from "./mmvp/questions.ts"
export { float32Text, predictionsCsv, predResult, predResultEntry, type PredResults } from "./mmvp/resultFiles.ts"
export { agreementOf, type Agreement } from "./samples/agreement.ts"
export { frechetDistance } from "./samples/frechet.ts"
export {
  divaRules,
  firstPublishedRules,
  type Flavour,
  flavourNames,
  flavourOf,
  isFlavour,
  stockRule,
  withAllPatches,
} from "./rules/flavours.ts"
export { drawShares, sharesOf } from "./rules/patchShares.ts"
export { drawnMeans, type RuleInputs, type ScoringRule, type Temperature, unitTokens } from "./rules/scoringRule.ts"
export { type BootstrapOptions, bootstrap, resample } from "./statistics/bootstrap.ts"
export { type Estimate, type Interval, scaled } from "./statistics/interval.ts"
export { mcnemar } from "./statistics/mcnemar.ts"
export { meanOf, studentT95 } from "./statistics/studentT.ts"
export { wilson } from "./statistics/wilson.ts"
export { meanAveragePrecision } from "./zeroShot/averagePrecision.ts"
export { type Classified, classify, meanPerClassRecall, topK } from "./zeroShot/classification.ts"
export { bestOf, rankOf, type ScoreTable } from "./zeroShot/ranks.ts"
export { imageRanks, recallAt, textRanks, type Retrieved } from "./zeroShot/retrieval.ts"
export {
  imageFeatures,
  imageVectors,
  textVectors,
  type ImageArguments,
  type TextArguments,
} from "./features/imageVectors.ts"
export { dot, vectorAt, vectorCount, type VectorTable } from "./features/vectorTable.ts"
export { DataSetInvalid, type MmvpData, openMmvp } from "./mmvp/mmvpFolder.ts"
export { type ClipModel } from "./model/clipModel.ts"
export { clipTower } from "./model/clipTower.ts"
export { EvaluationEvents, type EvaluationEvent } from "./evaluationEvents.ts"
export {
  type DescribedImage,
  type DescribedImages,
  Features,
  type FeaturesError,
  type FeaturesIdentity,
  type ImagesRequest,
} from "./features/features.ts"
export type { Picture, ReadPicture } from "./features/picture.ts"
export type { ImageBatch, PixelArguments, Send, Tower, TowerError } from "./features/tower.ts"
export { defaultCache, type FeaturesOptions, towerFeatures } from "./features/towerFeatures.ts"
export { memoryCache, openVectorCache, type VectorCache } from "./features/vectorCache.ts"
export { ModelUnclear, type OpenClipModel, openClipModel, type OpenModelError } from "./model/openClipModel.ts"
export {
  type EvaluateMmvp,
  evaluateMmvp,
  type MmvpEvaluation,
  type MmvpSummary,
  type ScoredPair,
  type ScoredQuestion,
  summariseMmvp,
} from "./mmvp/evaluateMmvp.ts"
export {
  type EvaluationSubject,
  type MmvpReport,
  mmvpReport,
  type ReportedPair,
  type ReportedScoring,
} from "./mmvp/mmvpReport.ts"
export { subjectOf } from "./model/subject.ts"
export { type MmvpOf, mmvpOf } from "./mmvp/mmvpOf.ts"
export { rulesOf, type Scoring, scorings } from "./rules/scorings.ts"
export { rescore } from "./mmvp/rescore.ts"
export { type Annotation, type BenchmarkData, type BenchmarkTask, openBenchmark } from "./datasets/benchmarkFolder.ts"
export { knownPrompts, type Prompts } from "./datasets/knownPrompts.ts"
export { type BenchmarkEvaluation, evaluateBenchmark, type EvaluateBenchmark } from "./zeroShot/evaluateBenchmark.ts"
export { type BenchmarkReport, clipBenchmarkResult } from "./zeroShot/benchmarkReport.ts"
export { type BenchmarkOf, benchmarkOf } from "./zeroShot/benchmarkOf.ts"
export { withClip } from "./model/withClip.ts"
export { mmvpResultFile, readMmvpReport, ResultInvalid } from "./mmvp/readMmvpReport.ts"
export {
  type CategoryComparison,
  compareMmvp,
  comparePairs,
  type Flip,
  type PairComparison,
  verdictOf,
} from "./compare/comparePairs.ts"
export { type AlignmentVectors, alignmentVectors, sharedImages } from "./compare/alignmentVectors.ts"
export { type Drift, driftOf } from "./compare/drift.ts"
export { embedImages } from "./page/embedImages.ts"
export { imagesOfPage, mmvpPage, type MmvpPage } from "./page/mmvpPage.ts"
export { listedBenchmarks, type ListedBenchmark } from "./zeroShot/benchmarkList.ts"
export { readBenchmarkReport } from "./zeroShot/readBenchmarkReport.ts"
export {
  type AllOutcome,
  benchmarksIn,
  evaluateAll,
  type EvaluateAll,
  writeBenchmarkReport,
} from "./zeroShot/evaluateAll.ts"
export { type BenchmarkRow, type BenchmarkTable, benchmarkTable, type MeanRow } from "./compare/compareBenchmarks.ts"
export { scoreNames, type ScoringOptions, scoringObserver } from "./scoringObserver.ts"
