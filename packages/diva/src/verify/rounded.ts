import type { GroupResult, TensorResult } from "./group.ts"

/**
 * What operands rounded to f16 may cost at medium precision, relative: of the L2 norm and of the largest number. A product
 * of rounded operands is off by up to 7e-4 of its largest number; layers add up, and gradients pass through twice as many.
 */
export const mediumError = { l2: 0.02, max: 0.04 } as const

const widenedTensor = (tensor: TensorResult): TensorResult => {
  const allowed = Math.max(tensor.allowed, mediumError.l2)
  const maxAllowed = tensor.maxAllowed === undefined ? undefined : Math.max(tensor.maxAllowed, mediumError.max)
  const isNear = tensor.error <= allowed && tensor.maxError <= (maxAllowed ?? Infinity)
  return {
    ...tensor,
    allowed,
    ...(maxAllowed === undefined ? {} : { maxAllowed }),
    passed: tensor.passed || (tensor.problem === undefined && isNear),
  }
}

/** Results of a case that was computed at medium precision, judged by what that allows where the case allows less. */
export const judgedAtMedium = (groups: readonly GroupResult[]): readonly GroupResult[] =>
  groups.map((group) => {
    const tensors = group.tensors.map(widenedTensor)
    return { ...group, tensors, passed: tensors.every(({ passed }) => passed) }
  })
