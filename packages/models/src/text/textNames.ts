import type { TransformerNames } from "../layers/transformer.ts"

/** Module and parameter names of a text tower in one family of checkpoints. */
export interface TextNames {
  readonly tokens: string
  readonly positions: string
  readonly blocks: TransformerNames
  readonly finalNorm: string
}
