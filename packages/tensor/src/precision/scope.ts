import type { Precision } from "./precision.ts"

// The precision that nodes are described with while a function of `withPrecision` runs; calls nest.
let current: Precision | undefined

const within = <A>(precision: Precision | undefined, describe: () => A): A => {
  const outer = current
  current = precision
  try {
    return describe()
  } finally {
    current = outer
  }
}

/**
 * What `describe` gives, its contractions, convolutions and attention multiplied as exactly as `precision` says, whatever the
 * program is compiled with: `withPrecision("highest", () => loss(features))`. Nodes keep it, their derivatives inherit it.
 */
export const withPrecision = <A>(precision: Precision, describe: () => A): A => within(precision, describe)

/** What `describe` gives, described with a node's own precision, or with none where it has none: for derivatives and copies of it. */
export const withPrecisionOf = <A>(
  { attributes }: { readonly attributes: Readonly<Record<string, unknown>> },
  describe: () => A,
): A => within(attributes["precision"] as Precision | undefined, describe)

/** Attributes of a node that multiplies, with the precision it is described with. */
export const withCurrentPrecision = <A extends Readonly<Record<string, unknown>>>(attributes: A): A =>
  current === undefined || "precision" in attributes ? attributes : { ...attributes, precision: current }
