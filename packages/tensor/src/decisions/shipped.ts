import type { TuningCache } from "./cache.ts"
import llvmpipe from "./shipped/llvmpipe.json" with { type: "json" }

/** Decisions measured on known adapters, part of the package. A test reads them as any cache is read. */
export const shippedTuning: readonly TuningCache[] = [llvmpipe as TuningCache]
