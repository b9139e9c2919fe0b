import { join } from "node:path"
import { openWeights, selectPart, type PartKind } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { isFolder } from "../files/presence.ts"
import { fromTaskEither } from "../fromEither.ts"
import { isDecoderWeight } from "../weights/decoderWeight.ts"
import { fileWeights } from "../weights/fileWeights.ts"
import type { ModelWeights } from "../weights/modelWeights.ts"

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

const within = (path: string, part: string): Effect.Effect<string> =>
  Effect.map(isFolder(path), (isPipeline) => (isPipeline ? join(path, part) : path))

/** The decoder's half of Stable Diffusion's VAE; nothing where its weights hold the encoder's alone. Files stay open until the scope ends. */
export const readDecoder = (sd: string) =>
  Effect.flatMap(within(sd, "vae"), (path) => partOf(path, ["vae"], isDecoderWeight))

/** Weights of CLIP in any format, and of Stable Diffusion: a folder in diffusers' layout, or one file. */
export interface WeightFiles {
  readonly clip: string
  readonly sd: string
}

/**
 * The weights of every model but the projection, of which no checkpoint holds any, read tensor by tensor when they are wanted.
 * Files stay open until the scope ends. Errors: those of weight files. Names are compared with the models' when the run starts.
 */
export const readWeights = Effect.fn("readWeights")(function* ({ clip, sd }: WeightFiles) {
  const weights: Omit<ModelWeights, "visualProjection"> = {
    clip: yield* partOf(clip, ["clip", "siglip"]),
    unet: yield* partOf(yield* within(sd, "unet"), ["unet"]),
    vae: yield* partOf(yield* within(sd, "vae"), ["vae"], isEncoder),
    text: yield* partOf(yield* within(sd, "text_encoder"), ["text encoder"]),
  }
  return weights
})
