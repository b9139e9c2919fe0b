import type { NamedArrays } from "../weights/namedArrays.ts"

/** What a DIVA case expects, computed: tensors under the names of its files, numbers as in its manifest. */
export interface DivaCaseResult {
  /** As `expected_first_forward.safetensors`. */
  readonly firstForward: NamedArrays
  /** As `expected_grads.safetensors`: `micro0.…`, `step0_preclip.…`. */
  readonly gradients: NamedArrays
  /** As `expected_final.safetensors`: `after2.…` (any number of steps may be asked for), `final.…`. */
  readonly parameters: NamedArrays
  /** Parameters minus those before the first step, under the names of `parameters`. */
  readonly updates: NamedArrays
  /** By step, micro-batch and inner draw. */
  readonly losses: readonly (readonly (readonly number[])[])[]
  /** Before clipping, by step. */
  readonly gradientNorms: readonly number[]
  /** By step. */
  readonly learningRates: readonly number[]
}
