import { Effect } from "effect"
import { readObject } from "../files/readObject.ts"
import { writeJson } from "../files/writeJson.ts"
import type { AlignmentVectors } from "../evaluate/compare/alignmentVectors.ts"
import type { Scored } from "./studyScores.ts"
import type { StudyScores } from "./studyResults.ts"

/** Numbers as text that keeps every bit. */
const packed = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64")

const unpacked = (text: string): Float32Array<ArrayBuffer> => {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"))
  return new Float32Array(bytes.buffer)
}

interface Stored {
  readonly scores: StudyScores
  readonly width: number
  readonly images: readonly (readonly [sha256: string, vector: string])[]
  readonly texts: string
}

/** Keeps what a CLIP scored before training, so that no run computes it again. Errors: file errors. */
export const writeFirstScores = (file: string, { scores, vectors: { width, images, texts } }: Scored) =>
  writeJson(file, {
    scores,
    width,
    images: [...images].map(([sha256, vector]) => [sha256, packed(vector)]),
    texts: packed(texts.values),
  })

/** Reads what `writeFirstScores` wrote. Errors: file errors. */
export const readFirstScores = Effect.fnUntraced(function* (file: string) {
  const { scores, width, images, texts } = (yield* readObject(file)) as unknown as Stored
  const vectors: AlignmentVectors = {
    width,
    images: new Map(images.map(([sha256, vector]) => [sha256, unpacked(vector)])),
    texts: { width, values: unpacked(texts) },
  }
  const found: Scored = { scores, vectors }
  return found
})
