import { quotientText } from "./division.ts"
import { wgsl, type Wgsl } from "./expression.ts"
import {
  addIndex,
  atomIndex,
  constantIndex,
  inUnits,
  maxIndex,
  rejoin,
  scaleIndex,
  splitDivision,
  type Index,
} from "./indexing.ts"
import { declare, indexText, isFixed, type Writer } from "./writer.ts"

/** An index by a number: `index = quotient · divisor + remainder`. */
export interface Division {
  readonly quotient: Index
  readonly remainder: Index
}

/** Divides indices by numbers, in statements that are written once: parts that the divisor divides need none. */
export const dividing = (writer: Writer): ((index: Index, divisor: number) => Division) => {
  const divideWhole = (rest: Index, divisor: number): Division => {
    if (maxIndex(rest) < divisor) return { quotient: constantIndex(0), remainder: rest }
    const dividend = indexText(writer, rest)
    const key = dividend.text
    const part = (kind: "quotient" | "remainder") => ({ of: rest, key, divisor, kind })
    const above = quotientName(rest, divisor)
    const below = declare(writer, `${key} mod ${divisor}`, "u32", wgsl`${dividend} - ${above} * ${divisor}u`)
    if (isFixed(writer, rest)) for (const name of [above, below]) writer.fixed.add(name.text)
    const quotient = atomIndex({
      name: above.text,
      extent: Math.floor(maxIndex(rest) / divisor) + 1,
      part: part("quotient"),
    })
    return { quotient, remainder: atomIndex({ name: below.text, extent: divisor, part: part("remainder") }) }
  }
  // The quotient of a quotient is one division of what was divided first.
  const quotientName = (rest: Index, divisor: number): Wgsl => {
    const [term, ...others] = rest.terms
    const inner = term?.atom.part
    const nested = inner?.kind === "quotient" && others.length === 0 && term?.coefficient === 1 && rest.offset === 0
    if (nested) return quotientName(inner.of, inner.divisor * divisor)
    const dividend = indexText(writer, rest)
    return declare(writer, `${dividend.text} / ${divisor}`, "u32", quotientText(dividend, divisor, maxIndex(rest)))
  }
  return (index: Index, divisor: number): Division => {
    const { whole, rest } = splitDivision(rejoin(index), divisor)
    if (maxIndex(rest) < divisor) return { quotient: whole, remainder: rest }
    // Neighbours that share all but a part below the common unit share the division too.
    const { unit, inner, offset } = inUnits(rest, divisor)
    const { quotient, remainder } = divideWhole(inner, divisor / unit)
    return {
      quotient: addIndex(whole, quotient),
      remainder: addIndex(scaleIndex(remainder, unit), constantIndex(offset)),
    }
  }
}
