/** A file of weights that somebody published, by its content. */
export interface PublishedFile {
  /** Who published it, and under what name. */
  readonly title: string
  /** The row of the zoo it belongs to. */
  readonly row: string
}

/** By SHA-256. Sources: openai/CLIP clip/clip.py, which carries the sums in its addresses; the file list of BAAI/DIVA. */
const published: Readonly<Record<string, PublishedFile>> = {
  b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836: {
    title: "OpenAI's ViT-L-14.pt",
    row: "openai-l14-224",
  },
  "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02": {
    title: "OpenAI's ViT-L-14-336px.pt",
    row: "openai-l14-336",
  },
  b140e5952f47b7905d3002c159f9b8f83895588c642e47ff8e040d7b6f56dfb5: {
    title: "DIVA's release of OpenAI ViT-L-14 at 224 pixels",
    row: "openai-l14-224",
  },
  e22a528e68ea902fcd32d0b915a557202882c7d09eff81b395cbad9a3a6ea6a5: {
    title: "DIVA's release of OpenAI ViT-L-14 at 336 pixels",
    row: "openai-l14-336",
  },
  dc8389c674f77c47ca491e47db23953414a5c970d5c8d56d1c4b481f77c17786: {
    title: "DIVA's release of DFN ViT-H-14 at 224 pixels",
    row: "dfn-h14-224",
  },
  d67123506d9b6c4fef06fd00bad28e68a78220167558decf1140eac5f98dcf26: {
    title: "DIVA's release of DFN ViT-H-14 at 378 pixels",
    row: "dfn-h14-378",
  },
}

/** The published file of a SHA-256 in hexadecimal digits; undefined for every other. */
export const publishedFile = (sha256: string): PublishedFile | undefined =>
  Object.hasOwn(published, sha256) ? published[sha256] : undefined
