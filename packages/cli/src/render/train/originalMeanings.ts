import { columns } from "@diva/tensor"
import type { OriginalMeaning } from "@diva/diva"

/** What became of each argument of a call of the original. */
export const renderMeanings = (meanings: readonly OriginalMeaning[]): string =>
  [
    "the original's call means here",
    ...columns(
      meanings.map(({ argument, means }) => [`  ${argument}`, means]),
      ["left", "left"],
    ),
  ].join("\n")
