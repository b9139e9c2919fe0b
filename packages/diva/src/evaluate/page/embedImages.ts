import { Effect } from "effect"
import { imageFormat } from "@diva/models"
import { readBytes } from "../../files/readText.ts"
import { doing } from "../../doing.ts"

const embedded = (file: string): Effect.Effect<readonly (readonly [string, string])[]> =>
  Effect.match(readBytes(file), {
    onFailure: () => [],
    onSuccess: (bytes) => {
      const format = imageFormat(bytes)
      return format === undefined
        ? []
        : [[file, `data:image/${format};base64,${Buffer.from(bytes).toString("base64")}`] as const]
    },
  })

/** Images as data addresses by path; those that cannot be read are left out. */
export const embedImages = (files: readonly string[]): Effect.Effect<ReadonlyMap<string, string>> =>
  Effect.map(
    Effect.forEach(
      files,
      (file, i) => Effect.andThen(doing("reading pictures for the page", i, files.length), embedded(file)),
      { concurrency: 8 },
    ),
    (found) => new Map(found.flat()),
  )
