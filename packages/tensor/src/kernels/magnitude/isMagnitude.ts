import type { Tensor } from "../../graph/tensor.ts"

export const magnitudeName = "magnitude"

/** Whether a tensor is the largest magnitude of another, which the planner has added. */
export const isMagnitude = ({ op }: Tensor): boolean => op.name === magnitudeName
