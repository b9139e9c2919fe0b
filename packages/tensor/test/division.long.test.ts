import { testPositions } from "./countedPositions.ts"

testPositions([
  [3, 5_592_403],
  [5_592_403, 3],
])
