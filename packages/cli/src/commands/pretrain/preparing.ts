import {
  learnVocabulary,
  readModel,
  readObject,
  readVocabulary,
  requireFresh,
  runFiles,
  Shards,
  type PretrainRequest,
} from "@diva/diva"
import { Effect, Option } from "effect"
import { onInterrupted } from "../onInterrupted.ts"
import { Screen } from "../../screen/screen.ts"
import { renderLossMove } from "../../render/train/lossSummary.ts"
import { styleFor } from "../../text/style.ts"
import { trainSink, type TrainSink } from "../../screen/trainSink.ts"
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
  const { sink, losses } = yield* trainSink(input.json)
  const request: PretrainRequest = {
    folder: input.out,
    settings: settingsOf(input, secondBeta),
    commandLine: process.argv.slice(2),
    sinks: [sink],
    from: Option.isSome(input.from) ? yield* readFrom(input.from.value) : undefined,
  }
  return { request, losses }
})

/** Runs a pre-training and says how its loss moved, where its model is, and, of a schedule that has not ended, how it goes on. */
export const told = Effect.fnUntraced(function* <E, R>(
  what: string,
  run: Effect.Effect<string, E, R>,
  losses: TrainSink["losses"],
  { updates, out, json: asJson }: Pick<Input, "updates" | "out" | "json">,
) {
  const screen = yield* Screen
  const model = yield* onInterrupted(run, asJson, Effect.succeed("the same command with --resume continues"))
  const { updates: update } = yield* readObject(runFiles(out).manifest)
  const seen = yield* losses
  if (!asJson && seen.length > 0) yield* screen.print(renderLossMove(seen, styleFor(screen.isColourful), "reading"))
  const text =
    update === updates
      ? `the ${what} is in ${model}`
      : `the ${what} after update ${update} of ${updates} is in ${model}; the same command goes on with --resume and a later --stop-after, or none`
  yield* screen.print(asJson ? JSON.stringify({ event: "written", model, update, updates }) : text)
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
