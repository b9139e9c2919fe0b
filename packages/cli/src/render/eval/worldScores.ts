import { columns } from "@diva/tensor"
import type { ComparedScore } from "@diva/diva"
import type { Style } from "../../text/style.ts"

const shown = (x: number): string => (Math.abs(x) < 1 ? x.toFixed(4) : x.toFixed(1))

/** Scores beside what is stated of them, for people. */
export const renderWorld = (scores: readonly ComparedScore[], style: Style): string => {
  const rows = columns(
    [
      ["score", "stated [95 %]", "found", ""],
      ...scores.map(({ name, stated: { value, low, high }, found, holds }) => [
        name,
        `${shown(value)} [${shown(low)} … ${shown(high)}]`,
        `${shown(found.value)} of ${found.count}`,
        holds ? "ok" : "outside",
      ]),
    ],
    ["left", "left", "left", "left"],
  )
  return rows.map((row, i) => (i > 0 && !scores[i - 1]!.holds ? style.bad(row) : row)).join("\n")
}
