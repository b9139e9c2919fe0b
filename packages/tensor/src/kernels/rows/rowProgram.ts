import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf, type Shape } from "../../shape/shape.ts"

/** Rows and what lies along one: a tensor of shape [...outer, ...inner] has Πouter rows of length Πinner. */
export interface RowDomain {
  readonly outer: Shape
  readonly inner: Shape
}

/** Folds over rows, what is computed from them, and which results are stored. */
export interface RowProgram {
  readonly domain: RowDomain
  /** Reductions, each after those it depends on. */
  readonly folds: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  /** Stored tensors it reads. */
  readonly reads: readonly Tensor[]
  /**
   * Outputs of whole rows that no fold is needed for: the first walk computes and stores them, and later ones read back what the same
   * invocation has stored. Default: none; what several walks need each of them computes.
   */
  readonly kept?: readonly Tensor[]
}

/** Rows of a domain and elements of a row. */
export const extentsOf = ({ outer, inner }: RowDomain): { readonly rows: number; readonly length: number } => ({
  rows: sizeOf(outer),
  length: sizeOf(inner),
})
