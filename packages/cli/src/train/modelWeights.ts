import { statSync } from "node:fs"
import { join } from "node:path"
import {
  fileWeights,
  fromTaskEither,
  initialProjection,
  syntheticWeights,
  type DivaModels,
  type ConfigSet,
  type ModelWeights,
  type NamedWeights,
} from "@diva/diva"
import { openWeights, selectPart, type PartKind } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { ConfigInvalid } from "./configInvalid.ts"
import type { TrainSettings } from "./settings.ts"

const open = (path: string) =>
  Effect.acquireRelease(fromTaskEither(openWeights(path)), ({ close }) => Effect.promise(close))

/** One model of a file under its own names. A file without it is taken as it is: the check of names says what differs. */
const partOf = Effect.fnUntraced(function* (
  path: string,
  kinds: readonly PartKind[],
  isWanted: (name: string) => boolean = () => true,
) {
  const file = yield* open(path)
  return fileWeights(E.getOrElse(() => file)(selectPart(file, ...kinds)), isWanted)
})

/** The encoder's half: the method never decodes. */
const isEncoder = (name: string): boolean => /^(encoder|quant_conv)\./.test(name)

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const within = (path: string, part: string): string => (isFolder(path) ? join(path, part) : path)

const readFiles = Effect.fnUntraced(function* (clip: string, sd: string, visualProjection: NamedWeights) {
  const weights: ModelWeights = {
    clip: yield* partOf(clip, ["clip", "siglip"]),
    visualProjection,
    unet: yield* partOf(within(sd, "unet"), ["unet"]),
    vae: yield* partOf(within(sd, "vae"), ["vae"], isEncoder),
    text: yield* partOf(within(sd, "text_encoder"), ["text encoder"]),
  }
  return weights
})

const notGiven = new ConfigInvalid({
  field: "clip",
  rule: 'neither "clip" and "sd" nor "synthetic-weights" are given',
  remedy: "give --clip and --sd",
})

/**
 * The weights of every model of a run, read tensor by tensor when they are wanted, or drawn from the seed; the projection of
 * visual tokens, which no checkpoint holds, always is. Files stay open until the scope ends. Errors: those of weight files.
 * Names are compared with the models' when the run starts.
 */
export const readModelWeights = Effect.fn("readModelWeights")(function* (
  { clip, sd, seed, ...settings }: TrainSettings,
  configs: ConfigSet,
  models: DivaModels,
) {
  if (settings["synthetic-weights"]) return syntheticWeights(configs, models, seed)
  if (clip === undefined || sd === undefined) return yield* notGiven
  return yield* readFiles(clip, sd, initialProjection(models, seed))
})
