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
export { listPictures, type PictureFolder } from "./pictureFolder.ts"
export { dataHash, type DataIdentity } from "./dataHash.ts"
export { readSample } from "./readSample.ts"
export { BadSample, type MemberName, type Sample, splitMemberName } from "./sample.ts"
export { memorySource, type SampleSource, openSource } from "./sampleSource.ts"
export type { ShardSummary } from "./shardSummary.ts"
export { sampleOrder } from "./sampleOrder.ts"
export { indexShard, type ShardIndex, type WhenTruncated } from "./shardIndex.ts"
export { shardOrder } from "./shardOrder.ts"
export { growingBuffer, reservoir, type ShuffleBuffer } from "./shuffleBuffer.ts"
export { ShardsNotFound } from "./find/shardsNotFound.ts"
export { type DataPlace, findData } from "./find/findData.ts"
export type { Batch, BatchesRequest } from "./batch.ts"
export { Shards } from "./shards.ts"
export type { ShardsManifest } from "./shardsManifest.ts"
export type { ShardsOptions } from "./shardsOptions.ts"
export { SamplesScattered } from "./scattered.ts"
export { type OpenShardsError, ShardsEmpty, type ShardsError } from "./shardsError.ts"
export { type SkipLimit, type SkipReport, TooManyBadSamples } from "./skipTally.ts"
export { openTar, readTarEntry, tarEntries, tarFileEntries } from "./tar/readTar.ts"
export { nextTarEntry, type TarEntry, type TarStep, type TarWindow } from "./tar/tarEntry.ts"
export { TarCorrupt, type TarError, TarTruncated } from "./tar/tarError.ts"
export { type TarMember, writeTar } from "./tar/writeTar.ts"
export * from "./make/index.ts"
