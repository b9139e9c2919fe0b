import { encodePng, type FileError, type RgbImage } from "@diva/models"
import { Effect, Schema } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { checkpointId, updateOf } from "../checkpoint/runState.ts"
import { decoded } from "../files/decoded.ts"
import { replaceFile } from "../files/replaceFile.ts"
import { isMissing, reading, storage, writing } from "../files/storage.ts"
import { writeJson } from "../files/writeJson.ts"

/** What is known of the pictures that were made of a state. */
const PictureSet = Schema.Struct({
  format: Schema.Literal("diva-pictures"),
  version: Schema.Literal(1),
  /** Updates before them. */
  update: Schema.Int,
  timesteps: Schema.Array(Schema.Int),
  /** Each image's sample, with the error of the predicted noise at each timestep. */
  images: Schema.Array(Schema.Struct({ key: Schema.String, errors: Schema.Array(Schema.Finite) })),
})

export type PictureSet = typeof PictureSet.Type

/** A set with the bytes of its strips, PNG. */
export interface StoredPictures extends PictureSet {
  readonly strips: readonly Uint8Array[]
}

const description = "pictures.json"

const stripName = (index: number): string => `${index}.png`

/** Sets in a run's folder of pictures, oldest first. */
const setsIn = Effect.fnUntraced(function* (folder: string) {
  const { files } = yield* storage
  const names = yield* reading(folder)(
    Effect.catchIf(files.readDirectory(folder), isMissing, () => Effect.succeed<string[]>([])),
  )
  return names.filter((name) => updateOf(name) !== undefined).toSorted((a, b) => updateOf(a)! - updateOf(b)!)
})

/** The first set shows what training began with; of the others the newest stays. */
const prune = Effect.fnUntraced(function* (folder: string, newest: string) {
  const { files, path } = yield* storage
  const [first, ...others] = yield* setsIn(folder)
  for (const name of others)
    if (name !== first && name !== newest)
      yield* writing(folder)(files.remove(path.join(folder, name), { recursive: true, force: true }))
})

/**
 * Writes the pictures of a state, a strip for each image, into a folder of their own: `<folder>/update-00000012/0.png`; what is said of
 * them last. The first set and the newest stay. Gives the set's folder. Errors: `StorageFull`, `FileUnwritable`.
 */
export const writePictures = Effect.fn("writePictures")(function* (
  folder: string,
  set: Omit<PictureSet, "format" | "version">,
  strips: readonly RgbImage[],
): Effect.fn.Return<string, FileError> {
  const { files, path } = yield* storage
  const name = checkpointId(set.update)
  const own = path.join(folder, name)
  yield* writing(own)(files.makeDirectory(own, { recursive: true }))
  for (const [i, image] of strips.entries()) {
    const png = yield* Effect.promise(() => encodePng(image))
    yield* replaceFile(path.join(own, stripName(i)), async (append) => {
      await append(png)
      return E.right(undefined)
    })
  }
  yield* writeJson(path.join(own, description), { format: "diva-pictures", version: 1, ...set } satisfies PictureSet)
  yield* prune(folder, name)
  return own
})

const remedy = "remove that folder; the next checkpoint's pictures take its place"

const readSet = Effect.fnUntraced(function* (folder: string) {
  const { files, path } = yield* storage
  const file = path.join(folder, description)
  const none = () => Effect.succeed("")
  const text = yield* reading(file)(Effect.catchIf(files.readFileString(file), isMissing, none))
  // A process that was killed had not written all of it.
  if (text === "") return []
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause): FileError => ({ _tag: "FileUnreadable", file, rule: (cause as Error).message, remedy }),
  })
  const set = yield* decoded(PictureSet, value, { file, remedy })
  const strips = yield* Effect.forEach(set.images, (_, i) => {
    const strip = path.join(folder, stripName(i))
    return reading(strip)(files.readFile(strip))
  })
  return [{ ...set, strips } satisfies StoredPictures]
})

/** The pictures that were made of a run, oldest first; none where there are none. Errors: `FileUnreadable`. */
export const readPictures = Effect.fn("readPictures")(function* (
  folder: string,
): Effect.fn.Return<readonly StoredPictures[], FileError> {
  const { path } = yield* storage
  const sets = yield* Effect.forEach(yield* setsIn(folder), (name) => readSet(path.join(folder, name)))
  return sets.flat()
})
