import type { Activation } from "../layers/activation.ts"

/** A text transformer by its sizes and options. */
export interface TextConfig {
  /** Tokens of a text, padding included. */
  readonly context: number
  readonly vocabulary: number
  readonly width: number
  readonly depth: number
  readonly heads: number
  readonly mlpWidth: number
  readonly activation: Activation
  readonly eps: number
  /** Whether a token sees only itself and those before it. */
  readonly causal: boolean
}

/** How a text becomes one vector: the token with the largest id (the end token), or the last place. */
export type TextPooling = "largestId" | "last"
