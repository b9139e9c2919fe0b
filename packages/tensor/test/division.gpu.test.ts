import { testPositions } from "./countedPositions.ts"

testPositions([
  [4099, 4091],
  [129, 65],
])
