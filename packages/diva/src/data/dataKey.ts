import { hostKey, hostPart, type HostKey } from "@diva/tensor/random"

/**
 * The key that order of data, crops and scenes of a seed follow from (a whole number below 2^53): a part of key 0, so that
 * it has nothing in common with `hostKey(seed)`, which training draws from under the same seed.
 */
export const dataKey = (seed: number): HostKey => hostPart(hostKey(0), seed)
