import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type FileError, readFailure } from "@diva/models"
import { Effect } from "effect"
import { walkFolder } from "./find/walkFolder.ts"
import { isPictureName } from "./pictures.ts"
import { BadSample, type Sample } from "./sample.ts"

/** Pictures at and below a folder, by their paths relative to it, in order. */
export interface PictureFolder {
  readonly folder: string
  readonly pictures: readonly string[]
  readonly bytes: number
}

const statAtOnce = 32

const bytesOf = async (folder: string, pictures: readonly string[]): Promise<number> => {
  let sum = 0
  for (let i = 0; i < pictures.length; i += statAtOnce) {
    const stats = await Promise.all(
      pictures.slice(i, i + statAtOnce).map((name) => fs.stat(path.join(folder, name)).catch(() => ({ size: 0 }))),
    )
    sum += stats.reduce((all, { size }) => all + size, 0)
  }
  return sum
}

/** Names of all pictures at and below a folder, relative to it, in order. */
export const pictureNames = async (folder: string): Promise<readonly string[]> => {
  const names: string[] = []
  for await (const name of walkFolder(folder, isPictureName)) names.push(name)
  return names
}

/** Lists a folder's pictures; names are all that stays in memory. Errors: `FileUnreadable`. */
export const listPictures = (folder: string): Effect.Effect<PictureFolder, FileError> =>
  Effect.tryPromise({
    try: async () => {
      const pictures = await pictureNames(folder)
      return { folder, pictures, bytes: await bytesOf(folder, pictures) }
    },
    catch: (cause) => readFailure(folder, cause),
  })

const optional = (file: string): Promise<Uint8Array | undefined> => fs.readFile(file).catch(() => undefined)

/**
 * A picture with the caption (`.txt`) and metadata (`.json`) of the same name beside it. Its key is its path without the ending.
 * Errors: `BadSample` when the picture is gone or may not be read: others are there.
 */
export const readPicture = ({ folder, pictures }: PictureFolder, sample: number): Effect.Effect<Sample, BadSample> => {
  const name = pictures[sample]!
  const key = name.slice(0, name.length - path.extname(name).length)
  return Effect.tryPromise({
    try: async () => {
      const [picture, text, json] = await Promise.all([
        fs.readFile(path.join(folder, name)),
        optional(path.join(folder, `${key}.txt`)),
        optional(path.join(folder, `${key}.json`)),
      ])
      const fields = new Map<string, Uint8Array>([[path.extname(name).slice(1).toLowerCase(), picture]])
      if (text !== undefined) fields.set("txt", text)
      if (json !== undefined) fields.set("json", json)
      return { key, fields }
    },
    catch: (cause) => new BadSample({ shard: folder, key, rule: readFailure(name, cause).rule }),
  })
}
