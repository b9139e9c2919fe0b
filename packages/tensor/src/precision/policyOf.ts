import type { Tensor } from "../graph/tensor.ts"
import type { Precision, PrecisionPolicy } from "./precision.ts"

/** What one node may be computed with: its own precision where the program gave it one, else the program's. */
export const policyOf = (node: Tensor | null, policy: PrecisionPolicy): PrecisionPolicy => {
  const own = node?.attributes["precision"] as Precision | undefined
  return own === undefined ? policy : { ...policy, precision: own }
}
