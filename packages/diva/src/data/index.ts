export {
  advance,
  type DataOrder,
  type DataPosition,
  type EpochOrder,
  locate,
  type SampleRef,
  shardStarts,
} from "./dataOrder.ts"
export { type DecodePool, defaultWorkers, type MadePicture, openDecodePool, type PictureTask } from "./decode/index.ts"
export { type Cropping, type Example, makeExample } from "./example.ts"
export { readSample } from "./readSample.ts"
export { BadSample, type MemberName, type Sample, splitMemberName } from "./sample.ts"
export { memorySource, type SampleSource, type ShardSummary, tarSource } from "./sampleSource.ts"
export { sampleOrder } from "./sampleOrder.ts"
export { indexShard, type ShardIndex, type WhenTruncated } from "./shardIndex.ts"
export { shardOrder } from "./shardOrder.ts"
export { shardPaths, ShardsNotFound } from "./shardPaths.ts"
export { type Batch, type BatchesRequest, Shards, type ShardsManifest, type ShardsOptions } from "./shards.ts"
export { SamplesScattered } from "./scattered.ts"
export { type OpenShardsError, ShardsEmpty, type ShardsError } from "./shardsError.ts"
export { type SkipLimit, type SkipReport, TooManyBadSamples } from "./skipTally.ts"
export { openTar, readTarEntry, tarEntries, tarFileEntries } from "./tar/readTar.ts"
export { nextTarEntry, type TarEntry, type TarStep, type TarWindow } from "./tar/tarEntry.ts"
export { TarCorrupt, type TarError, TarTruncated } from "./tar/tarError.ts"
export { type TarMember, writeTar } from "./tar/writeTar.ts"
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
} from "./scenes/index.ts"
