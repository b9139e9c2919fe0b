import { expect, it } from "vitest"
import { addIndex, atomIndex, rejoin, scaleIndex, type Atom, type Index } from "../../src/codegen/indexing.ts"

const x = atomIndex({ name: "x", extent: 100 })

const part = (kind: "quotient" | "remainder", divisor: number): Index => {
  const of: NonNullable<Atom["part"]> = { of: x, key: "x", divisor, kind }
  return atomIndex({ name: `${kind}${divisor}`, extent: 100, part: of })
}

it("a quotient and a remainder of one division are what was divided", () => {
  expect(rejoin(addIndex(scaleIndex(part("quotient", 6), 6), part("remainder", 6)))).toEqual(x)
  expect(rejoin(addIndex(scaleIndex(part("quotient", 6), 12), scaleIndex(part("remainder", 6), 2)))).toEqual(
    scaleIndex(x, 2),
  )
})

it("those of two divisions are not, nor those that do not fit together", () => {
  for (const index of [
    addIndex(scaleIndex(part("quotient", 4), 6), part("remainder", 6)),
    addIndex(scaleIndex(part("quotient", 6), 5), part("remainder", 6)),
    addIndex(scaleIndex(part("quotient", 6), 6), scaleIndex(part("remainder", 6), 2)),
  ])
    expect(rejoin(index)).toEqual(index)
})
