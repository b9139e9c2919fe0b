import { it } from "vitest"
import { expectTransformedBack } from "./planes.ts"

it.each([
  [4, 12],
  [2, 8],
  [2, 7],
])("a convolution by Winograd's method is transformed back by the norm: tiles of %d, images %d wide", (tile, wide) =>
  expectTransformedBack(tile, wide),
)
