import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { imageFormat } from "@diva/models"

/** Images as data addresses by path; those that cannot be read are left out. */
export const embedImages = (files: readonly string[]): Effect.Effect<ReadonlyMap<string, string>> =>
  Effect.promise(async () => {
    const found = await Promise.all(
      files.map(async (file) => {
        const bytes = await readFile(file).catch(() => undefined)
        const format = bytes === undefined ? undefined : imageFormat(bytes)
        return bytes === undefined || format === undefined
          ? []
          : [[file, `data:image/${format};base64,${bytes.toString("base64")}`] as const]
      }),
    )
    return new Map(found.flat())
  })
