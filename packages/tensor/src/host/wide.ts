import type { HostArray } from "./array.ts"

/** The numbers of an array as f64, so that a loop over them meets one kind of storage: several make it many times slower. */
export const wide = ({ data }: HostArray): Float64Array => new Float64Array(data)
