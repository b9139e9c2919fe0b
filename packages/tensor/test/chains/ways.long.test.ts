import { memory, testWays } from "./oddSizes.ts"

testWays([[["workgroup"], 0, memory]])
