import * as path from "node:path"
import type { WeightsError } from "@diva/models"
import { Effect } from "effect"
import { isFolder } from "../files/presence.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { denoisingParts } from "./denoising.ts"
import { readModel } from "./modelFolder.ts"

const under = (prefix: string, weights: NamedArrays): NamedArrays =>
  new Map([...weights].map(([name, array]) => [prefix + name, array]))

/**
 * Weights to begin the pre-training of a diffusion model with, under its names: of a folder in diffusers' layout its `unet/` and
 * `text_encoder/`, else what the file or folder holds. Errors: those of the files.
 */
export const readDenoising = Effect.fn("readDenoising")(function* (
  from: string,
): Effect.fn.Return<NamedArrays, WeightsError> {
  const unet = path.join(from, "unet")
  if (!(yield* isFolder(unet))) return yield* readModel(from)
  const text = yield* readModel(path.join(from, "text_encoder"))
  return new Map([...under(denoisingParts.unet, yield* readModel(unet)), ...under(denoisingParts.text, text)])
})
