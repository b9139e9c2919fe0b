import * as path from "node:path"
import { Effect } from "effect"
import type { FileError } from "@diva/models"
import { worldVersion, type PatternName } from "../scenes/index.ts"
import { storage, writing } from "../files/storage.ts"
import { writeJson } from "../files/writeJson.ts"
import { writeText } from "../files/writeText.ts"
import type { PicturedPair } from "./worldPairs.ts"

/** What MMVP-VLM calls the nine patterns, in its `Type` column and as its folders. */
export const patternTypes: Readonly<Record<PatternName, string>> = {
  orientation: "Orientation",
  presence: "Presence",
  state: "State",
  count: "Quantity",
  position: "Spatial",
  colour: "Color",
  structure: "Structural Character",
  text: "Text",
  viewpoint: "Camera Perspective",
}

const imageFolder = "MLLM_VLM_Images"

const quoted = (field: string): string => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

const rowsOf = ({ pattern, scenes }: PicturedPair, i: number): readonly string[] =>
  scenes.map(({ caption }, half) => [String(2 * i + half + 1), patternTypes[pattern], caption].map(quoted).join(","))

/** Where a pair comes from: what draws it again. */
const originOf = ({ pattern, index, cosine }: PicturedPair, i: number) => ({
  questions: [2 * i + 1, 2 * i + 2],
  pattern,
  index,
  ...(cosine === undefined ? {} : { cosine: Number(cosine.toFixed(4)) }),
})

/** How pairs were chosen, as it is kept beside them. */
export interface PairsOrigin {
  readonly selection: "none" | "confused"
  readonly seed: number
  readonly size: number
  readonly candidates?: number
  readonly threshold?: number
  /** SHA-256 of the image tower that chose. */
  readonly imageWeightsSha256?: string
}

/**
 * Writes pairs in MMVP-VLM's layout: `Questions.csv`, a picture for each statement in `MLLM_VLM_Images/TYPE/ID.jpg`, and
 * `pairs.json`, from what they were drawn and chosen. Errors: file errors.
 */
export const writePairs = Effect.fn("writePairs")(function* (
  folder: string,
  pairs: readonly PicturedPair[],
  origin: PairsOrigin,
): Effect.fn.Return<void, FileError> {
  const { files } = yield* storage
  for (const [i, { pattern, pictures }] of pairs.entries()) {
    const at = path.join(folder, imageFolder, patternTypes[pattern])
    yield* writing(at)(files.makeDirectory(at, { recursive: true }))
    for (const [half, bytes] of pictures.entries()) {
      const file = path.join(at, `${2 * i + half + 1}.jpg`)
      yield* writing(file)(files.writeFile(file, bytes))
    }
  }
  const rows = ["Question ID,Type,Statement", ...pairs.flatMap(rowsOf)]
  yield* writeText(path.join(folder, "Questions.csv"), `${rows.join("\n")}\n`)
  yield* writeJson(path.join(folder, "pairs.json"), { world: worldVersion, ...origin, pairs: pairs.map(originOf) })
})
