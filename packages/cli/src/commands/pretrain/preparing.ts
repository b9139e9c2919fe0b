import {
  learnVocabulary,
  readModel,
  readObject,
  readVocabulary,
  requireFresh,
  Shards,
  type PretrainRequest,
} from "@diva/diva"
import { Effect, Option } from "effect"
import { trainSink } from "../../screen/trainSink.ts"
import { settingsOf, type PretrainInput } from "./pretrainFlags.ts"

interface Input extends PretrainInput {
  readonly out: string
  readonly resume: boolean
  readonly from: Option.Option<string>
  readonly json: boolean
}

/** What every pre-training begins with: a fresh folder unless it is resumed, first weights (`readFrom` reads them), a sink of events. */
export const prepare = Effect.fnUntraced(function* (
  input: Input,
  secondBeta: number,
  readFrom: typeof readModel = readModel,
) {
  yield* requireFresh(input.out, input.resume)
  const { sink } = yield* trainSink(input.json)
  const request: PretrainRequest = {
    folder: input.out,
    settings: settingsOf(input, secondBeta),
    commandLine: process.argv.slice(2),
    sinks: [sink],
    from: Option.isSome(input.from) ? yield* readFrom(input.from.value) : undefined,
  }
  return request
})

/** A configuration file, or the world's own. */
export const configOr = (file: Option.Option<string>, own: Readonly<Record<string, unknown>>) =>
  Option.isSome(file) ? readObject(file.value) : Effect.succeed(own)

/** The vocabulary of a folder, or one learnt from the data's captions. */
export const vocabularyOr = (folder: Option.Option<string>, data: readonly string[], size: number) =>
  Option.isSome(folder) ? readVocabulary(folder.value) : learnVocabulary(data, size)

/** Memory for pictures that are decoded once: 80,000 of 64 pixels. */
const keptBytes = 2 ** 30

/** Pictures as they are, squared: a caption may name what a crop would cut off. */
export const wholePictures = ({
  data,
  imageSize,
  seed,
}: {
  readonly data: readonly string[]
  readonly imageSize: number
  readonly seed: number
}) => Shards.layerTar(data, { size: imageSize, seed, crop: { area: [1, 1], aspect: [1, 1] }, keep: keptBytes })
