import type { TransformerNames } from "../layers/transformer.ts"

/** Module and parameter names of an image tower in one family of checkpoints. */
export interface VisionNames {
  /** Prefix of the patch embedding's parameters. */
  readonly patches: string
  /** Module that embeds patches, as `observe` names it. */
  readonly patchModule: string
  /** Whether the reference's patch embedding gives a map [batch, width, grid, grid], which is then what `observe` is shown. */
  readonly patchMap: boolean
  readonly classEmbedding: string
  readonly positions: string
  /** Whether positions are stored as [1, tokens, width] instead of [tokens, width]. */
  readonly positionsBatched: boolean
  readonly preNorm: string
  readonly blocks: TransformerNames
  readonly postNorm: string
  /** Whether the reference's final norm sees the class token alone, which is then what `observe` is shown of it. */
  readonly postNormOfClass: boolean
  readonly projection: string
  readonly pool: string
}
