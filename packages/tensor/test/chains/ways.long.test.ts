import { all, memory, testWays } from "./oddSizes.ts"

testWays([
  [["workgroup"], 0, memory, all],
  [["workgroup"], -1, memory, all],
])
