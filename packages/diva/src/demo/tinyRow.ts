import * as E from "fp-ts/lib/Either.js"
import type { ModelError } from "@diva/models"
import { rows, type Row } from "../rows/rows.ts"
import { tinyModels, tinyPrompts, type TinySizes } from "./tinyModels.ts"

/** Sizes of the smallest models that have everything, for pictures of 16 pixels. */
export const smallestSizes: TinySizes = {
  clipImage: 16,
  patch: 8,
  layers: 1,
  unetChannels: [4, 8],
  vaeChannels: [4, 8],
  groups: 2,
  headWidth: 4,
  contextWidth: 8,
}

/**
 * A row of small models with the structure of OpenAI's, for programs that are to run in seconds: by default the smallest that has
 * everything, on pictures of 16 pixels. Throws for sizes that no models can have.
 */
export const tinyRow = (sizes: TinySizes = smallestSizes): Row => {
  const { clip, ...prior } = E.getOrElseW((error: ModelError): never => {
    throw new Error(error.rule)
  })(tinyModels(sizes))
  return {
    ...rows["openai-l14-224"],
    title: "small models",
    clip,
    prior: { name: "small", promptIds: tinyPrompts, ...prior },
  }
}
