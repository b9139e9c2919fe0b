import type { OriginalMeaning } from "@diva/diva"
import { table } from "../../text/table.ts"

/** What became of each argument of a call of the original. */
export const renderMeanings = (meanings: readonly OriginalMeaning[]): string =>
  [
    "the original's call means here",
    ...table(
      meanings.map(({ argument, means }) => [`  ${argument}`, means]),
      ["left", "left"],
    ),
  ].join("\n")
