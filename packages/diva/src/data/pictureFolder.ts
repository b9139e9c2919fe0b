import * as path from "node:path"
import type { FileError } from "@diva/models"
import { Effect } from "effect"
import { readBytes } from "../files/readText.ts"
import { walkFolder } from "./find/walkFolder.ts"
import { isPictureName } from "./pictures.ts"
import { BadSample, type Sample } from "./sample.ts"

/** Pictures at and below a folder, by their paths relative to it, in order. */
export interface PictureFolder {
  readonly folder: string
  readonly pictures: readonly string[]
  readonly bytes: number
}

/** Lists a folder's pictures; names are all that stays in memory. Errors: `FileUnreadable`. */
export const listPictures = (folder: string): Effect.Effect<PictureFolder, FileError> =>
  Effect.map(walkFolder(folder, isPictureName), (found) => ({
    folder,
    pictures: found.map(({ name }) => name),
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
  }))

const optional = (file: string): Effect.Effect<Uint8Array | undefined> =>
  Effect.orElseSucceed(readBytes(file), () => undefined)

/**
 * A picture with the caption (`.txt`) and metadata (`.json`) of the same name beside it. Its key is its path without the ending.
 * Errors: `BadSample` when the picture is gone or may not be read: others are there.
 */
export const readPicture = ({ folder, pictures }: PictureFolder, sample: number): Effect.Effect<Sample, BadSample> => {
  const name = pictures[sample]!
  const key = name.slice(0, name.length - path.extname(name).length)
  const parts = Effect.all(
    [
      readBytes(path.join(folder, name)),
      optional(path.join(folder, `${key}.txt`)),
      optional(path.join(folder, `${key}.json`)),
    ],
    { concurrency: "unbounded" },
  )
  return Effect.map(parts, ([picture, text, json]) => {
    const fields = new Map<string, Uint8Array>([[path.extname(name).slice(1).toLowerCase(), picture]])
    if (text !== undefined) fields.set("txt", text)
    if (json !== undefined) fields.set("json", json)
    return { key, fields }
  }).pipe(Effect.mapError(({ rule }) => new BadSample({ shard: folder, key, rule })))
}
