import type { NumberCase } from "./numberCase.ts"
import { casts } from "./related/casts.ts"
import { decisions } from "./related/decisions.ts"
import { powersAndQuotients } from "./related/powersAndQuotients.ts"
import { reversals } from "./related/reversals.ts"
import { rows } from "./related/rows.ts"
import { smallAndLarge } from "./related/smallAndLarge.ts"

/** Values beside those that were once wrong: where another mistake of the same kind would show. */
export const related: readonly NumberCase[] = [
  ...reversals,
  ...powersAndQuotients,
  ...casts,
  ...decisions,
  ...rows,
  ...smallAndLarge,
]
