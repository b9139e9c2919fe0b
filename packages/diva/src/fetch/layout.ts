import * as path from "node:path"
import type { ClipRow } from "@diva/models"
import { dataPlaces } from "./dataPlaces.ts"
import { rowWeights, stableDiffusion } from "./published.ts"

/** Where everything lies below a folder, whether it was fetched or put there by hand: as the original has it. */
export interface Layout {
  /** A row's CLIP: a file, or an OpenCLIP folder's. */
  readonly clip: string
  readonly stableDiffusion: string
  readonly mmvp: string
  /** The folder of all zero-shot benchmarks. */
  readonly benchmarks: string
}

/** The places of a row's weights and of the data that evaluations read. */
export const layoutOf = (row: ClipRow, root = "."): Layout => {
  const weights = rowWeights[row]
  return {
    clip: path.join(
      root,
      weights.kind === "url" ? weights.file : path.join(weights.folder, "open_clip_pytorch_model.bin"),
    ),
    stableDiffusion: path.join(root, stableDiffusion().folder),
    ...dataPlaces(root),
  }
}
