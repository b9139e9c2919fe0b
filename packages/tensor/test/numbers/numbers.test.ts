import { expect, it } from "vitest"
import { interpret } from "../../src/graph/interpret.ts"
import { input } from "../../src/ops/input.ts"
import { gradientCases } from "./gradientCases.ts"
import { large } from "./large.ts"
import { maskedAttention } from "./maskedAttention.ts"
import { nonFinite } from "./nonFinite.ts"
import { difference, type NumberCase } from "./numberCase.ts"
import { related } from "./related.ts"

const got = ({ given, build }: NumberCase) =>
  interpret(
    build(...given.map(({ shape, dtype }, i) => input({ shape, dtype }, `x${i}`))),
    new Map(given.map((value, i) => [`x${i}`, value])),
  )

it.each([...nonFinite, ...large, ...gradientCases, ...maskedAttention, ...related])(
  "the reference gives the right numbers for $name",
  (one) => {
    expect(difference(one, got(one))).toBeNull()
  },
)
